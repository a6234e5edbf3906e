import { ConfigError } from '@pafka/base'

import { byteView, kindOf } from './serde/byte-view.ts'
import { bytes } from './serde/bytes.ts'
import type { Decoder, Encoder, Serde } from './serde/serde.ts'

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

type ValueContract<V> = Required<Pick<TopicContract<never, V>, 'value'>>
type KeyContract<K> = Required<Pick<TopicContract<K, never>, 'key'>>

/** Topics by a pattern of their names, those that are yet to come too, and what is in them. */
export interface TopicPattern<K, V> {
  readonly pattern: RegExp
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** What the keys of a topic are, or of some of many: those of a mere name are bytes. */
export type KeyOf<T> = T extends { readonly key: Decoder<infer K> } ? K : Uint8Array

/** What the values of a topic are, or of some of many: those of a mere name are bytes. */
export type ValueOf<T> = T extends { readonly value: Decoder<infer V> } ? V : Uint8Array

/** As `topic`, of all topics whose names the pattern finds. */
export function topicPattern(pattern: RegExp): TopicPattern<Uint8Array, Uint8Array>
export function topicPattern<K, V>(
  pattern: RegExp,
  contract: Required<TopicContract<K, V>>,
): TopicPattern<K, V>
export function topicPattern<V>(
  pattern: RegExp,
  contract: ValueContract<V>,
): TopicPattern<Uint8Array, V>
export function topicPattern<K>(
  pattern: RegExp,
  contract: KeyContract<K>,
): TopicPattern<K, Uint8Array>
export function topicPattern<K = Uint8Array, V = Uint8Array>(
  pattern: RegExp,
  contract: TopicContract<K, V> = {},
): TopicPattern<K, V> {
  const { key, value } = inTopic('', contract)
  return { pattern, key, value }
}

/** What may be sent to a topic that is only a name: text, or bytes. */
export type Raw = string | Uint8Array

/** Both sides of a program agree on a topic by it. What has no serde is bytes. */
export function topic(name: string): Topic<Uint8Array, Uint8Array>
export function topic<K, V>(name: string, contract: Required<TopicContract<K, V>>): Topic<K, V>
export function topic<V>(name: string, contract: ValueContract<V>): Topic<Uint8Array, V>
export function topic<K>(name: string, contract: KeyContract<K>): Topic<K, Uint8Array>
export function topic<K = Uint8Array, V = Uint8Array>(
  name: string,
  contract: TopicContract<K, V> = {},
): Topic<K, V> {
  return { name, ...inTopic(name, contract) }
}

function inTopic<K, V>(name: string, contract: TopicContract<K, V>): Required<TopicContract<K, V>> {
  const { key = bytes() as Serde<never>, value = bytes() as Serde<never> } = contract
  return {
    key: key.of?.({ topic: name, isKey: true }) ?? key,
    value: value.of?.({ topic: name, isKey: false }) ?? value,
  }
}

const RAW: Encoder<Raw> = {
  encode(value, sink) {
    if (typeof value === 'string') {
      sink.text(value)
      return
    }
    const view = byteView(value)
    if (view === undefined)
      throw new TypeError(`it is neither text nor bytes, but ${kindOf(value)}`)
    sink.bytes(view)
  },
}

/** @throws {ConfigError} unless it is one, or what is made of a name */
export function checkedTopic<T extends { readonly name: string }>(given: T): T {
  const named: Partial<T> | undefined = given
  if (typeof named?.name === 'string') return given
  const what = JSON.stringify(given) ?? 'undefined'
  throw new ConfigError([`topic: ${what} is neither a name nor what \`topic\` gives`])
}

/** What is needed to write to a topic. */
export interface WritableTopic<K, V> {
  readonly name: string
  readonly key: Encoder<K>
  readonly value: Encoder<V>
}

/** A topic that is only a name takes text and bytes. */
export function writableTopic<K, V>(given: string | WritableTopic<K, V>): WritableTopic<K, V> {
  if (typeof given !== 'string') return checkedTopic(given)
  const raw: WritableTopic<Raw, Raw> = { name: given, key: RAW, value: RAW }
  return raw as WritableTopic<never, never>
}
