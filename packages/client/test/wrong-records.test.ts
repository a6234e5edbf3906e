import { expect, test } from 'vitest'

import { bytes, Kafka, type ProducerRecord, type Serde, topic, utf8 } from '../src/index.ts'
import { readAll } from './read-records.ts'
import { refusal } from './refusal.ts'
import { startBroker } from './stage-broker.ts'

/** As JavaScript has it: nobody checks what it is given. */
function anyOf<T>(serde: Serde<T>): Serde<unknown> {
  return {
    encode: (value, sink) => serde.encode(value as T, sink),
    decode: (view, context) => serde.decode(view, context),
  }
}

const texts = topic<unknown, unknown>('t', { key: anyOf(utf8()), value: anyOf(utf8()) })
const raw = topic<unknown, unknown>('t', { key: anyOf(bytes()), value: anyOf(bytes()) })

/** What plain JavaScript may send, and what it is told. */
const WRONG: readonly (readonly [string, unknown, typeof texts | undefined, string])[] = [
  ['text as bytes', { value: 'str' }, raw, 'it is not bytes, but string'],
  ['a key of text as bytes', { key: 'str', value: null }, raw, 'it is not bytes, but string'],
  ['a list as bytes', { value: [1, 2] }, raw, 'it is not bytes, but object'],
  ['a number as text', { value: 7 }, texts, 'it is no text, but number'],
  ['a key of a number', { key: 7, value: null }, texts, 'it is no text, but number'],
  ['an object as text', { value: { a: 1 } }, texts, 'it is no text, but object'],
  ['no value', { key: 'a' }, texts, 'it is no text, but undefined'],
  ['a raw number', { value: 5 }, undefined, 'it is neither text nor bytes, but number'],
  ['no raw value', {}, undefined, 'it is neither text nor bytes, but undefined'],
  ['null', null, undefined, 'it is no record, but null'],
  ['a mere text', 'text', undefined, 'it is no record, but string'],
  [
    ...(['a header of a number', { value: 'x', headers: { a: 5 } }, undefined] as const),
    'its header a is neither text nor bytes, but number',
  ],
  [
    ...(['a header of nothing', { value: 'x', headers: { a: undefined } }, undefined] as const),
    'its header a is neither text nor bytes, but undefined',
  ],
  [
    ...(['a header without a name', { value: 'x', headers: [[5, 'x']] }, undefined] as const),
    'the name of a header is no text, but number',
  ],
  [
    ...(['headers of text', { value: 'x', headers: 'a: b' }, undefined] as const),
    'its headers are no object, but string',
  ],
  [
    ...(['headers of null', { value: 'x', headers: null }, undefined] as const),
    'its headers are no object, but null',
  ],
]

test.each(WRONG)('what is not of the type it should be is refused: %s', async (...given) => {
  const [, record, to, why] = given
  await using broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka(broker.bootstrap)
  const producer = kafka.producer()
  const wrong = record as ProducerRecord<never, never>
  const send = (): Promise<unknown> => {
    return to === undefined ? producer.send('t', wrong) : producer.send(to, wrong)
  }
  const told = {
    ...{ code: 'ENCODING_FAILED', kind: 'usage', outcome: 'not-written' },
    message: `A record for t could not be encoded: ${why}`,
  }
  // the first one waits for the topic, the second one does not
  expect(await refusal(send())).toMatchObject(told)
  expect(await refusal(send())).toMatchObject(told)
  expect(await refusal(producer.sendAll('t', [null as never]))).toMatchObject({
    code: 'ENCODING_FAILED',
  })
  await producer.send('t', { value: 'good' })
  expect((await readAll(broker.bootstrap, 't')).map(({ value }) => value)).toEqual(['good'])
})

test('bytes are taken from whatever view of them there is', async () => {
  await using broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka(broker.bootstrap)
  const producer = kafka.producer()
  const memory = new TextEncoder().encode('-abcdef-').buffer
  const views = [
    new Uint8Array(memory, 1, 6),
    new DataView(memory, 1, 6),
    new Uint16Array(memory, 2, 2),
    memory,
  ]
  for (const view of views) {
    const value = view as never
    // oxlint-disable-next-line no-await-in-loop -- in their order
    await producer.send(raw, { key: value, value })
    // oxlint-disable-next-line no-await-in-loop -- in their order
    await producer.send('t', { value, headers: { h: value } })
  }
  const there = await readAll(broker.bootstrap, 't')
  expect(there.map(({ value }) => value)).toEqual([
    ...['abcdef', 'abcdef', 'abcdef', 'abcdef', 'bcde', 'bcde', '-abcdef-', '-abcdef-'],
  ])
})
