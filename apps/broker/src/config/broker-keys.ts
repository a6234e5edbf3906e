import { consumerGroupKeys } from './keys/consumer-group-keys.ts'
import { deadLetterKeys } from './keys/dead-letter-keys.ts'
import { groupKeys } from './keys/group-keys.ts'
import { identityKeys } from './keys/identity-keys.ts'
import { laterTierKeys, type LaterTierKeys } from './keys/later-tier-keys.ts'
import { limitKeys } from './keys/limit-keys.ts'
import { listenerKeys } from './keys/listener-keys.ts'
import { logKeys } from './keys/log-keys.ts'
import { metricsKeys } from './keys/metrics-keys.ts'
import { quotaKeys } from './keys/quota-keys.ts'
import { retentionKeys } from './keys/retention-keys.ts'
import { shareGroupKeys } from './keys/share-group-keys.ts'
import { shareServiceKeys } from './keys/share-service-keys.ts'
import { socketKeys } from './keys/socket-keys.ts'
import { streamsGroupKeys } from './keys/streams-group-keys.ts'
import { tierKeys } from './keys/tier-keys.ts'
import { topicDefaultKeys } from './keys/topic-default-keys.ts'
import { transactionKeys } from './keys/transaction-keys.ts'
import type { KeySpec, KeyTable } from './key-table.ts'

/** Headings of the documentation, in its order. */
export const brokerKeySections: Readonly<Record<string, KeyTable>> = {
  'The broker': identityKeys,
  Listeners: listenerKeys,
  'Connections and requests': socketKeys,
  Topics: topicDefaultKeys,
  'The log': logKeys,
  'Retention and compaction': retentionKeys,
  'Groups and producers': {
    ...groupKeys,
    ...consumerGroupKeys,
    ...shareGroupKeys,
    ...shareServiceKeys,
    ...deadLetterKeys,
    ...streamsGroupKeys,
  },
  Transactions: transactionKeys,
  Quotas: quotaKeys,
  Tiers: { ...tierKeys, ...laterTierKeys },
  Metrics: metricsKeys,
  Experiments: limitKeys,
}

export type BrokerKeys = typeof identityKeys &
  typeof listenerKeys &
  typeof socketKeys &
  typeof topicDefaultKeys &
  typeof logKeys &
  typeof retentionKeys &
  typeof groupKeys &
  typeof transactionKeys &
  typeof quotaKeys &
  typeof consumerGroupKeys &
  typeof shareGroupKeys &
  typeof shareServiceKeys &
  typeof deadLetterKeys &
  typeof streamsGroupKeys &
  typeof tierKeys &
  LaterTierKeys &
  typeof metricsKeys &
  typeof limitKeys

/** Every key of the broker that means something here. */
export const brokerKeys: BrokerKeys = {
  ...identityKeys,
  ...listenerKeys,
  ...socketKeys,
  ...topicDefaultKeys,
  ...logKeys,
  ...retentionKeys,
  ...groupKeys,
  ...transactionKeys,
  ...quotaKeys,
  ...consumerGroupKeys,
  ...shareGroupKeys,
  ...shareServiceKeys,
  ...deadLetterKeys,
  ...streamsGroupKeys,
  ...tierKeys,
  ...laterTierKeys,
  ...metricsKeys,
  ...limitKeys,
}

/** Dotted name of a key of the broker. */
export type BrokerKey = keyof BrokerKeys

const table: ReadonlyMap<string, KeySpec> = new Map(Object.entries<KeySpec>(brokerKeys))

/** undefined for a name that the table has not. */
export function brokerKeySpec(name: string): KeySpec | undefined {
  return table.get(name)
}

export function isBrokerKey(name: string): name is BrokerKey {
  return table.has(name)
}

export function brokerKeyNames(): BrokerKey[] {
  return [...table.keys()].filter(isBrokerKey)
}
