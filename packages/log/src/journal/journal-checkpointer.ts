import { setImmediate as nextTurn } from 'node:timers/promises'

import { asError } from '../files/as-error.ts'
import type { FileSystem } from '../files/file-system.ts'
import { replaceDurably } from '../checkpoint/checkpoint-file.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { encodeProducerSnapshot } from '../producer/producer-snapshot.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import type { BehindQueue } from './behind-queue.ts'
import type { Journal } from './journal.ts'
import { encodeJournalCheckpoint, encodeLog } from './journal-checkpoint.ts'
import type { StoredPlace } from '../partition/stored-place.ts'
import type { JournalWriter } from './journal-writer.ts'

/** Logs that are looked at in one turn, so that nobody waits long for the next. */
const LOGS_A_TURN = 200
const SYNCED_TOGETHER = 2

/** A log whose files have got further since the last checkpoint. */
interface Advanced {
  readonly log: PartitionLog
  readonly writer: JournalWriter
  readonly segments: readonly LogSegment[]
  readonly place: StoredPlace | undefined
}

export interface CheckpointerParts {
  readonly files: FileSystem
  readonly path: string
  readonly journal: Journal
  readonly behind: BehindQueue
  /** All logs, and the writers of those that were appended to. */
  readonly logs: () => Iterable<PartitionLog>
  readonly writers: ReadonlyMap<PartitionLog, JournalWriter>
  readonly syncFailed: (log: PartitionLog, error: unknown) => void
}

/**
 * Lets the ring's space go: 1. segments get what rounds so far have, 2. their files are synced,
 * 3. how far the files of every log are good is written down, 4. the rounds may be overwritten.
 */
export class JournalCheckpointer {
  readonly #parts: CheckpointerParts
  /** Synced places, which alone go into a checkpoint. */
  readonly #places = new WeakMap<PartitionLog, StoredPlace>()
  #running: Promise<number> | undefined

  constructor(parts: CheckpointerParts) {
    this.#parts = parts
  }

  /**
   * One at a time; who asks meanwhile waits for the one that runs. Rejects when it failed.
   * @returns rounds whose space it let go
   */
  run(): Promise<number> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  async #run(): Promise<number> {
    const { files, path, journal, behind } = this.#parts
    await behind.drainTo(journal.sequence)
    const { count } = journal.storedRounds()
    const from = journal.placeAfter(count)
    const advanced = this.#takeAdvanced()
    await this.#sync(advanced)
    const logs = await this.#gather()
    await replaceDurably(files, path, encodeJournalCheckpoint(journal.ringId, from, logs))
    for (const { log } of advanced) log.parts.dropOldSnapshots()
    journal.release(count)
    return count
  }

  #takeAdvanced(): Advanced[] {
    const advanced: Advanced[] = []
    for (const [log, writer] of this.#parts.writers) {
      const segments = writer.takeDirty()
      if (segments.length > 0) advanced.push({ log, writer, segments, place: writer.place })
    }
    return advanced
  }

  /** @throws the first error; what was not synced stays to be synced. */
  async #sync(advanced: readonly Advanced[]): Promise<void> {
    let next = 0
    let failure: unknown
    const lane = async (): Promise<void> => {
      for (let one = advanced[next++]; one !== undefined; one = advanced[next++]) {
        try {
          await this.#syncOne(one)
        } catch (error) {
          // deleted meanwhile: its folder is another one, or none
          if (this.#parts.writers.get(one.log) !== one.writer) continue
          failure ??= error
          one.writer.putBack(one.segments)
          this.#parts.syncFailed(one.log, error)
        }
      }
    }
    await Promise.all(Array.from({ length: SYNCED_TOGETHER }, lane))
    if (failure !== undefined) throw asError(failure)
  }

  async #syncOne({ log, writer, segments, place }: Advanced): Promise<void> {
    await writer.named()
    for (const segment of segments) {
      if (segment.deleted) continue
      segment.flushIndexes(false)
      await segment.syncLog()
      if (!segment.nameSynced) await segment.syncName()
    }
    await log.parts.epochs.flushDurably()
    if (place === undefined) return
    this.#places.set(log, place)
    log.parts.recoveryPoint = Math.max(log.parts.recoveryPoint, place.offset)
  }

  async #gather(): Promise<Buffer[]> {
    const logs: Buffer[] = []
    let left = LOGS_A_TURN
    for (const log of [...this.#parts.logs()]) {
      logs.push(this.#encode(log))
      left -= 1
      if (left > 0) continue
      left = LOGS_A_TURN
      await nextTurn()
    }
    return logs
  }

  #encode(log: PartitionLog): Buffer {
    const producers = log.parts.loadedProducers
    const place = this.#places.get(log) ?? log.openedPlace
    return encodeLog({
      topicId: log.journalId,
      partition: log.partition,
      place,
      // only up to there: the replay takes note of all that comes after
      producers: producers && encodeProducerSnapshot(producers.entries(), place.offset),
    })
  }
}
