import { InvariantViolation, KIB, type LogFields, MIB, ToldOnce } from '@pafka/base'
import { PmemError } from '@pafka/pmem'
import { baseOffsetOf, BATCH_HEADER_BYTES, ErrorCode } from '@pafka/protocol'

import { isCompacted } from '../config/log-config.ts'
import { asError } from '../files/as-error.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogRead, ReadOptions } from '../partition/log-read.ts'
import { readAt } from '../files/file-calls.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { BorrowedRead } from './borrowed-read.ts'
import { type BatchCut, cutBatches, type CutLimits } from './batch-cut.ts'
import type { ColdRead } from './cold-read.ts'
import { PooledMemory, type ReadMemory } from './read-memory.ts'
import { ReadPlaces } from './read-places.ts'

/** So near the end of the log the page cache has the bytes: they were just written. */
const RECENT_BYTES = 4 * MIB
/** Copied from the page cache in less time than a thread needs to start. */
const BLOCKING_BYTES = 128 * KIB
/** What is at hand is answered if it is so much; the next read has the rest. */
const LEAST_BYTES = 256 * KIB

/** The index led astray: the segment is searched from its beginning. */
const RESTART: BatchCut = {
  kind: 'more',
  startBytes: 0,
  endBytes: 0,
  leastBytes: 0,
  nextOffset: -1,
}

/** One pass over a segment: what is asked for and where it may be. */
interface Target extends CutLimits {
  readonly segment: LogSegment
}

interface Wanted {
  readonly length: number
  readonly leastBytes: number
}

/** Reads whole batches of one log. */
export class LogReader {
  readonly #parts: LogParts
  readonly #places: ReadPlaces = new ReadPlaces()
  /** Undefined while all is well, as it is for most of very many logs. */
  #told: ToldOnce | undefined

  constructor(parts: LogParts) {
    this.#parts = parts
  }

  /** Never rejects for the disk's sake: an error is a value. */
  async read(fromOffset: number, maxBytes: number, options: ReadOptions): Promise<LogRead> {
    try {
      return await this.#read(fromOffset, maxBytes, options)
    } catch (error) {
      if (error instanceof InvariantViolation) throw error
      this.#tell('log-unreadable', { path: this.#parts.folder, cause: asError(error).message })
      const { context, segments } = this.#parts
      const moved = segments.floor(fromOffset)?.moved
      if (isMediumGone(error)) context.mediumFailed(moved, error)
      else context.unreadable(moved)
      return this.#nothing(ErrorCode.KAFKA_STORAGE_ERROR, fromOffset)
    }
  }

  async #read(fromOffset: number, maxBytes: number, options: ReadOptions): Promise<LogRead> {
    const parts = this.#parts
    if (fromOffset < parts.logStartOffset || fromOffset > parts.logEndOffset) {
      return this.#nothing(ErrorCode.OFFSET_OUT_OF_RANGE, fromOffset)
    }
    const upTo = Math.min(options.upTo ?? parts.highWatermark, parts.highWatermark)
    let segment = parts.segments.floor(fromOffset)
    while (segment !== undefined && fromOffset < upTo) {
      if (maxBytes <= 0 && !options.minOneBatch) break
      const { minOneBatch } = options
      const target = { segment, fromOffset, upTo, maxBytes, minOneBatch }
      if (this.#isLost(segment)) return this.#nothing(ErrorCode.KAFKA_STORAGE_ERROR, fromOffset)
      segment.hold()
      const found = await this.#readSegment(target).finally(() => target.segment.release())
      if (found !== undefined) return found
      // compaction may leave nothing at or after the offset here: the next segment goes on
      segment = parts.segments.after(segment)
      if (segment === undefined) break
      this.#places.note(fromOffset, target.segment, target.segment.committedBytes)
      this.#tellHole(fromOffset, segment.baseOffset)
    }
    return this.#nothing(ErrorCode.NONE, fromOffset)
  }

