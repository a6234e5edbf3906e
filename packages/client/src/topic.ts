import { bytes } from './serde/bytes.ts'
import type { Encoder, Serde } from './serde/serde.ts'

/** A topic by name, and what its keys and values are. */
export interface Topic<K, V> {
  readonly name: string
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** How keys and values are read and written; bytes where nothing is said. */
export interface TopicContract<K, V> {
  readonly key?: Serde<K>
  readonly value?: Serde<V>
}

/** Topics by a pattern of their names, those that are yet to come too, and what is in them. */
export interface TopicPattern<K, V> {
  readonly pattern: RegExp
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** As `topic`, of all topics whose names the pattern finds. */
export function topicPattern<K = Uint8Array, V = Uint8Array>(
  pattern: RegExp,
  contract: TopicContract<K, V> = {},
): TopicPattern<K, V> {
  const { key, value } = topic('', contract)
  return { pattern, key, value }
}

/** What may be sent to a topic that is only a name: text, or bytes. */
export type Raw = string | Uint8Array

/** Both sides of a program agree on a topic by it. */
export function topic<K = Uint8Array, V = Uint8Array>(
  name: string,
  contract: TopicContract<K, V> = {},
): Topic<K, V> {
  const { key = bytes() as Serde<never>, value = bytes() as Serde<never> } = contract
  return {
    name,
    key: key.of?.({ topic: name, isKey: true }) ?? key,
    value: value.of?.({ topic: name, isKey: false }) ?? value,
  }
}

const RAW: Encoder<Raw> = {
  encode(value, sink) {
    if (typeof value === 'string') sink.text(value)
    else sink.bytes(value)
  },
}

/** What is needed to write to a topic. */
export interface WritableTopic<K, V> {
  readonly name: string
  readonly key: Encoder<K>
  readonly value: Encoder<V>
}

export function rawTopic(name: string): WritableTopic<Raw, Raw> {
  return { name, key: RAW, value: RAW }
}
