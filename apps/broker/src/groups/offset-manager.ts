import type { Clock } from '@pafka/base'
import { ErrorCode, ZERO_UUID } from '@pafka/protocol'

import { errorOfFailedAppend } from '../coordinator-log/failed-append.ts'
import { type CommittedOffset, type GroupOffsets, OffsetStore } from './offset-store.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import {
  type CoordinatorLog,
  type CoordinatorRecord,
  partitionOfKey,
  type TransactionalWriter,
} from '../coordinator-log/coordinator-log.ts'
import { OffsetsRecordEncoder } from './offsets-record.ts'
import { TransactionalOffsets } from './transactional-offsets.ts'

export interface OffsetToCommit extends TopicPartition {
  /** ZERO_UUID when not known. */
  readonly topicId: string
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string | null
}

/** Who commits in a transaction. */
export interface TransactionalCommitter extends TransactionalWriter {
  /** Whether the transaction runs, and its marker will come after what is written now. */
  readonly isInTransaction: () => boolean
}

/** Topic and partitions that somebody asks for. */
export interface WantedOffsets {
  readonly topic: string
  /** ZERO_UUID when not known; an offset of an earlier topic of this name is not told. */
  readonly topicId: string
  readonly partitions: readonly number[]
}

export interface FetchedOffsets {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly FetchedOffset[]
}

/** Field names are those of `OffsetFetchResponse`. */
export interface FetchedOffset {
  readonly partitionIndex: number
  /** -1 when there is none. */
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string
  readonly errorCode: ErrorCode
}

interface OffsetManagerOptions {
  readonly clock: Clock
  readonly log: CoordinatorLog
  /** `offset.metadata.max.bytes`, counted in characters as Kafka does */
  readonly maxMetadataLength: number
}

/** Keeps offsets: in memory what the log has committed, never more. Knows nothing of members. */
export class OffsetManager {
  readonly store: OffsetStore = new OffsetStore()
  readonly transactions: TransactionalOffsets = new TransactionalOffsets(this.store)
  readonly #clock: Clock
  readonly #log: CoordinatorLog
  readonly #maxMetadataLength: number

  constructor({ clock, log, maxMetadataLength }: OffsetManagerOptions) {
    this.#clock = clock
    this.#log = log
    this.#maxMetadataLength = maxMetadataLength
  }

