import type { Clock, Random } from '@pafka/base'

import type { TopicPartition } from '../../cluster/topic-partition.ts'
import type { GroupMember } from '../../consumer/group/group-member.ts'
import type { GroupOffset, GroupOffsets } from '../../consumer/group/group-offsets.ts'
import { KafkaError } from '../../errors/kafka-error.ts'
import { retrying } from '../../time/retrying.ts'
import type { EventEmitter } from '../events/emitter.ts'
import type { TopicOffsets } from '../topic-types.ts'
import { CONSUMER_EVENTS } from './consumer-events.ts'
import type { ConsumerRunConfig } from './consumer-types.ts'
import { OffsetLedger } from './offset-ledger.ts'

export interface OffsetKeeperOptions {
  readonly groupId: string
  readonly config: ConsumerRunConfig
  readonly offsets: GroupOffsets
  readonly member: () => GroupMember
  readonly events: EventEmitter
  readonly clock: Clock
  readonly random: Random
  /** For all attempts to commit. */
  readonly timeoutMs: number
}

/** Offsets of topics as programs give them: a text may stand beside each. */
export type CommittedTopics = readonly {
  readonly topic: string
  readonly partitions: readonly {
    readonly partition: number
    readonly offset: string
    readonly metadata?: string | null
  }[]
}[]

/** Commits what is resolved, as the program wants it. */
export class OffsetKeeper {
  readonly ledger: OffsetLedger = new OffsetLedger(Date.now())
  readonly #options: OffsetKeeperOptions

  constructor(options: OffsetKeeperOptions) {
    this.#options = options
  }

  get isAuto(): boolean {
    return this.#options.config.autoCommit ?? true
  }

  /** All that is resolved, unless the program does it itself. @throws {KafkaError} */
  async autoCommit(): Promise<void> {
    if (!this.isAuto) return
    const { clock, random, timeoutMs } = this.#options
    const deadlineMs = clock.monotonicMs() + timeoutMs
    await retrying(async () => this.#commit(this.ledger.uncommitted()), {
      ...{ clock, random, deadlineMs },
    })
  }

  /** As `autoCommit`, when the program's interval is over, or its threshold reached. */
  async commitIfNecessary(): Promise<void> {
    const { autoCommitInterval: intervalMs = null, autoCommitThreshold: threshold = null } =
      this.#options.config
    if (this.ledger.isDue({ intervalMs, threshold }, Date.now())) await this.autoCommit()
  }

  /** What the program gives. @throws {KafkaError} */
  async commitTopics(topics: CommittedTopics): Promise<void> {
    await this.#commit(
      topics.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset, metadata = null }) => ({
          ...{ topic, partition, offset: Number(offset), metadata },
        })),
      ),
    )
  }

  async commitOne(place: TopicPartition, offset: number): Promise<void> {
    await this.#commit([{ ...place, offset }])
  }

  uncommittedTopics(): TopicOffsets[] {
    return byTopic(this.ledger.uncommitted())
  }

  async #commit(offsets: readonly GroupOffset[]): Promise<void> {
    const nowMs = Date.now()
    if (offsets.length === 0) {
      this.ledger.wasCommitted([], nowMs)
      return
    }
    const { offsets: group, member, events, groupId } = this.#options
    const { identity } = member()
    try {
      await group.commit(offsets, identity)
    } catch (error) {
      if (error instanceof KafkaError) member().outdated(error.errorCode ?? 0, identity)
      throw error
    }
    this.ledger.wasCommitted(offsets, nowMs)
    const { memberId, generationId: groupGenerationId } = identity
    const topics = byTopic(offsets)
    events.emit(CONSUMER_EVENTS.COMMIT_OFFSETS, { groupId, memberId, groupGenerationId, topics })
  }
}

function byTopic(offsets: readonly GroupOffset[]): TopicOffsets[] {
  return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, own]) => ({
    topic,
    partitions: own.map(({ partition, offset, metadata }) => {
      return { partition, offset: String(offset), ...(metadata !== undefined && { metadata }) }
    }),
  }))
}
