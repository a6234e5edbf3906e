import type { Clock } from '@pafka/base'
import type { PartitionLog } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'

import type { GroupOffsetReset } from '../config/group-offset-reset.ts'
import { DeadlineQueue } from '../groups/deadline-queue.ts'
import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import type { Partition } from '../metadata/topic.ts'
import type { DeadLetters } from './dead-letters.ts'
import { LiveSharePartition } from './live-share-partition.ts'
import type { SharedTopics } from './share-group-record.ts'
import { type PartitionState, SharePartition } from './share-partition.ts'
import { keyOfPlace, NO_START_OFFSET, type SharePlace } from './share-state-record.ts'
import type { ShareStates } from './share-states.ts'
import type { ShareGroupSettings } from './share-world.ts'

interface SharePartitionsOptions {
  readonly clock: Clock
  readonly topics: Pick<TopicCatalog, 'byId'>
  readonly states: ShareStates
  readonly settingsOf: (groupId: string) => ShareGroupSettings
  readonly deadLetters: Pick<DeadLetters, 'bury'>
}

/** What is known of a place without beginning to serve it. */
export interface KnownOffsets {
  /** -1 when the group has not begun with it. */
  readonly startOffset: number
  readonly leaderEpoch: number
  /** Records from there on that are not done with; -1 when that is not known. */
  readonly lag: number
}

/** The partitions that share groups are at. One is opened when somebody first fetches it. */
export class SharePartitions {
  readonly #options: SharePartitionsOptions
  readonly #deadlines: DeadlineQueue
  readonly #open = new Map<string, Promise<LiveSharePartition | ErrorCode>>()

  constructor(options: SharePartitionsOptions) {
    this.#options = options
    this.#deadlines = new DeadlineQueue(options.clock)
  }

  stop(): void {
    this.#deadlines.clear()
    for (const opening of this.#open.values()) void closeOpen(opening)
    this.#open.clear()
  }

  /** @returns why it cannot be served instead. */
  async open(place: SharePlace): Promise<LiveSharePartition | ErrorCode> {
    const key = keyOfPlace(place)
    let opening = this.#open.get(key)
    if (opening === undefined) {
      opening = this.#begin(place)
      this.#open.set(key, opening)
    }
    const opened = await opening
    if (this.#open.get(key) !== opening) return opened
    if (typeof opened === 'number') {
      // what could not be opened is tried again by whoever comes next
      this.#open.delete(key)
    } else if (opened.log !== this.#partitionOf(place)?.log) {
      // its log dir was away, and is back; or the topic is gone
      await this.#close(place)
      return this.open(place)
    }
    return opened
  }

  /** @returns a code instead when that cannot be known now. */
  async offsetsOf(place: SharePlace): Promise<KnownOffsets | ErrorCode> {
    const stored = await this.#options.states.read(place)
    if (typeof stored === 'number') return stored
    const startOffset = stored?.startOffset ?? NO_START_OFFSET
    const leaderEpoch = stored?.leaderEpoch ?? 0
    const log = this.#partitionOf(place)?.log
    if (stored === null || log === undefined || startOffset === NO_START_OFFSET) {
      return { startOffset, leaderEpoch, lag: -1 }
    }
    const lag = log.highWatermark - startOffset - stored.completeCount
    return { startOffset, leaderEpoch, lag: Math.max(0, lag) }
  }

  /** Begins anew at an offset, whatever became of the records from there on. */
  async begin(place: SharePlace, startOffset: number): Promise<ErrorCode> {
    const { states } = this.#options
    const stored = await states.read(place)
    if (typeof stored === 'number') return stored
    await this.#close(place)
    const leaderEpoch = this.#partitionOf(place)?.leaderEpoch ?? 0
    const stateEpoch = (stored?.stateEpoch ?? -1) + 1
    const state = { startOffset, batches: [], completeCount: 0, leaderEpoch, stateEpoch }
    return states.write(place, state)
  }

  /** Whatever the group made of these topics is forgotten. */
  async forget(groupId: string, topics: SharedTopics): Promise<ErrorCode> {
    const places = [...topics].flatMap(([topicId, { partitions }]) =>
      partitions.map((partition) => ({ groupId, topicId, partition })),
    )
    const errorCodes = await Promise.all(
      places.map(async (place) => {
        await this.#close(place)
        return this.#options.states.delete(place)
      }),
    )
    return errorCodes.find((errorCode) => errorCode !== ErrorCode.NONE) ?? ErrorCode.NONE
  }

  async #begin(place: SharePlace): Promise<LiveSharePartition | ErrorCode> {
    const { clock, states, settingsOf, deadLetters } = this.#options
    const found = this.#partitionOf(place)
    if (found === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    const { log, leaderEpoch } = found
    if (log === undefined) return ErrorCode.KAFKA_STORAGE_ERROR
    const stored = await states.read(place)
    if (typeof stored === 'number') return stored
    const store = (state: PartitionState): Promise<ErrorCode> =>
      states.write(place, { ...state, leaderEpoch })
    let state: PartitionState | null = stored
    if (stored === null || stored.startOffset === NO_START_OFFSET) {
      const startOffset = await startOffsetOf(log, settingsOf(place.groupId).startAt, clock)
      state = { startOffset, batches: [], completeCount: 0 }
      // where it began is not to be another place after a restart
      const errorCode = await store(state)
      if (errorCode !== ErrorCode.NONE) return errorCode
    }
    return new LiveSharePartition({
      place,
      partition: new SharePartition(withinLog(log, state ?? NOTHING)),
      log,
      clock,
      deadlines: this.#deadlines,
      settings: () => settingsOf(place.groupId),
      store,
      bury: (dead) => deadLetters.bury(place, log, dead),
    })
  }

  async #close(place: SharePlace): Promise<void> {
    const key = keyOfPlace(place)
    const opening = this.#open.get(key)
    this.#open.delete(key)
    if (opening !== undefined) await closeOpen(opening)
  }

  #partitionOf({ topicId, partition }: SharePlace): Partition | undefined {
    return this.#options.topics.byId(topicId)?.partitions[partition]
  }
}

const NOTHING: PartitionState = { startOffset: 0, batches: [], completeCount: 0 }

async function closeOpen(opening: Promise<LiveSharePartition | ErrorCode>): Promise<void> {
  const opened = await opening
  if (typeof opened !== 'number') opened.close()
}

/** A log that lost its tail has other records at the offsets after it. */
function withinLog({ logEndOffset }: PartitionLog, state: PartitionState): PartitionState {
  if (state.startOffset > logEndOffset) return { ...NOTHING, startOffset: logEndOffset }
  const batches = state.batches
    .filter(({ firstOffset }) => firstOffset < logEndOffset)
    .map((batch) => ({ ...batch, lastOffset: Math.min(batch.lastOffset, logEndOffset - 1) }))
  return { ...state, batches }
}

async function startOffsetOf(
  log: PartitionLog,
  startAt: GroupOffsetReset,
  clock: Pick<Clock, 'nowMs'>,
): Promise<number> {
  if (startAt.kind === 'by_duration') {
    const found = await log.offsetForTimestamp(clock.nowMs() - startAt.durationMs)
    return found?.offset ?? log.highWatermark
  }
  return startAt.kind === 'earliest' ? log.logStartOffset : log.highWatermark
}
