/** Something that brokers of a cluster agree on (KIP-584), and that clients go by. */
export interface Feature {
  readonly name: string
  /** Levels that the protocol knows, and that are offered. */
  readonly minLevel: number
  readonly maxLevel: number
  /** The highest that this broker does: where a cluster is unless somebody lowered it. */
  readonly level: number
}

/** Levels of `metadata.version`: Kafka's releases 3.3 and 4.3. */
const RELEASE_3_3 = 7
const RELEASE_4_3 = 30

/**
 * Sorted by name. Source: Kafka 4.3's `Feature` and `MetadataVersion`. Not all that Kafka offers is
 * offered: there is no Raft whose voters could change, and no replica besides the leader to elect.
 */
export const features: readonly Feature[] = [
  { name: 'eligible.leader.replicas.version', minLevel: 0, maxLevel: 0, level: 0 },
  { name: 'group.version', minLevel: 0, maxLevel: 1, level: 1 },
  { name: 'kraft.version', minLevel: 0, maxLevel: 0, level: 0 },
  { name: 'metadata.version', minLevel: RELEASE_3_3, maxLevel: RELEASE_4_3, level: RELEASE_4_3 },
  { name: 'share.version', minLevel: 0, maxLevel: 1, level: 1 },
  { name: 'streams.version', minLevel: 0, maxLevel: 1, level: 1 },
  { name: 'transaction.version', minLevel: 0, maxLevel: 2, level: 2 },
]

/** What KRaft's own metadata is at: nothing of it is kept here, so nothing can go back. */
export const METADATA_VERSION = 'metadata.version'
