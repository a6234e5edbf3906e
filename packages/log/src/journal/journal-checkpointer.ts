import { type Clock, inTurns, SerialQueue } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import { replaceDurably } from '../checkpoint/checkpoint-file.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { StoredPlace } from '../partition/stored-place.ts'
import { encodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import { type AdvancedLogsParts, syncAdvanced, takeAdvanced } from './advanced-logs.ts'
import type { BehindQueue } from './behind-queue.ts'
import type { DiskRoom } from './engine-host.ts'
import type { Journal } from './journal.ts'
import { type CheckpointedLog, encodeJournalCheckpoint, encodeLog } from './journal-checkpoint.ts'

/** Logs that are looked at in one turn, so that nobody waits long for the next. */
const LOGS_A_TURN = 20
/** Part of the ring that the newest rounds may keep. */
const KEPT_SHARE = 8

export interface CheckpointerParts extends AdvancedLogsParts {
  readonly clock: Clock
  readonly room: DiskRoom
  readonly path: string
  readonly journal: Journal
  readonly behind: BehindQueue
  /** All of them. */
  readonly logs: () => Iterable<PartitionLog>
  /** As `EngineHost.settled`. */
  readonly settled: (log: PartitionLog) => void
  /** What the checkpoint before this start says of logs whose log dir is not there. */
  readonly away: () => readonly CheckpointedLog[]
}

/** A log's part of a checkpoint, and what it was made of. */
interface EncodedLog {
  readonly place: StoredPlace
  readonly isNamed: boolean
  readonly hasProducers: boolean
  readonly bytes: Buffer
}

/**
 * Lets the ring's space go: 1. segments get what rounds so far have, 2. their files are synced,
 * 3. how far the files of every log are good is written down, 4. the rounds may be overwritten.
 */
export class JournalCheckpointer {
  readonly #parts: CheckpointerParts
  /** What the last checkpoint said of logs: most have got no further since. */
  readonly #encoded = new WeakMap<PartitionLog, EncodedLog>()
  /** Of which the next checkpoint says something else than the last that was written. */
  readonly #unsettled = new Map<PartitionLog, StoredPlace>()
  readonly #queue = new SerialQueue()
  #queued = 0
  /** Of all rounds, and not begun yet. */
  #nextWhole: Promise<number> | undefined

  constructor(parts: CheckpointerParts) {
    this.#parts = parts
  }

  /**
   * One at a time, in the order they were asked for. Rejects when it failed.
   * @param isWhole for all rounds so far; else the newest may stay
   * @returns rounds whose space it let go
   */
  run(isWhole: boolean): Promise<number> {
    if (!isWhole) return this.alone(() => this.#run(false))
    this.#nextWhole ??= this.alone(() => {
      this.#nextWhole = undefined
      return this.#run(true)
    })
    return this.#nextWhole
  }

  /** Does something between two checkpoints, in its turn. */
  async alone<Result>(action: () => Promise<Result>): Promise<Result> {
    this.#queued += 1
    try {
      return await this.#queue.run(action)
    } finally {
      this.#queued -= 1
    }
  }

  /** Whether a checkpoint runs, or something that none runs beside. */
  get isBusy(): boolean {
    return this.#queued > 0
  }

  async #run(isWhole: boolean): Promise<number> {
    const { files, clock, room, path, journal, behind, writers } = this.#parts
    const short = await behind
      .drainTo(isWhole ? journal.sequence : journal.written.newestBefore(this.#keptBytes()))
      .catch((error: unknown) => asError(error))
    const fromMs = clock.monotonicMs()
    const count = journal.written.countStored()
    const from = journal.placeAfter(count)
    const advanced = takeAdvanced(writers)
    await syncAdvanced(advanced, this.#parts)
    const logs = await this.#gather()
    const checkpoint = encodeJournalCheckpoint(journal.ringId, from, logs)
    await room.write(() => replaceDurably(files, path, checkpoint), 'checkpoint')
    for (const [log, place] of this.#unsettled) this.#settle(log, place.segmentBaseOffset)
    this.#unsettled.clear()
    for (const { log } of advanced) log.parts.dropOldSnapshots()
    journal.release(count)
    journal.figures.checkpointed(clock.monotonicMs() - fromMs)
    // one disk is full: what the others have was let go all the same
    if (isWhole && short !== undefined) throw short
    return count
  }

  #settle(log: PartitionLog, replayedFrom: number): void {
    const { parts } = log
    if (parts.replayedFrom === replayedFrom) return
    parts.replayedFrom = replayedFrom
    this.#parts.settled(log)
  }

  /** The newest rounds may stay: to store them now would tear their logs' writes to pieces. */
  #keptBytes(): number {
    const { limitBytes, space } = this.#parts.journal
    return Math.min(limitBytes / KEPT_SHARE, space.usedBytes / 2)
  }

  async #gather(): Promise<Buffer[]> {
    const logs: Buffer[] = []
    await inTurns([...this.#parts.logs()], LOGS_A_TURN, (log) => logs.push(this.#encode(log)))
    return [...logs, ...this.#parts.away().map(encodeLog)]
  }

  #encode(log: PartitionLog): Buffer {
    const { isNamed, loadedProducers: producers, openedPlace } = log.parts
    const hasProducers = producers !== undefined
    // only what is synced
    const place = this.#parts.writers.get(log)?.syncedPlace ?? openedPlace
    const before = this.#encoded.get(log)
    const isSame = before?.place === place && before.isNamed === isNamed
    if (isSame && before.hasProducers === hasProducers) return before.bytes
    const bytes = encodeLog({
      topicId: log.journalId,
      partition: log.partition,
      place,
      isNamed,
      // only up to there: the replay takes note of all that comes after
      producers: producers && encodeProducerSnapshot(producers, place.offset),
    })
    producers?.transactions.forgetEnded(place.offset)
    this.#unsettled.set(log, place)
    this.#encoded.set(log, { place, isNamed, hasProducers, bytes })
    return bytes
  }
}
