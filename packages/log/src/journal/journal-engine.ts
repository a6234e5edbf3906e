import { randomBytes } from 'node:crypto'
import { join } from 'node:path'

import { MIB, StorageError } from '@pafka/base'

import { removeUnfinished } from '../checkpoint/checkpoint-file.ts'
import { asStorageError, isOutOfSpace } from '../files/as-error.ts'
import type { FolderLock } from '../files/file-system.ts'
import { TailMemory } from '../memory/tail-memory.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { Cut } from '../partition/log-truncation.ts'
import type { JournaledPlace } from '../recovery/place-recovery.ts'
import { AsideKeeper } from './aside-keeper.ts'
import { behindLimits } from './behind-limits.ts'
import { BehindQueue } from './behind-queue.ts'
import { Journal, largestBatchBytes } from './journal.ts'
import { JournalCheckpointer } from './journal-checkpointer.ts'
import {
  type CheckpointedLog,
  checkpointedLog,
  decodeJournalCheckpoint,
  isRingCut,
  type JournalCheckpoint,
  keyOf,
} from './journal-checkpoint.ts'
import type { EngineHost } from './engine-host.ts'
import { CHECKPOINT_NAME, FILE_NAMES, RING_NAME } from './journal-files.ts'
import type { JournalOptions } from './journal-options.ts'
import { journalStatus, type JournalStatus } from './journal-status.ts'
import { lockJournal, removeJournal } from './journal-lock.ts'
import { JournalWriter } from './journal-writer.ts'
import { awayLogs, MissingLogs } from './missing-logs.ts'
import { replayRing } from './replay.ts'
import { PIECE_BYTES, RingFile } from './ring-file.ts'
import { isTooLarge, shrinkRing } from './ring-shrink.ts'
import { ReplayMemory } from './replay-memory.ts'
import { RingScan } from './ring-scan.ts'
import { SegmentStore } from './segment-store.ts'
import { StrandedJournals } from './stranded-journals.ts'
import { StrandedReplay } from './stranded-replay.ts'
import { WantedCheckpoints } from './wanted-checkpoints.ts'

/** In a fraction of a second: no checkpoint is worth it while more is appended. */
const SOON_REPLAYED_BYTES = 64 * MIB

/** The journal of a store, with what writes its bytes behind and lets its space go. */
export class JournalEngine {
  readonly memory: TailMemory
  /** As it was found; undefined in a fresh folder. */
  readonly found: JournalCheckpoint | undefined
  readonly #options: JournalOptions
  readonly #lock: FolderLock
  readonly #host: EngineHost
  readonly #file: RingFile
  readonly #store: SegmentStore
  readonly #behind: BehindQueue
  readonly #stranded: StrandedJournals
  readonly #writers = new Map<PartitionLog, JournalWriter>()
  #places: Map<string, JournaledPlace> | undefined
  #journal: Journal | undefined
  #checkpointer: JournalCheckpointer | undefined
  #wanted: WantedCheckpoints | undefined
  #keeper: AsideKeeper | undefined
  /** Logs that the checkpoint names and no dir has: it says so of them until they are back. */
  #away: readonly CheckpointedLog[] = []
  /** Rounds are missing of what is in the ring. */
  #isBroken = false
  #sequenceAtRest = -1

