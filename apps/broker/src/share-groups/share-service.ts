import type { Clock } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import type { DelayedFetches } from '../fetch/delayed-fetch.ts'
import type { FetchMemory } from '../fetch/fetch-memory.ts'
import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import { type AcknowledgementBatch, malformedAcknowledgement } from './acknowledge-records.ts'
import { NOT_YET, type ShareFetchTerms, ShareFetcher } from './share-fetcher.ts'
import type { ShareGroup } from './share-group.ts'
import type { ShareGroups } from './share-groups.ts'
import type { SharePartitions } from './share-partitions.ts'
import type { ShareReads } from './share-reads.ts'
import { type SharedPartition, type ShareSession, ShareSessions } from './share-sessions.ts'

interface ShareServiceOptions {
  readonly clock: Clock
  readonly groups: ShareGroups
  readonly topics: Pick<TopicCatalog, 'byId'>
  readonly partitions: SharePartitions
  readonly delayedFetches: DelayedFetches
  readonly fetchMemory: FetchMemory
  /** `group.share.max.share.sessions` */
  readonly maxSessions: number
}

/** What a member says became of records of one partition. */
export interface PartitionAcknowledgement extends SharedPartition {
  readonly batches: readonly AcknowledgementBatch[]
}

/** What became of what it said. */
export interface AcknowledgementAnswer extends SharedPartition {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

/** What members of share groups fetch, and what they say of it. */
export class ShareService {
  readonly sessions: ShareSessions
  readonly #options: ShareServiceOptions
  readonly #fetcher: ShareFetcher

  constructor(options: ShareServiceOptions) {
    this.#options = options
    this.#fetcher = new ShareFetcher(options)
    this.sessions = new ShareSessions(options.maxSessions, (session) => void this.release(session))
  }

  async fetch(session: ShareSession, terms: ShareFetchTerms): Promise<ShareReads> {
    const group = await this.#options.groups.find(session.groupId)
    const served = (of: SharedPartition): ErrorCode | typeof NOT_YET => this.#served(group, of)
    const watch = (wake: () => void): (() => void) =>
      typeof group === 'number' ? () => {} : group.watchTopics(wake)
    const reads = await this.#fetcher.fetch(session, { served, watch }, terms)
    for (const { of } of reads.partitions) this.sessions.served(session, of)
    return reads
  }

  /** Each partition by itself; ends when all that counts is durable. */
  acknowledge(
    { groupId, memberId }: Pick<ShareSession, 'groupId' | 'memberId'>,
    acknowledgements: readonly PartitionAcknowledgement[],
    mayRenew: boolean,
  ): Promise<AcknowledgementAnswer[]> {
    return Promise.all(
      acknowledgements.map(async ({ topicId, partition, batches }) => {
        const of = { topicId, partition }
        const malformed = malformedAcknowledgement(batches, mayRenew)
        if (malformed !== undefined) {
          return { ...of, errorCode: ErrorCode.INVALID_REQUEST, errorMessage: malformed }
        }
        const group = await this.#options.groups.find(groupId)
        const served = this.#served(group, of)
        // of what the group does not know nobody was given a record
        const refused = served === NOT_YET ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : served
        if (refused !== ErrorCode.NONE) return { ...of, errorCode: refused, errorMessage: null }
        const live = await this.#options.partitions.open({ groupId, ...of })
        const errorCode =
          typeof live === 'number' ? live : await live.acknowledge(memberId, batches)
        return { ...of, errorCode, errorMessage: null }
      }),
    )
  }

  /** The session is over: what the member has of its partitions is for others. */
  async release({ groupId, memberId, partitions }: ShareSession): Promise<void> {
    await Promise.all(
      partitions.map(async (of) => {
        const live = await this.#options.partitions.open({ groupId, ...of })
        if (typeof live !== 'number') await live.release(memberId)
      }),
    )
  }

  /**
   * Only what somebody in the group has asked for is known of it. It learns of a topic by its
   * members' heartbeats, and members may fetch from a topic that was made again before that.
   */
  #served(
    group: ShareGroup | ErrorCode,
    { topicId, partition }: SharedPartition,
  ): ErrorCode | typeof NOT_YET {
    if (typeof group === 'number') return group
    const topic = this.#options.topics.byId(topicId)
    if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID
    const isThere = partition >= 0 && partition < topic.partitions.length
    if (!isThere) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    const isKnown = group.topics.get(topicId)?.partitions.includes(partition) === true
    return isKnown ? ErrorCode.NONE : NOT_YET
  }
}