  #isLost({ moved }: LogSegment): boolean {
    if (moved === undefined) return false
    return moved.isAway === true || this.#parts.context.isLost(moved.directoryId)
  }

  /** See `PartitionLog.bytesFrom`. Where the disk fails there is enough: the read tells why. */
  bytesFrom(offset: number): number {
    const { segments, highWatermark } = this.#parts
    if (offset >= highWatermark) return 0
    try {
      return this.#bytesFrom(offset)
    } catch (error) {
      if (error instanceof InvariantViolation) throw error
      return segments.sizeBytes
    }
  }

  #bytesFrom(offset: number): number {
    const { segments, active } = this.#parts
    const segment = segments.floor(offset)
    const known = segment === undefined ? -1 : this.#places.find(offset, segment)
    if (segment !== active) {
      // behind a hole, which was read to its edge, there may be nothing yet
      const isRead = known === segment?.committedBytes && active.committedBytes === 0
      const isAtEdge = isRead && segments.after(segment) === active
      return isAtEdge ? 0 : segments.sizeBytes // an older segment: more than enough
    }
    if (known >= 0) return segment.committedBytes - known
    const found = segment.positionFor(offset)
    if (typeof found === 'number') return segment.committedBytes - found
    found.catch(() => undefined) // looked up for the read that follows, which tells
    return segment.committedBytes
  }

  /** @returns undefined when the segment holds nothing for the target. */
  async #readSegment(target: Target): Promise<LogRead | undefined> {
    const { segment, fromOffset } = target
    const known = this.#places.find(fromOffset, segment)
    let position = known
    if (position < 0) {
      const found = segment.positionFor(fromOffset)
      position = typeof found === 'number' ? found : await found
    }
    // unless the place is exact the read begins up to one index interval early
    const slack = known < 0 ? this.#parts.config.indexIntervalBytes : 0
    let wantBytes = Math.max(target.maxBytes + slack, BATCH_HEADER_BYTES)
    let leastBytes = Math.min(wantBytes, LEAST_BYTES)
    let isTrusted = position === 0 || known >= 0
    for (;;) {
      const available = segment.committedBytes - position
      if (available <= 0) return available < 0 ? this.#damaged(segment, position) : undefined
      const length = Math.min(available, wantBytes)
      const memory = await this.#bytes(target, position, { length, leastBytes })
      if (memory === undefined) return this.#nothing(ErrorCode.NONE, fromOffset)
      const { bytes } = memory
      isTrusted ||= this.#checked(bytes, position, target)
      const cut = isTrusted ? cutBatches(bytes, target) : RESTART
      if (cut.kind === 'found') return this.#found(target, memory, cut, position)
      const isShort = bytes.length < Math.min(leastBytes, length)
      memory.release()
      if (cut.kind === 'none') return this.#nothing(ErrorCode.NONE, fromOffset)
      if (cut === RESTART) {
        segment.resetIndexes()
        position = 0
        isTrusted = true
        continue
      }
      if (isShort && this.#parts.context.openFiles.isMapped) throw cutOff(segment)
      const isStuck = cut.startBytes === 0 && cut.leastBytes > available
      if (cut.kind === 'damaged' || isShort || isStuck) return this.#damaged(segment, position)
      position += cut.startBytes
      wantBytes = Math.max(cut.endBytes - cut.startBytes, cut.leastBytes)
      leastBytes = cut.leastBytes
    }
  }

  /** An index that names no batch at or before the offset is damaged. */
  #checked(bytes: Uint8Array, position: number, { segment, fromOffset }: Target): boolean {
    const baseOffset = bytes.length < BATCH_HEADER_BYTES ? -1 : baseOffsetOf(bytes)
    if (baseOffset >= segment.baseOffset && baseOffset <= fromOffset) return true
    this.#parts.context.logger.error('index-damaged', {
      path: segment.path,
      positionBytes: position,
    })
    return false
  }

  /**
   * @returns fewer than the least where the file ends too early; undefined for want of memory, if
   * the reader holds other reads meanwhile. Rejects with the system error.
   */
  async #bytes(
    { segment, minOneBatch }: Target,
    positionBytes: number,
    { length, leastBytes }: Wanted,
  ): Promise<ReadMemory | undefined> {
    const { cold, pool } = this.#parts.context
    const lent = segment.file().borrow?.(positionBytes, length)
    if (lent !== undefined) return lent
    // what memory has begins to be read there, even if the file has it as well
    const storedBytes = Math.min(segment.storedBytes, segment.tailFromBytes)
    if (cold !== undefined && !segment.deleted && positionBytes + length <= storedBytes) {
      segment.reads.note(length, this.#parts.context.clock.nowMs())
      const range = { positionBytes, lengthBytes: length, leastBytes, endBytes: storedBytes }
      const read = await cold.read(segment, { ...range, canWait: minOneBatch })
      return read?.isScarce === true ? this.#relieve(read, minOneBatch) : read
    }
    const memory = new PooledMemory(pool, length)
    const count = await this.#fill(segment, memory.bytes, positionBytes)
    memory.bytes = memory.bytes.subarray(0, count)
    return memory
  }

  /**
   * A client may take its answer as slowly as it likes, and others must get on meanwhile: so the
   * first part of an answer moves to memory that is there for answers, and any other is left out.
   */
  #relieve(read: ColdRead, isFirst: boolean): ReadMemory | undefined {
    const { bytes } = read
    const memory = isFirst ? new PooledMemory(this.#parts.context.pool, bytes.length) : undefined
    memory?.bytes.set(bytes)
    read.release()
    return memory
  }

  /** @returns bytes read. Rejects with the system error. */
  async #fill(segment: LogSegment, into: Uint8Array, positionBytes: number): Promise<number> {
    const isRecent =
      segment === this.#parts.segments.active &&
      positionBytes + RECENT_BYTES >= segment.committedBytes
    if (isRecent && into.length <= BLOCKING_BYTES) {
      return segment.readNow(into, positionBytes)
    }
    return readAt(segment, into, positionBytes)
  }

  #found(target: Target, memory: ReadMemory, cut: BatchCut, position: number): LogRead {
    this.#places.note(cut.nextOffset, target.segment, position + cut.endBytes)
    const read = new BorrowedRead(memory)
    read.records = memory.bytes.subarray(cut.startBytes, cut.endBytes)
    read.nextOffset = cut.nextOffset
    return this.#withEnds(read)
  }

  #damaged(segment: LogSegment, positionBytes: number): LogRead {
    this.#tell('log-damaged', { path: segment.path, positionBytes })
    // its dir failed, and the journal keeps what did not get there for the next start
    const { context } = this.#parts
    const { moved } = segment
    const isOnline = moved
      ? context.dirPathOf(moved.directoryId) !== undefined
      : context.place.isOnline
    const code = isOnline ? ErrorCode.CORRUPT_MESSAGE : ErrorCode.KAFKA_STORAGE_ERROR
    return this.#nothing(code, -1)
  }

  /** Once for each place and cause: clients come again as often as they like. */
  #tell(event: string, fields: LogFields): void {
    this.#told ??= new ToldOnce()
    const what = `${event} ${Object.values(fields).join(' ')}`
    if (this.#told.isNew(what)) this.#parts.context.logger.error(event, fields)
  }

  /** Whoever reads on passes what is lost, as they pass what compaction took. */
  #tellHole(fromOffset: number, nextOffset: number): void {
    if (isCompacted(this.#parts.config)) return
    this.#tell('log-has-hole', { path: this.#parts.folder, fromOffset, nextOffset })
  }

  #nothing(errorCode: ErrorCode, nextOffset: number): LogRead {
    const read = new BorrowedRead(undefined)
    read.errorCode = errorCode
    read.nextOffset = nextOffset
    return this.#withEnds(read)
  }

  #withEnds(read: BorrowedRead): BorrowedRead {
    read.highWatermark = this.#parts.highWatermark
    read.logStartOffset = this.#parts.logStartOffset
    return read
  }
}

/** Of a file that was not open when it was cut, nothing but its length tells. */
function cutOff({ path, committedBytes }: LogSegment): PmemError {
  return new PmemError('EIO', `${path} was truncated: it had ${committedBytes} bytes (EIO)`)
}

/** Bytes that were stored are gone, not only out of reach for now. */
function isMediumGone(error: unknown): error is PmemError {
  return error instanceof PmemError && error.code === 'EIO'
}
