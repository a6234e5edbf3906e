import { assert, StorageError } from '@pafka/base'
import { baseOffsetOf, partitionLeaderEpochOf } from '@pafka/protocol'

import { isOutOfSpace, nearlyFull } from '../files/as-error.ts'
import type { LogWriter, LogWriterOwner } from '../partition/log-writer.ts'
import { StoreHold } from '../partition/store-hold.ts'
import type { StoredPlace } from '../partition/stored-place.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { EMPTY_END, endOf as endOfSegment } from '../segment/segment-end.ts'
import type { BehindQueue, BehindUser } from './behind-queue.ts'
import type { Journal } from './journal.ts'
import { FolderNaming } from './folder-naming.ts'
import type { HeldRound } from './held-round.ts'
import type { RoundOwner } from './round.ts'
import { barrierMessages, endOf } from './appended-batches.ts'
import { batchesThatFit, digestOf } from './round-format.ts'
import type { SegmentStore } from './segment-store.ts'
import { StoredWaiters } from './stored-waiters.ts'
import { type Held, type Unstored, UnstoredBytes } from './unstored-bytes.ts'

export interface JournalWriterParts {
  readonly journal: Journal
  readonly behind: BehindQueue
  readonly store: SegmentStore
  /** Makes the name of a log's folder durable; once for each log. */
  readonly nameFolder: () => Promise<void>
}

/** The channel of a log whose appends are made durable by the journal. */
export class JournalWriter implements LogWriter, RoundOwner, BehindUser {
  /** How far its files have it; undefined while nothing was stored. */
  place: StoredPlace | undefined
  /** How far they have it for certain: what a checkpoint may say. */
  syncedPlace: StoredPlace | undefined
  readonly #parts: JournalWriterParts
  readonly #owner: LogWriterOwner
  readonly #dirty = new Set<LogSegment>()
  /** The one that was appended to last, or that the log was opened with. */
  #active: LogSegment | undefined
  readonly #unstored: UnstoredBytes
  /** Of `#unstored`, those that are durable. */
  #durable = 0
  #messages = 0
  #lastOffset = 0
  #committedEnd = 0
  readonly #naming: FolderNaming
  #storing = false
  #isAbandoned = false
  #isGivenUp = false
  #isStranded = false
  readonly #hold: StoreHold = new StoreHold()
  readonly #waiting: StoredWaiters = new StoredWaiters()
  #failure: StorageError | undefined

  constructor(parts: JournalWriterParts, owner: LogWriterOwner) {
    this.#parts = parts
    this.#owner = owner
    this.#naming = new FolderNaming(owner, parts.nameFolder, (error) => this.#unnamed(error))
    this.#active = owner.parts.openedSegment
    this.#unstored = new UnstoredBytes(owner.parts.context.place.ledger)
  }

  get isIdle(): boolean {
    return this.#lastOffset === this.#committedEnd
  }

  startAt(offset: number): void {
    this.#lastOffset = this.#committedEnd = offset
    this.#unstored.cut(this.#durable)
    this.#naming.cut(offset)
  }