  private constructor(options: JournalOptions, host: EngineHost, lock: FolderLock) {
    const { files, clock } = host
    this.#options = options
    this.#lock = lock
    this.#host = host
    const { pieceBytes } = options
    const path = join(options.folder, CHECKPOINT_NAME)
    const bytes = files.readFile(path)
    this.found = bytes && decodeJournalCheckpoint(Buffer.from(bytes), path)
    this.#file = new RingFile(files, join(options.folder, RING_NAME), pieceBytes ?? PIECE_BYTES)
    this.#stranded = new StrandedJournals(files, options.folder)
    this.memory = new TailMemory(options.tailBytes, pieceBytes)
    this.#store = new SegmentStore(files)
    this.#behind = new BehindQueue({
      ...behindLimits(this.memory.budgetBytes),
      clock,
      newest: () => this.journal.sequence,
      restMs: () => this.journal.restMs,
    })
  }

  /**
   * Locks its folder and opens what is there. Logs are loaded next, then `start`. Rejects with a
   * StorageError, also when somebody else has it.
   */
  static async open(options: JournalOptions, host: EngineHost): Promise<JournalEngine> {
    let lock: FolderLock | undefined
    try {
      lock = await lockJournal(host, options.folder)
      return new JournalEngine(options, host, lock)
    } catch (error) {
      await lock?.release()
      throw asStorageError(`the journal in ${options.folder} cannot be used`, error)
    }
  }

  get journal(): Journal {
    if (this.#journal === undefined) throw new StorageError('the journal is not started')
    return this.#journal
  }

  /** 0 without pressure; from 1 on appends are to be held back. */
  get pressure(): number {
    const { space, limitBytes, queuedBytes } = this.journal
    const ring = (space.usedBytes + queuedBytes) / limitBytes
    // what waits for its round is in memory already: no more of it than the memory is meant to be
    const queue = queuedBytes / this.memory.budgetBytes
    return Math.max(this.#behind.pressure, 2 * ring - 1, queue)
  }

  get folder(): string {
    return this.#options.folder
  }

  /** A larger batch has no room in a round. */
  get largestBatchBytes(): number {
    return largestBatchBytes(this.#options.limitBytes)
  }

  /** Bytes of its ring. */
  get preparedBytes(): number {
    return this.#file.preparedBytes
  }

  get medium(): Pick<RingFile, 'io' | 'isInMemory' | 'capability'> {
    return this.#file
  }

  get status(): JournalStatus {
    const { folder, journal, memory } = this
    return journalStatus({ folder, journal, memory, io: this.#file.io, behind: this.#behind })
  }

  /** By what its file was when it was opened. */
  get isRingCut(): boolean {
    if (this.found === undefined) return false
    return this.#file.isShorter || isRingCut(this.found.from, this.#file.foundBytes)
  }

  /** Before it takes appends: the next start knows whether its ring was cut. */
  async tellRingSize(): Promise<void> {
    // where a disk is full that comes with a later checkpoint
    if (isTooLarge(this.#file, this.#options.limitBytes)) await this.checkpoint().catch(() => {})
    await this.#host.room.write(() => this.#file.tellSize(), 'small-file')
  }

  /** Of a log, at the last checkpoint; undefined for one that is newer. */
  placeOf(journalId: Buffer, partition: number): JournaledPlace | undefined {
    if (this.found === undefined) return undefined
    this.#places ??= new Map(this.found.logs.map((log) => [keyOf(log.topicId, log.partition), log]))
    return this.#places.get(keyOf(journalId, partition))
  }

  /**
   * Brings back what the ring has and the files of the logs do not, then takes appends.
   * @param isBroken rounds of the ring are missing: what there is of it counts
   * @returns logs that it has records of and that are gone, by `keyOf`
   * @throws JournalBroken when that comes out; then logs are to be loaded anew for it
   */
  async start(isBroken: boolean): Promise<ReadonlySet<string>> {
    const { files, clock, logger, room, logs, hastenSyncsFrom, syncFailed, settled } = this.#host
    const { folder, limitBytes } = this.#options
    const path = join(folder, CHECKPOINT_NAME)
    await removeUnfinished(files, folder, files.list(folder), (name) => FILE_NAMES.includes(name))
    // what is brought back from it must not vanish again, nor its length
    if (this.#file.foundBytes > 0) await this.#file.sync()
    const found = this.found
    this.#away = awayLogs(found?.logs ?? [], this.#host)
    this.#isBroken = isBroken
    const ringId = found?.ringId ?? randomBytes(16)
    const from = found?.from ?? { positionBytes: 0, previous: 0 }
    const file = this.#file
    const hasRoomFor = (bytes: number): Promise<boolean> => room.hasRoomFor(bytes)
    const medium = { file, memory: this.memory, clock, logger, limitBytes, hasRoomFor }
    const start = { ringId, sequence: from.previous, headBytes: from.positionBytes }
    const journal = new Journal(medium, start, {
      roomWanted: () => this.#wanted?.want(),
      failed: (error) => this.#host.journalFailed(error),
    })
    this.#journal = journal
    const [behind, writers] = [this.#behind, this.#writers]
    const restMs = (): number => journal.restMs
    const upkeep = { logs, hastenSyncsFrom, syncFailed, settled, restMs }
    const away = (): readonly CheckpointedLog[] => awayLogs(this.#away, this.#host)
    const parts = { files, clock, room, path, journal, behind, writers, away, ...upkeep }
    const checkpointer = new JournalCheckpointer(parts)
    this.#checkpointer = checkpointer
    const stuck = (): void => this.#giveUpFull()
    this.#wanted = new WantedCheckpoints({ checkpointer, journal, clock, logger, room, stuck })
    const keeping = { stranded: this.#stranded, ring: file, journal, checkpointer, room }
    this.#keeper = new AsideKeeper({ ...keeping, clock, logger, letGo: () => this.#wanted?.goOn() })
    // rounds need something to follow
    if (found === undefined) {
      await this.checkpoint()
      return new Set()
    }
    const memory = new ReplayMemory(this.memory)
    const scan = new RingScan(file, ringId, from, memory)
    const replay = { engine: this, journal, behind, memory, host: this.#host }
    const stranded = new StrandedReplay(this.#stranded, this.#host)
    await stranded.replay(replay)
    scan.passesGaps = isBroken
    const { rounds, unknown } = await replayRing(scan, replay)
    const missing = new MissingLogs(this.#host)
    if (unknown > 0) {
      const again = new RingScan(file, ringId, from)
      again.passesGaps = isBroken
      const wasNamed = (id: Buffer, one: number): boolean => this.placeOf(id, one)?.isNamed === true
      await missing.find(again, isBroken ? wasNamed : undefined)
    }
    missing.tell(await this.#keeper.keep(missing.logs, isBroken))
    const lost = [...logs()].filter((log) => log.parts.hasLost)
    const isToForget = isBroken || unknown > 0 || lost.length > 0
    if (rounds > 0 || !stranded.isEmpty) await this.#settle(isToForget)
    for (const log of lost) log.parts.hasLost = false
    await stranded.drop(() => this.checkpoint())
    return new Set([...stranded.missed, ...missing.missed])
  }

  /** After a checkpoint, whether there are records that the files of their logs could not get. */
  get hasStranded(): boolean {
    const isInRing = this.journal.written.oldest !== undefined
    return isInRing || this.#stranded.folders().length > 0
  }

  /**
   * The dir of these logs failed. What only the ring has of them is set aside for the next start,
   * and the ring goes on without them.
   */
  strand(logs: readonly PartitionLog[], error: StorageError): void {
    void this.#checkpointer?.alone(async () => {
      if (this.journal.error === undefined) this.#giveUp(logs, error)
    })
  }

  #giveUp(logs: readonly PartitionLog[], error: StorageError): void {
    const given = logs.filter((log) => this.#writers.has(log))
    void this.#keeper?.keep(given.map(checkpointedLog), this.#isBroken)
    for (const log of given) {
      const writer = this.#writers.get(log)
      for (const { round, lengthBytes } of writer?.strand(error) ?? []) round.stored(lengthBytes)
      writer?.stranded()
    }
  }

  /** Logs whose disk is full have the oldest round, and there is no room for others. */
  #giveUpFull(): void {
    const oldest = this.journal.written.oldest?.sequence ?? -1
    for (const [log, writer] of this.#writers) {
      if (writer.lacksRoom && writer.oldestSequence <= oldest) this.#host.heldUp(log)
    }
  }

  /**
   * What was brought back is served from now on, so it must not vanish again. What belongs to a log
   * that is not there is passed over for good: it may be created anew.
   */
  async #settle(isToForget: boolean): Promise<void> {
    // a flush or a cut waits for what is not stored yet, so logs must know their writers
    for (const log of this.#writers.keys()) log.writer()
    const { syncFailed, isComplete } = this.#host
    await Promise.all(
      [...this.#writers].map(([log, writer]) =>
        writer.named().catch((error: unknown) => syncFailed(log, error)),
      ),
    )
    if (!isToForget) return
    await this.checkpoint().catch(async (error: unknown) => {
      if (isOutOfSpace(error)) return
      if (isComplete()) throw error
      await this.checkpoint() // without the dir that has just failed
    })
  }

  /** The channel of a log. */
  writerFor(log: PartitionLog): JournalWriter {
    let writer = this.#writers.get(log)
    if (writer === undefined) {
      const parts = {
        journal: this.journal,
        behind: this.#behind,
        store: this.#store,
        nameFolder: () => this.#host.nameFolder(log),
      }
      writer = new JournalWriter(parts, log)
      this.#writers.set(log, writer)
    }
    return writer
  }

  /** The log is gone. */
  forget(log: PartitionLog): void {
    // a log that was only replayed does not know its writer
    this.#writers.get(log)?.abandon()
    this.#writers.delete(log)
  }

  /** Resolves when the ring holds nothing that the files of the logs lack, durably. */
  async checkpoint(): Promise<void> {
    if (this.journal.error !== undefined) return
    const checkpointer = this.#checkpointer
    const { room } = this.#host
    await checkpointer?.run(true).catch((error: unknown) => {
      if (room.isShort) this.#wanted?.want() // appends are refused until one works
      throw error
    })
    if (checkpointer !== undefined) {
      await shrinkRing({ file: this.#file, journal: this.journal, checkpointer, room })
    }
  }

  /** The start is over: producers are held back until a ring that is much used has room. */
  wantRoom(): void {
    if (this.journal.isMuchUsed) this.#wanted?.want()
  }

  /** As `checkpoint`, unless a start would soon have brought back what the ring holds. */
  async checkpointIfDue(): Promise<void> {
    const { space, sequence } = this.journal
    const isQuiet = sequence === this.#sequenceAtRest
    if (isQuiet || space.usedBytes > SOON_REPLAYED_BYTES) await this.checkpoint()
  }

  /**
   * The files of a log are to have no more than a cut leaves, whatever they have now. Resolves when
   * that outlives power loss: a start cuts them there, and the ring brings nothing back.
   */
  async cut(log: PartitionLog, { place, producers }: Cut): Promise<void> {
    // a checkpoint that runs would say how far they were when it began
    await this.#checkpointer?.alone(async () => {
      const writer = this.#writers.get(log)
      if (writer === undefined) log.parts.openedPlace = place
      else writer.place = writer.syncedPlace = place
      log.parts.producers = producers
    })
    await this.checkpoint()
    if (this.journal.error !== undefined) throw this.journal.error
  }

  /** Does something that no checkpoint runs beside. */
  async alone(action: () => Promise<void>): Promise<void> {
    if (this.#checkpointer === undefined) return action()
    await this.#checkpointer.alone(action)
  }

  /** All appends so far are durable, and all of them in the files of their logs. */
  async finish(): Promise<void> {
    this.journal.flush()
    await this.journal.whenIdle()
    await this.checkpoint()
  }

  /** Memory that nobody needs is given back, unless there were appends since it was asked last. */
  rest(): void {
    const { sequence } = this.journal
    const isQuiet = sequence === this.#sequenceAtRest
    this.#sequenceAtRest = sequence
    if (!isQuiet) return
    this.#store.rest()
    this.memory.shrink()
  }

  /** Closes it and takes its files away, and the folder when nothing else is in it. */
  async remove(): Promise<void> {
    await this.#closeFiles()
    try {
      await removeJournal(this.#host.files, this.folder)
    } finally {
      await this.#lock.release()
    }
  }

  /** Lets go of the folder, and of a ring that was not started as it was found. Never rejects. */
  async close(): Promise<void> {
    if (this.#journal === undefined) this.#file.leave()
    await this.#closeFiles()
    await this.#lock.release()
  }

  async #closeFiles(): Promise<void> {
    this.#wanted?.close()
    this.#keeper?.close()
    this.#behind.close()
    this.#file.close()
    await this.#file.settled()
  }
}
