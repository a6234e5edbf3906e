import type { Clock, Random } from '@pafka/base'

import type { Cluster } from '../../cluster/cluster.ts'
import type { TopicPartition } from '../../cluster/topic-partition.ts'
import { KafkaError } from '../../errors/kafka-error.ts'
import { retrying } from '../../time/retrying.ts'
import type { GroupMember } from './group-member.ts'
import { type GroupOffset, GroupOffsets } from './group-offsets.ts'

export interface MemberOffsetsOptions {
  readonly cluster: Cluster
  readonly groupId: string
  readonly clock: Clock
  readonly random: Random
  readonly member: () => GroupMember
  /** Its coordinator wants to know who asks, too: in groups in which the broker assigns. */
  readonly asksAsMember: boolean
}

/** The committed offsets of a group, for one of its members. */
export class MemberOffsets {
  readonly #options: MemberOffsetsOptions
  readonly #offsets: GroupOffsets

  constructor(options: MemberOffsetsOptions) {
    this.#options = options
    this.#offsets = new GroupOffsets(options.cluster, options.groupId)
  }

  /**
   * Asks until it is known.
   * @param places those that are this member's still, before each attempt
   * @returns those that there are
   * @throws {KafkaError}
   */
  async fetch(places: () => readonly TopicPartition[]): Promise<readonly GroupOffset[]> {
    return this.#retrying(async () => this.#fetchOnce(places()), Infinity)
  }

  /**
   * @param offsets before each attempt: in the next generation some may be another member's, who
   *   came further by then
   * @returns those that are committed. @throws {KafkaError}
   */
  async commit<Offset extends GroupOffset>(
    offsets: () => readonly Offset[],
  ): Promise<readonly Offset[]> {
    const { clock, cluster } = this.#options
    const deadlineMs = clock.monotonicMs() + cluster.requestTimeoutMs
    return this.#retrying(async () => {
      const now = offsets()
      if (now.length > 0) await this.#commitOnce(now)
      return now
    }, deadlineMs)
  }

  async #fetchOnce(places: readonly TopicPartition[]): Promise<readonly GroupOffset[]> {
    if (places.length === 0) return []
    const { asksAsMember, member } = this.#options
    const { identity } = member()
    try {
      return await this.#offsets.fetch(places, asksAsMember ? identity : undefined)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      const mayTryAgain = member().outdated(error.errorCode ?? 0, identity)
      // who is no member any more has none of them when that is known
      throw mayTryAgain || error.kind === 'abortable' ? error.asRetriable() : error
    }
  }

  async #commitOnce(offsets: readonly GroupOffset[]): Promise<void> {
    const { member: memberOf, cluster } = this.#options
    const member = memberOf()
    const { identity } = member
    try {
      await this.#offsets.commit(offsets, identity)
      cluster.counts.consumer.commits += 1
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      throw member.outdated(error.errorCode ?? 0, identity) ? error.asRetriable() : error
    }
  }

  async #retrying<T>(attempt: () => Promise<T>, deadlineMs: number): Promise<T> {
    const { clock, random } = this.#options
    return retrying(attempt, { clock, random, deadlineMs })
  }
}
