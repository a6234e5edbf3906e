import {
  baseOffsetOf,
  checkBatch,
  ErrorCode,
  isControlBatch,
  lastOffsetOf,
  nextOffsetOf,
  partitionLeaderEpochOf,
} from '@pafka/protocol'

import { isCompacted } from '../config/log-config.ts'
import { ifRoom } from '../files/if-room.ts'
import type { LogParts } from '../partition/log-parts.ts'
import { removeSegment } from '../partition/log-truncation.ts'
import { scanBatches } from '../segment/batch-scan.ts'
import { indexesAreSane } from '../segment/index-sanity.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { checkThere } from '../segment/segment-place.ts'

export interface RecoveryTerms {
  /** Not when the journal brings back what follows a hole. */
  readonly mayHaveHoles: boolean
  /** The log was closed in order: all of it was durable. */
  readonly isClosed: boolean
}

/**
 * Reads what is not known to be durable, checks every batch, makes its index entries anew and cuts
 * the log at the first batch that is damaged, torn or out of order. Segments with a missing or
 * damaged index are read whole; where one that was durable has less, what follows stays, behind a
 * hole. Leaves the end of the log in `parts`.
 */
export async function recoverParts(parts: LogParts, terms: RecoveryTerms): Promise<void> {
  const walk = new RecoveryWalk(parts, terms)
  for (const segment of [...parts.segments.all()]) await walk.take(segment)
  const { endOffset } = walk
  parts.logEndOffset = parts.highWatermark = endOffset
  parts.recoveryPoint = Math.min(parts.recoveryPoint, endOffset)
  parts.deactivate()
  parts.epochs.truncateFromEnd(endOffset)
}

/** Takes the segments of a log, oldest first. */
class RecoveryWalk {
  /** Of what was taken so far. */
  endOffset: number
  readonly #parts: LogParts
  readonly #terms: RecoveryTerms
  /** From it on nothing is known to be durable; undefined when all is. */
  readonly #firstNew: LogSegment | undefined
  #isCut = false
  /** The segment before, if it was durable and had to be read. */
  #reread: LogSegment | undefined

  constructor(parts: LogParts, terms: RecoveryTerms) {
    this.#parts = parts
    this.#terms = terms
    const { first } = parts.segments
    this.endOffset = first?.baseOffset ?? parts.logStartOffset
    const floor = parts.segments.floor(parts.recoveryPoint) ?? first
    this.#firstNew = terms.isClosed ? undefined : floor
  }