  /**
   * One promise for all of a request's offsets, kept when the log has them.
   * @param retentionMs of these offsets only; -1 is the broker's
   * @returns one code per offset, in order
   */
  commit(
    groupId: string,
    offsets: readonly OffsetToCommit[],
    retentionMs: number,
  ): Promise<readonly ErrorCode[]> {
    const draft = this.#draft(groupId, offsets, retentionMs)
    const { records, errorCodes } = draft
    if (records.length === 0) return Promise.resolve(errorCodes)
    for (const { place } of draft.kept) this.store.begin(groupId, place)
    return new Promise((resolve) => {
      this.#log.append(this.partitionOf(groupId), records, (errorCode) => {
        const taken = errorCode === ErrorCode.NONE
        for (const { place, committed } of draft.kept) {
          this.store.settle(groupId, place, taken ? committed : null)
        }
        resolve(taken ? errorCodes : failedCodes(draft, errorCode))
      })
    })
  }

  /** As `commit`; the offsets count when the transaction of `writer` is committed. */
  commitInTransaction(
    groupId: string,
    offsets: readonly OffsetToCommit[],
    writer: TransactionalCommitter,
  ): Promise<readonly ErrorCode[]> {
    const draft = this.#draft(groupId, offsets, -1)
    const { records, errorCodes, kept } = draft
    if (records.length === 0) return Promise.resolve(errorCodes)
    if (!writer.isInTransaction()) {
      return Promise.resolve(failedCodes(draft, ErrorCode.INVALID_TXN_STATE))
    }
    for (const { place } of kept) this.store.beginInTransaction(groupId, place)
    const partition = this.partitionOf(groupId)
    const { producerId } = writer
    return new Promise((resolve) => {
      this.#log.appendInTransaction(partition, records, writer, (errorCode) => {
        const taken = errorCode === ErrorCode.NONE
        for (const { place, committed } of kept) {
          if (taken) this.transactions.written(partition, producerId, { groupId, place, committed })
          else this.store.endInTransaction(groupId, place, null)
        }
        resolve(taken ? errorCodes : failedCodes(draft, errorCode))
      })
    })
  }

  /** That keeps a group. */
  partitionOf(groupId: string): number {
    return partitionOfKey(groupId, this.#log.partitionCount)
  }

  /**
   * @param wanted null asks for all that the group has
   * @param requireStable what a transaction may change yet is UNSTABLE_OFFSET_COMMIT
   */
  fetch(
    groupId: string,
    wanted: readonly WantedOffsets[] | null,
    requireStable: boolean,
  ): readonly FetchedOffsets[] {
    const offsets = this.store.get(groupId)
    if (wanted === null) return offsets === undefined ? [] : allOf(offsets, requireStable)
    return wanted.map(({ topic, topicId, partitions }) => ({
      topic,
      topicId,
      partitions: partitions.map((partition) => {
        const slot = offsets?.get(topic, partition)
        if (requireStable && slot !== undefined && slot.inTransactions > 0) {
          return unstable(partition)
        }
        const committed = slot?.committed ?? null
        const isOther = committed !== null && isOtherTopic(committed.topicId, topicId)
        return fetched(partition, isOther ? null : committed)
      }),
    }))
  }

  /**
   * Deletes offsets, and the group itself if asked to.
   * @param alsoTheGroup writes the tombstone of the group's metadata too
   */
  remove(
    groupId: string,
    places: readonly TopicPartition[],
    alsoTheGroup = false,
  ): Promise<ErrorCode> {
    const encoder = new OffsetsRecordEncoder(places.length + 1)
    for (const place of places) encoder.offsetTombstone(groupId, place)
    if (alsoTheGroup) encoder.groupTombstone(groupId)
    if (encoder.count === 0) return Promise.resolve(ErrorCode.NONE)
    return new Promise((resolve) => {
      this.#append(groupId, encoder, (errorCode) => {
        if (errorCode === ErrorCode.NONE) {
          for (const place of places) this.store.remove(groupId, place)
        }
        resolve(errorCode)
      })
    })
  }

  /** Every place that has an offset, or will have one when what is under way is committed. */
  placesOf(groupId: string, where: (topic: string) => boolean = () => true): TopicPartition[] {
    const places: TopicPartition[] = []
    for (const [topic, partitions] of this.store.get(groupId)?.topics() ?? []) {
      if (!where(topic)) continue
      for (const partition of partitions.keys()) places.push({ topic, partition })
    }
    return places
  }

  #append(groupId: string, encoder: OffsetsRecordEncoder, done: (code: ErrorCode) => void): void {
    this.#log.append(this.partitionOf(groupId), encoder.finish(), done)
  }

  #draft(groupId: string, offsets: readonly OffsetToCommit[], retentionMs: number): CommitDraft {
    const nowMs = this.#clock.nowMs()
    const expireTimestampMs = retentionMs < 0 ? -1 : nowMs + retentionMs
    const encoder = new OffsetsRecordEncoder(offsets.length)
    const errorCodes: ErrorCode[] = []
    const kept: KeptOffset[] = []
    for (const [index, place] of offsets.entries()) {
      const metadata = place.metadata ?? ''
      if (metadata.length > this.#maxMetadataLength) {
        errorCodes.push(ErrorCode.OFFSET_METADATA_TOO_LARGE)
        continue
      }
      const { offset, leaderEpoch, topicId } = place
      const age = { commitTimestampMs: nowMs, expireTimestampMs }
      const committed = { offset, leaderEpoch, metadata, ...age, topicId }
      encoder.offset(groupId, place, committed)
      errorCodes.push(ErrorCode.NONE)
      kept.push({ index, place, committed })
    }
    return { records: encoder.finish(), errorCodes, kept }
  }
}

interface KeptOffset {
  /** Among those that were asked for. */
  readonly index: number
  readonly place: TopicPartition
  readonly committed: CommittedOffset
}

/** A commit before the log has it. */
interface CommitDraft {
  readonly records: readonly CoordinatorRecord[]
  /** One per offset that was asked for, in order. */
  readonly errorCodes: readonly ErrorCode[]
  readonly kept: readonly KeptOffset[]
}

function failedCodes({ errorCodes, kept }: CommitDraft, errorCode: ErrorCode): ErrorCode[] {
  const codes = [...errorCodes]
  const failed = errorOfFailedAppend(errorCode, ErrorCode.INVALID_COMMIT_OFFSET_SIZE)
  for (const { index } of kept) codes[index] = failed
  return codes
}

function unstable(partition: number): FetchedOffset {
  return { ...fetched(partition, null), errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT }
}

function allOf(offsets: GroupOffsets, requireStable: boolean): FetchedOffsets[] {
  const all: FetchedOffsets[] = []
  for (const [topic, slots] of offsets.topics()) {
    let topicId = ZERO_UUID
    const partitions: FetchedOffset[] = []
    for (const [partition, { committed, inTransactions }] of slots) {
      if (committed === null) continue
      topicId = committed.topicId
      const isUnstable = requireStable && inTransactions > 0
      partitions.push(isUnstable ? unstable(partition) : fetched(partition, committed))
    }
    if (partitions.length > 0) all.push({ topic, topicId, partitions })
  }
  return all
}

function fetched(partitionIndex: number, committed: CommittedOffset | null): FetchedOffset {
  return {
    partitionIndex,
    committedOffset: committed?.offset ?? -1,
    committedLeaderEpoch: committed?.leaderEpoch ?? -1,
    metadata: committed?.metadata ?? '',
    errorCode: ErrorCode.NONE,
  }
}

function isOtherTopic(committedFor: string, asked: string): boolean {
  return committedFor !== ZERO_UUID && asked !== ZERO_UUID && committedFor !== asked
}
