import type { BrokerKey } from './broker-keys.ts'
import type { KeySpec, ValuesOf } from './key-table.ts'
import { compactionTopicKeys } from './keys/compaction-topic-keys.ts'
import { deadLetterTopicKeys } from './keys/dead-letter-keys.ts'
import { logTopicKeys } from './keys/log-topic-keys.ts'
import { recordTopicKeys } from './keys/record-topic-keys.ts'
import { tierTopicKeys } from './keys/tier-topic-keys.ts'

/** A topic config and the keys of the broker that its default is from, the strongest first. */
export type TopicKeySpec = KeySpec & { readonly broker: readonly BrokerKey[] }

export type TopicKeys = typeof logTopicKeys &
  typeof compactionTopicKeys &
  typeof recordTopicKeys &
  typeof tierTopicKeys &
  typeof deadLetterTopicKeys

/** Every config that a topic may have. */
export const topicKeys: TopicKeys = {
  ...logTopicKeys,
  ...compactionTopicKeys,
  ...recordTopicKeys,
  ...tierTopicKeys,
  ...deadLetterTopicKeys,
}

export type TopicKey = keyof TopicKeys

/** What a topic's configs come to: `retention.ms` is `retentionMs`. */
export type TopicConfigValues = ValuesOf<TopicKeys>

const table: ReadonlyMap<string, TopicKeySpec> = new Map(Object.entries<TopicKeySpec>(topicKeys))

/** undefined for a name that the table has not. */
export function topicKeySpec(name: string): TopicKeySpec | undefined {
  return table.get(name)
}

export function isTopicKey(name: string): name is TopicKey {
  return table.has(name)
}

export function topicKeyNames(): TopicKey[] {
  return [...table.keys()].filter(isTopicKey)
}

/** The key of the broker that sets a topic config for all topics, if it has another name. */
export function brokerKeyOfTopicConfig(name: string): BrokerKey | undefined {
  return table.get(name)?.broker[0]
}