  async take(segment: LogSegment): Promise<void> {
    const parts = this.#parts
    if (!this.#goesOn(segment)) {
      checkThere(segment)
      return this.#remove(segment)
    }
    const isNew = segment.baseOffset >= (this.#firstNew?.baseOffset ?? Number.POSITIVE_INFINITY)
    if (!isNew && indexesAreSane(segment, parts.context.files)) {
      this.endOffset = parts.segments.endOf(segment, parts.recoveryPoint)
      return
    }
    const { sizeBytes } = segment
    this.endOffset = await recoverSegment(parts, segment, isNew)
    if (!isNew) this.#reread = segment
    else if (segment.sizeBytes < sizeBytes) this.#cut(segment, segment.sizeBytes, sizeBytes)
  }

  /** Whether a segment can follow what was taken so far. Offsets never overlap. */
  #goesOn(segment: LogSegment): boolean {
    const { segments } = this.#parts
    const hasGap = segment.baseOffset !== this.endOffset && segment !== segments.first
    if (!hasGap) {
      this.#isCut = false // what was cut is no loss where the next segment goes on
      this.#reread = undefined
      return true
    }
    const mayHaveHole = isCompactedAt(this.#parts, segment)
    if (this.#reread !== undefined && !mayHaveHole) reportLoss(this.#parts, this.#reread)
    this.#reread = undefined
    if (this.#isCut || segment.baseOffset < this.endOffset) return false
    const isOld = segment.baseOffset <= (this.#firstNew ?? segment).baseOffset
    return isOld || (this.#terms.mayHaveHoles && mayHaveHole)
  }

  async #remove(segment: LogSegment): Promise<void> {
    const { sizeBytes } = segment
    this.#isCut = true
    if (sizeBytes > 0) this.#cut(segment, 0, sizeBytes)
    this.#parts.segments.removeUnless((one) => one !== segment)
    await removeSegment(this.#parts, segment)
  }

  #cut(segment: LogSegment, atBytes: number, sizeBytes: number): void {
    this.#isCut = true
    report(this.#parts, segment, { atBytes, sizeBytes, endOffset: this.endOffset })
  }
}

/** Compaction leaves holes. */
function isCompactedAt(parts: LogParts, segment: LogSegment): boolean {
  return isCompacted(parts.config) || segment.baseOffset < parts.firstDirtyOffset
}

/** @returns the offset after its last good batch; what follows that is cut off. */
async function recoverSegment(
  parts: LogParts,
  segment: LogSegment,
  isNew: boolean,
): Promise<number> {
  checkThere(segment)
  const { indexIntervalBytes } = parts.config
  const toBytes = segment.sizeBytes
  if (!indexesAreSane(segment, parts.context.files)) segment.resetIndexes()
  const fromBytes = segment.rewind(parts.recoveryPoint)
  let nextOffset = segment.baseOffset
  let hasMarkers = segment.transactions.entries > 0
  const visit = (bytes: Buffer, at: number): boolean => {
    if (checkBatch(bytes, at, bytes.length) !== ErrorCode.NONE) return false
    if (baseOffsetOf(bytes, at) < nextOffset || !segment.fits(lastOffsetOf(bytes, at))) return false
    if (lastOffsetOf(bytes, at) < baseOffsetOf(bytes, at)) return false
    hasMarkers ||= isControlBatch(bytes, at)
    segment.append(bytes, at, indexIntervalBytes)
    parts.epochs.assign(partitionLeaderEpochOf(bytes, at), baseOffsetOf(bytes, at))
    nextOffset = nextOffsetOf(bytes, at)
    return true
  }
  let end = await scanBatches(segment, parts.context.pool, { fromBytes, toBytes }, visit)
  if (end === fromBytes && fromBytes > 0) {
    // not even the batch that the index named is good: nothing of the index can be believed
    segment.rewind(0)
    end = await scanBatches(segment, parts.context.pool, { fromBytes: 0, toBytes }, visit)
  }
  if (!isNew && end < toBytes) segment.transactions.truncate(nextOffset)
  segment.committedBytes = segment.sizeBytes
  if (end < toBytes) {
    segment.file().truncate(end)
    await segment.sync()
  }
  // shorter indexes find the same by a longer way
  ifRoom(() => segment.flushIndexes(segment !== parts.segments.active))
  // only then: that of transactions keeps in its file what it has, until all is found again
  if (isNew && hasMarkers) forgetTransactions(parts, segment)
  return nextOffset
}

/** What its transactions came to is found out anew. */
function forgetTransactions(parts: LogParts, segment: LogSegment): void {
  segment.transactions.begin()
  parts.transactionsKnownTo = Math.min(parts.transactionsKnownTo, segment.baseOffset)
}

/** It was durable, and no crash takes that. Tells where it ends now. */
export function reportLoss({ context }: LogParts, segment: LogSegment): void {
  const { path, baseOffset, sizeBytes } = segment
  context.logger.error('segment-lost-bytes', { path, baseOffset, sizeBytes })
}

interface Cut {
  readonly atBytes: number
  readonly sizeBytes: number
  readonly endOffset: number
}

function report(parts: LogParts, segment: LogSegment, cut: Cut): void {
  const { logger } = parts.context
  const fields = {
    path: segment.path,
    positionBytes: cut.atBytes,
    cutBytes: cut.sizeBytes - cut.atBytes,
    logEndOffset: cut.endOffset,
    durableBefore: parts.recoveryPoint,
  }
  // what was durable and is gone was lost by the medium, not by the crash
  if (cut.endOffset < parts.recoveryPoint) logger.error('log-tail-cut', fields)
  else if (!parts.context.openFiles.isMapped) logger.warn('log-tail-cut', fields)
}