  cutTo(offset: number): void {
    this.startAt(offset)
    if (this.#durable === 0) this.place = this.syncedPlace = this.#owner.parts.place
  }

  push(segment: LogSegment, bytes: Uint8Array, endOffset: number): void {
    this.#naming.begin()
    this.#begin(segment)
    const { journal } = this.#parts
    let positionBytes = segment.sizeBytes - bytes.length
    for (let at = 0; at < bytes.length;) {
      const isWhole = bytes.length - at <= journal.largestBytes
      const size = isWhole ? bytes.length - at : batchesThatFit(bytes, at, journal.largestBytes)
      const part = at === 0 && isWhole ? bytes : bytes.subarray(at, at + size)
      const end = at + size === bytes.length ? endOffset : endOf(part)
      this.#add(segment, part, positionBytes, end)
      at += size
      positionBytes += size
    }
    this.#messages += endOffset - this.#lastOffset
    this.#lastOffset = endOffset
    if (this.#messages < barrierMessages(this.#owner)) return
    this.#messages = 0
    journal.needBarrier()
  }

  rolled(before: LogSegment, segment: LogSegment): void {
    assert(this.#unstored.count === 0, 'nothing waits for the segment before')
    this.#begin(segment)
    this.#dirty.add(before)
    this.#startIn(segment)
  }

  /** Its file has nothing yet, and those before it have the rest. */
  #startIn(segment: LogSegment): void {
    this.#dirty.add(segment)
    const leaderEpoch = this.place?.end?.leaderEpoch ?? -1
    const { baseOffset } = segment
    const end = { ...EMPTY_END, leaderEpoch }
    this.place = { segmentBaseOffset: baseOffset, positionBytes: 0, offset: baseOffset, end }
  }

  async holdFrom(segment: LogSegment): Promise<void> {
    const held = this.#hold.begin(segment)
    if (this.#failure !== undefined) this.#hold.failed(this.#failure)
    this.#hold.reached(this.#unstored.segmentAt(0))
    this.#parts.behind.hurry(this)
    await held
    await this.named() // that of the folder which it leaves
  }

  holdFailed(error: StorageError): void {
    this.#hold.failed(error)
  }

  letGo(): void {
    this.#hold.end()
    this.#parts.behind.resume(this)
  }

  relocated(segment: LogSegment): void {
    this.#unstored.moveTo(this.#owner.parts.context.place.ledger)
    this.#dirty.clear()
    this.#startIn(segment)
  }

  flush(): void {
    this.#parts.journal.flush()
  }

  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    const { journal } = this.#parts
    return journal.whenIdle().then(() => this.#naming.settled())
  }

  /** The files may be cut to the last checkpoint at the next start: the ring must have the rest. */
  async stored(): Promise<void> {
    await this.#stored()
    await this.#parts.journal.settleLoose()
  }

  get #mayStore(): boolean {
    return this.#owner.parts.context.place.ledger.mayStore
  }

  /** Something waits for a disk that is full. */
  get lacksRoom(): boolean {
    return this.#durable > 0 && (!this.#mayStore || isOutOfSpace(this.#failure?.cause))
  }

  #stored(): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#durable === 0 && !this.#storing) return Promise.resolve()
    if (!this.#mayStore) return Promise.reject(nearlyFull())
    const stored = this.#waiting.add()
    this.#parts.behind.hurry(this)
    return stored
  }

  abandon(): void {
    this.#isAbandoned = true
    this.#naming.giveUp()
    for (const { round, lengthBytes } of this.#takeHeld()) round.stored(lengthBytes)
    this.#dirty.clear()
    this.#settleWaiting(undefined)
    this.#hold.failed(new StorageError('the log is gone'))
  }

  /**
   * The log's dir failed. What is not durable yet is given up; the journal keeps the rest for the
   * next start. @returns where that lies: the caller lets the rounds go when it is safe elsewhere
   */
  strand(error: StorageError): readonly Held[] {
    const isUncertain = this.#naming.isHeld || this.#unstored.count > this.#durable
    const held = this.#takeHeld()
    this.#isGivenUp = true
    this.#failure ??= error
    this.#settleWaiting(error)
    if (isUncertain) this.#refuse(error)
    return held
  }

  /** What only the journal had of the log is safe elsewhere. */
  stranded(): void {
    this.#isStranded = true
    this.place = this.syncedPlace
    this.#dirty.clear()
  }

  /** `RoundOwner` */
  durable(segment: LogSegment, bytes: number, endOffset: number, round: HeldRound): void {
    const next = this.#durable
    const isKnown = this.#unstored.roundAt(next) === round && !this.#naming.isGivenUp
    if (!isKnown || this.#unstored.endOffsetAt(next) !== endOffset) return // given up meanwhile
    this.#durable += 1
    segment.committedBytes += bytes
    if (!this.#isGivenUp) this.#parts.behind.add(this, bytes)
    if (this.#hold.isAwaited) this.#parts.behind.hurry(this)
    this.#committedEnd = endOffset
    this.#naming.durable(endOffset)
  }

  /** Bytes that are durable and that a round found at the start holds again. */
  adopt(segment: LogSegment, one: Omit<Unstored, 'segment'>): void {
    this.#begin(segment)
    this.#unstored.push({ segment, ...one })
    this.#durable += 1
    this.#lastOffset = this.#committedEnd = one.endOffset
    this.#parts.behind.add(this, one.lengthBytes)
  }

  /** Resolves when its folder outlives power loss, or was tried to be made so. */
  async named(): Promise<void> {
    this.#naming.begin()
    await this.#naming.settled()
  }

  /** `BehindUser`: sequence of the oldest round that it holds back. */
  get oldestSequence(): number {
    if (this.#durable === 0) return Number.POSITIVE_INFINITY
    return (this.#unstored.roundAt(0) as HeldRound).sequence
  }

  /** `BehindUser` */
  again(): void {
    if (!this.#naming.isGivenUp) this.#naming.begin()
  }

  /** `BehindUser`: writes some of what is durable to its segment. */
  store(wanted: number, done: (storedBytes: number) => void): void {
    assert(!this.#storing, 'a log is stored by one write at a time')
    const unstored = this.#unstored
    const segment = unstored.segmentAt(0)
    if (this.#durable === 0 || segment === undefined) return done(0)
    if (segment.deleted) return done(this.#settle(segment, Number.POSITIVE_INFINITY))
    if (this.#hold.covers(segment)) {
      this.#parts.behind.pause(this)
      return done(0)
    }
    if (!this.#mayStore) return this.#rest(done)
    const { toBytes, wholeBytes } = unstored.nextPiece(this.#durable, wanted)
    this.#storing = true
    this.#parts.store.write(segment, toBytes, wholeBytes, (error) => {
      this.#storing = false
      // its folder may be gone, or the journal keeps what it has for the next start
      if (this.#isAbandoned || this.#isGivenUp) return done(0)
      if (error !== null) return this.#failed(error, done)
      if (this.#failure !== undefined) this.#recovered()
      this.#dirty.add(segment)
      done(this.#settle(segment, segment.storedBytes))
    })
  }

  /** The segments whose files are not synced since they were written. */
  takeDirty(): LogSegment[] {
    if (this.#isStranded) return []
    const dirty = [...this.#dirty].filter((segment) => !segment.deleted)
    this.#dirty.clear()
    return dirty
  }

  /** They could not be synced. */
  putBack(segments: readonly LogSegment[]): void {
    for (const segment of segments) this.#dirty.add(segment)
  }

  /** A segment that another one follows got its last index entries: they are to be synced. */
  #begin(segment: LogSegment): void {
    const before = this.#active
    if (before === segment) return
    this.#active = segment
    if (before !== undefined && !before.deleted) this.#dirty.add(before)
  }

  #add(segment: LogSegment, part: Uint8Array, positionBytes: number, endOffset: number): void {
    const lengthBytes = part.length
    const leaderEpoch = partitionLeaderEpochOf(part)
    const { start, round } = this.#parts.journal.add(this, segment, part, {
      topicId: this.#owner.journalId,
      partition: this.#owner.partition,
      leaderEpoch,
      baseOffset: baseOffsetOf(part),
      endOffset,
      segmentBaseOffset: segment.baseOffset,
      positionBytes,
      lengthBytes,
      digest: digestOf(part, 0, lengthBytes),
    })
    segment.remember(positionBytes, lengthBytes, round.block, start)
    const endBytes = positionBytes + lengthBytes
    const end = endBytes === segment.sizeBytes ? endOfSegment(segment, leaderEpoch) : undefined
    this.#unstored.push({ segment, endBytes, lengthBytes, endOffset, round, end })
  }

  /** Lets go of what lies below a position of a segment. @returns its bytes. */
  #settle(segment: LogSegment, storedBytes: number): number {
    const unstored = this.#unstored
    let bytes = 0
    let count = 0
    while (count < this.#durable && unstored.segmentAt(count) === segment) {
      if (unstored.endBytesAt(count) > storedBytes) break
      const lengthBytes = unstored.lengthAt(count)
      unstored.roundAt(count)?.stored(lengthBytes)
      bytes += lengthBytes
      count += 1
    }
    if (count > 0) this.#advance(segment, count)
    this.#hold.reached(this.#unstored.segmentAt(0))
    if (this.#durable === 0) this.#settleWaiting(undefined)
    return bytes
  }

  /** The file has the oldest `count`. */
  #advance(segment: LogSegment, count: number): void {
    const unstored = this.#unstored
    const last = count - 1
    this.place = {
      segmentBaseOffset: segment.baseOffset,
      positionBytes: unstored.endBytesAt(last),
      offset: unstored.endOffsetAt(last),
      end: unstored.endAt(last),
    }
    const next = unstored.segmentAt(count)
    unstored.shift(count)
    this.#durable -= count
    if (next !== undefined && next !== segment && !segment.deleted) this.#owner.sealed(segment)
  }

  #failed(cause: Error, done: (storedBytes: number) => void): void {
    this.#failure = new StorageError(`cannot write: ${cause.message}`, { cause })
    this.#settleWaiting(this.#failure)
    this.#owner.storeFailed(this.#failure)
    // a full disk passes; after any other error the journal keeps what the files do not have
    if (isOutOfSpace(cause)) this.#parts.behind.later(this, this.#failure)
    else this.#giveUp()
    done(0)
  }

  /** The journal has it: it need not take the room that is left on a full disk. */
  #rest(done: (storedBytes: number) => void): void {
    const error = nearlyFull()
    this.#settleWaiting(error)
    if (this.#failure !== undefined) this.#recovered()
    this.#parts.behind.later(this, error)
    done(0)
  }

  /** Until the next start, which finds all of it in the journal. */
  #giveUp(): void {
    this.#isGivenUp = true
    this.#parts.behind.forget(this, this.#durableBytes())
  }

  /** Nobody stores any of it. @returns what rounds hold for the log */
  #takeHeld(): readonly Held[] {
    this.#parts.behind.forget(this, this.#durableBytes())
    this.#durable = 0
    return this.#unstored.takeAll()
  }

  #recovered(): void {
    this.#failure = undefined
    this.#owner.storeWorks()
  }

  #durableBytes(): number {
    return this.#unstored.bytesOf(this.#durable)
  }

  /** A full disk passes, and what is held waits for that. */
  #unnamed(error: StorageError): void {
    if (!isOutOfSpace(error.cause)) return this.#refuse(error)
    this.#owner.storeFailed(error)
    this.#parts.behind.later(this, error)
  }

  /** What the journal has of it stays there: the next start brings it back. */
  #refuse(error: StorageError): void {
    this.#naming.giveUp()
    this.#owner.writeFailed(error)
  }

  #settleWaiting(error: StorageError | undefined): void {
    if (error !== undefined) this.#hold.failed(error)
    this.#waiting.settle(error)
  }
}
