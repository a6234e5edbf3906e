import type { RecordHeader } from '@pafka/protocol'

import { byteView, kindOf } from '../serde/byte-view.ts'
import type { WritableTopic } from '../topic.ts'

/** Text is sent as UTF-8. */
export type HeaderValue = string | Uint8Array | null

/**
 * By name, or as pairs where the same name comes more than once, or the order counts:
 * `{ trace: 'abc' }`, `[['trace', 'abc'], ['trace', 'def']]`.
 */
export type Headers =
  | Readonly<Record<string, HeaderValue | readonly HeaderValue[]>>
  | Iterable<readonly [string, HeaderValue]>

/** What is sent. */
export interface ProducerRecord<K, V> {
  /** Records of a key meet in one partition, in the order of their sending. None by default. */
  readonly key?: K | null
  /** Null deletes what the key names, in a compacted topic. */
  readonly value: V | null
  readonly headers?: Headers
  /** Milliseconds since the epoch; now by default. */
  readonly timestamp?: number
  /** Instead of the one that the key gives. */
  readonly partition?: number
}

/** Many records to send, from wherever they come. */
export type Records<K, V> = Iterable<ProducerRecord<K, V>> | AsyncIterable<ProducerRecord<K, V>>

/** What became of all records of a `sendAll`. */
export interface SendReport {
  readonly count: number
}

/** @throws {TypeError} unless it is one, as far as can be seen at once */
export function checkRecord(record: unknown): void {
  if (typeof record === 'object' && record !== null) return
  throw new TypeError(`it is no record, but ${kindOf(record)}`)
}

/** With those that its serdes add; undefined for none. */
export function headersOf<K, V>(
  { key = null, value, headers }: ProducerRecord<K, V>,
  to: WritableTopic<K, V>,
): RecordHeader[] | undefined {
  const ofKey = key === null ? undefined : to.key.headers?.()
  const ofValue = value === null ? undefined : to.value.headers?.()
  if (ofKey === undefined && ofValue === undefined) {
    return headers === undefined ? undefined : headersFrom(headers)
  }
  const given = headers === undefined ? [] : pairsOf(headers)
  return headersFrom([...given, ...(ofKey ?? []), ...(ofValue ?? [])])
}

function headersFrom(headers: Headers): RecordHeader[] {
  return [...pairsOf(headers)].map(([key, value]) => ({ key, value: bytesOf(key, value) }))
}

/** In their order. */
export function* pairsOf(headers: Headers): Generator<readonly [string, HeaderValue]> {
  if (typeof headers !== 'object' || (headers as unknown) === null) {
    throw new TypeError(`its headers are no object, but ${kindOf(headers)}`)
  }
  if (isIterable(headers)) {
    yield* headers
    return
  }
  for (const [name, given] of Object.entries(headers)) {
    if (!isList(given)) yield [name, given]
    else for (const value of given) yield [name, value]
  }
}

function isIterable(headers: Headers): headers is Iterable<readonly [string, HeaderValue]> {
  return Symbol.iterator in headers
}

function isList(given: HeaderValue | readonly HeaderValue[]): given is readonly HeaderValue[] {
  return Array.isArray(given)
}

function bytesOf(name: string, value: HeaderValue): Uint8Array | null {
  if (typeof (name as unknown) !== 'string') {
    throw new TypeError(`the name of a header is no text, but ${kindOf(name)}`)
  }
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  const view = byteView(value)
  if (view !== undefined || value === null) return view ?? null
  throw new TypeError(`its header ${name} is neither text nor bytes, but ${kindOf(value)}`)
}
