import { Readable } from 'node:stream'

import { expect, test } from 'vitest'

import { messageLine, messagesOf } from './message-lines.ts'

type Message = { readonly kind: 'one'; readonly text: string } | { readonly kind: 'two' }

async function read(pieces: readonly string[]): Promise<{ messages: Message[]; stray: string[] }> {
  const stray: string[] = []
  const from = Readable.from(pieces.map((piece) => Buffer.from(piece)))
  const lines = messagesOf<Message>(from, ['one', 'two'], (line) => stray.push(line))
  const messages: Message[] = []
  for await (const message of lines) messages.push(message)
  return { messages, stray }
}

test('messages come as they were sent, however they are cut', async () => {
  const sent: Message[] = [{ kind: 'one', text: 'ä\n"' }, { kind: 'two' }]
  const bytes = sent.map(messageLine).join('')
  const { messages, stray } = await read([bytes.slice(0, 5), bytes.slice(5, 30), bytes.slice(30)])
  expect({ messages, stray }).toEqual({ messages: sent, stray: [] })
})

test('what is no message is told apart', async () => {
  const noise = ['Welcome!', '{"kind":"three"}', '17', 'null', '{"kind":']
  const { messages, stray } = await read([`${noise.join('\n')}\n\n{"kind":"two"}`])
  expect({ messages, stray }).toEqual({ messages: [{ kind: 'two' }], stray: noise })
})

test('a line without an end is not kept for ever', async () => {
  const piece = 'x'.repeat(2 ** 20)
  await expect(read(Array<string>(20).fill(piece))).rejects.toThrow('a line that does not end')
})
