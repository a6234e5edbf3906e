import type { Readable } from 'node:stream'

import { MIB } from '@pafka/base'

/** More than any message has: what is longer is none. */
const MOST_CHARACTERS = 16 * MIB

export function messageLine(message: { readonly kind: string }): string {
  return `${JSON.stringify(message)}\n`
}

/**
 * One JSON object a line, each of a `kind`. Lines that are none, as of a shell that greets whoever
 * comes, go to `stray`.
 * @param from until it ends
 */
export async function* messagesOf<T extends { readonly kind: string }>(
  from: Readable,
  kinds: readonly T['kind'][],
  stray: (line: string) => void,
): AsyncGenerator<T, void, undefined> {
  const isKnown = (kind: unknown): boolean => kinds.some((one) => one === kind)
  for await (const line of bounded(from)) {
    const message = parsed(line)
    if (isKnown(message?.kind)) yield message as T
    else if (line.trim() !== '') stray(line)
  }
}

async function* bounded(from: Readable): AsyncGenerator<string, void, undefined> {
  let left = ''
  from.setEncoding('utf8')
  for await (const text of from as AsyncIterable<string>) {
    const lines = `${left}${text}`.split('\n')
    left = lines.pop() ?? ''
    yield* lines
    if (left.length > MOST_CHARACTERS) throw new RangeError('a line that does not end')
  }
  if (left !== '') yield left
}

function parsed(line: string): { readonly kind?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
