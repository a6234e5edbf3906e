import { removeUnfinished } from '../checkpoint/checkpoint-file.ts'
import { EPOCH_FILE_NAME } from '../epoch/epoch-cache.ts'
import { isOutOfSpace } from '../files/as-error.ts'
import { type LogConfig, NEVER } from '../config/log-config.ts'
import type { LogContext } from '../partition/log-context.ts'
import { flushParts } from '../partition/log-flush.ts'
import { LogParts } from '../partition/log-parts.ts'
import { removeSegment, truncateParts } from '../partition/log-truncation.ts'
import { rebuildProducers } from '../producer/producer-recovery.ts'
import { indexesAreSane } from '../segment/index-sanity.ts'
import { LogSegment } from '../segment/log-segment.ts'
import { parseSegmentName, type SegmentFileName } from '../segment/segment-names.ts'
import { EMPTY_END } from '../segment/segment-end.ts'
import { bringBeyondBack } from './beyond-segments.ts'
import { estimate, findMoved, missing, statMoved } from './moved-segments.ts'
import { finishSwaps } from './finish-swaps.ts'
import { recoverParts, reportLoss } from './log-recovery.ts'
import { goOnBehind, isShort, type JournaledPlace, restorePlace } from './place-recovery.ts'

/** What the log dir's checkpoints say about a log. */
export interface KnownOffsets {
  /** Undefined when the checkpoint does not name the log. */
  readonly recoveryPoint: number | undefined
  readonly logStartOffset: number | undefined
  readonly firstDirtyOffset: number | undefined
  /** The last owner of the dir closed it: the recovery point is the log end. */
  readonly cleanShutdown: boolean
  /** What the files had for certain when the last checkpoint was made; the journal has the rest. */
  readonly journaled?: JournaledPlace | undefined
  /** The journal may have more of the log: its end is not known yet. */
  readonly isReplayed?: boolean
  /** There is a last checkpoint. What it does not name is newer, and all of it in the journal. */
  readonly hasCheckpoint?: boolean
  /** Rounds of it are lost: what the files have counts, and the journal has what they lack. */
  readonly isJournalBroken?: boolean
}

/** Opens a partition's folder and repairs what a crash left behind. */
export async function loadLog(
  context: LogContext,
  folder: string,
  config: LogConfig,
  known: KnownOffsets,
): Promise<LogParts> {
  const parts = new LogParts(context, folder, config)
  const { files } = context
  const found = bringBeyondBack(files, folder, await finishSwaps(files, folder))
  await removeUnfinished(files, folder, found, isReplaced)
  const names = await listSegments(parts, found)
  checkAway(parts, known)
  const snapshots = snapshotsOf(names)
  const firstOffset = parts.segments.first?.baseOffset ?? startWithoutFiles(known)
  parts.logStartOffset = Math.max(firstOffset, known.logStartOffset ?? 0)
  parts.epochs.startsAt(parts.logStartOffset)
  parts.firstDirtyOffset = known.firstDirtyOffset ?? 0
  parts.isNamed = known.journaled?.isNamed === true
  const lost = await lossOf(parts, known)
  if (lost !== undefined || !(await isLeftToJournal(parts, known, snapshots))) {
    await loadFromFiles(parts, known, { names, snapshots, firstOffset, lost })
    // a checkpoint outlives a stop: until the next one a crash goes back to it, and no further
    const { cleanShutdown, journaled } = known
    if (cleanShutdown && lost === undefined)
      parts.replayedFrom = journaled?.place.segmentBaseOffset ?? 0
  }
  return parts
}

/**
 * Segments whose log dir is not there are no matter where nothing has to look at them: what they
 * have is settled, and the log goes on behind them. @throws SegmentMissing otherwise
 */
function checkAway({ context, segments }: LogParts, known: KnownOffsets): void {
  const last = segments.all().findLast(({ moved }) => moved?.isAway === true)
  if (last === undefined) return
  const { journaled, cleanShutdown, isReplayed } = known
  const isSettled =
    journaled === undefined
      ? cleanShutdown || isReplayed !== true
      : last.baseOffset < journaled.place.segmentBaseOffset
  if (isSettled && last !== segments.active) return
  throw missing(context, last.moved?.directoryId ?? '')
}

interface FoundFiles {
  readonly names: readonly SegmentFileName[]
  readonly snapshots: readonly number[]
  /** Of the oldest segment. */
  readonly firstOffset: number
  /** What they lack, as the journal's checkpoint tells. */
  readonly lost: Loss | undefined
}

/** The journal brings back nothing before the end of what the files have. */
async function loadFromFiles(
  parts: LogParts,
  known: KnownOffsets,
  { names, snapshots, firstOffset, lost }: FoundFiles,
): Promise<void> {
  const recoveryPoint = recoveryPointOf(known) ?? firstOffset
  const last = parts.segments.active
  // of one that was away at the last start the checkpoints say nothing
  const isClosed = known.cleanShutdown && known.recoveryPoint !== undefined && lost === undefined
  const isEndKnown = isClosed && endsAt(last, recoveryPoint)
  parts.recoveryPoint = lost === undefined ? recoveryPoint : Math.max(recoveryPoint, lost.durableTo)
  parts.logEndOffset = recoveryPoint
  let behind = lost
  if (!isEndKnown || lacksIndexes(parts, names)) {
    behind ??= isClosed ? lossBefore(parts, recoveryPoint) : undefined
    // without a checkpoint the journal is new: it brings back nothing of what was there before
    const mayHaveHoles = known.cleanShutdown || known.hasCheckpoint !== true
    await recoverParts(parts, { mayHaveHoles, isClosed })
    if (isClosed) tellLostEnd(parts, recoveryPoint)
  }
  if (known.isReplayed !== true) await skipDeleted(parts)
  const hasSnapshot = snapshots.includes(parts.logEndOffset)
  if (isEndKnown && hasSnapshot) parts.snapshotOffset = parts.logEndOffset
  else if (last !== undefined) await rebuildProducers(parts)
  if (behind !== undefined) goOnBehind(parts, behind.producers, behind.endOffset)
  await settleEnd(parts, parts.config.flushMessages < NEVER || known.isReplayed === true)
}

/** Files of a log that no checkpoint names are written anew at each start, whatever was synced. */
function recoveryPointOf(known: KnownOffsets): number | undefined {
  const isReplayed = known.isReplayed === true && known.hasCheckpoint === true
  const isNew = isReplayed && !known.cleanShutdown && known.journaled === undefined
  return isNew ? 0 : known.recoveryPoint
}

interface Loss {
  /** Where the log ended for certain. */
  readonly endOffset: number
  /** What comes before was synced. */
  readonly durableTo: number
  /** Known then; undefined when no file tells. */
  readonly producers: Buffer | undefined
}

/** Files that lack bytes. What was begun behind those is left out: the journal has all of it. */
async function lossOf(parts: LogParts, known: KnownOffsets): Promise<Loss | undefined> {
  const { journaled, cleanShutdown, recoveryPoint = 0, logStartOffset = 0 } = known
  if (journaled === undefined || !isShort(parts, journaled.place, logStartOffset)) return undefined
  const { place, producers } = journaled
  parts.hasLost = true
  parts.deletedUpTo = logStartOffset
  const isLeft = (one: LogSegment): boolean => one.baseOffset <= place.segmentBaseOffset
  if (!cleanShutdown) {
    for (const one of parts.segments.removeUnless(isLeft).toReversed()) {
      await removeSegment(parts, one)
    }
  }
  const endOffset = cleanShutdown ? Math.max(place.offset, recoveryPoint) : place.offset
  return { ...lossBefore(parts, endOffset, producers), durableTo: place.offset }
}

/** If files end before an offset, where the log ended for certain. */
function lossBefore(parts: LogParts, endOffset: number, producers?: Buffer): Loss {
  const snapshot = producers ?? parts.context.files.readFile(parts.snapshotPath(endOffset))
  return { endOffset, durableTo: endOffset, producers: snapshot && Buffer.from(snapshot) }
}

function tellLostEnd(parts: LogParts, endOffset: number): void {
  const { active } = parts.segments
  if (active !== undefined && parts.logEndOffset < endOffset) reportLoss(parts, active)
}

function isReplaced(name: string): boolean {
  return name === EPOCH_FILE_NAME || parseSegmentName(name)?.kind === 'snapshot'
}

/** A start that died may have removed all segments, for the journal to bring them back. */
function startWithoutFiles({ cleanShutdown, journaled, recoveryPoint }: KnownOffsets): number {
  if (!cleanShutdown && journaled !== undefined) return journaled.place.offset
  return recoveryPoint ?? 0
}

/** The journal has all of a log, from an offset on: what its files have is of no use. */
export async function beginAnew(parts: LogParts, offset: number): Promise<void> {
  parts.isUnsettled = false
  // power loss may have taken its oldest segments
  parts.logStartOffset = Math.max(offset, parts.deletedUpTo)
  parts.epochs.startsAt(parts.logStartOffset)
  const place = { segmentBaseOffset: offset, positionBytes: 0, offset, end: EMPTY_END }
  const snapshots = snapshotsOf(parts.segmentFiles())
  await restorePlace(parts, { place, isNamed: false, producers: undefined }, snapshots)
}

/** The journal has nothing of a log, or not all: what is good of its files is the log. */
export async function lookInto(parts: LogParts): Promise<void> {
  parts.isUnsettled = false
  await recoverParts(parts, { mayHaveHoles: false, isClosed: false })
  await rebuildProducers(parts)
  await settleEnd(parts, true)
}

/**
 * What was written but not yet durable is served from now on, and may stand in the journal's
 * checkpoint: it must not vanish again.
 */
async function settleEnd(parts: LogParts, isDurable: boolean): Promise<void> {
  parts.highWatermark = parts.logEndOffset
  parts.firstDirtyOffset = Math.min(parts.firstDirtyOffset, parts.logEndOffset)
  const isToSync = isDurable || parts.context.openFiles.isMapped
  if (isToSync && parts.segments.count > 0) await flushWithin(parts)
  parts.openedPlace = parts.place
}

/** What has no room for its indexes has its segments synced, at least: that takes none. */
async function flushWithin(parts: LogParts): Promise<void> {
  try {
    await flushParts(parts)
  } catch (error) {
    if (!isOutOfSpace(error)) throw error
    for (const segment of parts.segments.all()) await segment.syncLog()
    await parts.context.files.syncFolder(parts.folder)
  }
}

/** Whether what the files have is settled, or will be, and the journal brings back the rest. */
async function isLeftToJournal(
  parts: LogParts,
  known: KnownOffsets,
  snapshots: readonly number[],
): Promise<boolean> {
  if (known.cleanShutdown || known.isReplayed !== true) return false
  const isCut = known.journaled?.place.isCut === true
  if (known.isJournalBroken === true && parts.segments.count > 0 && !isCut) return false
  if (known.journaled !== undefined) {
    await restorePlace(parts, known.journaled, snapshots)
    return true
  }
  if (known.hasCheckpoint !== true) return parts.segments.count === 0
  parts.isUnsettled = parts.segments.count > 0
  parts.deletedUpTo = known.logStartOffset ?? 0
  parts.recoveryPoint = known.recoveryPoint ?? 0
  return true
}

/** Deleted records stay deleted, and their offsets are not given to others. */
export async function skipDeleted(parts: LogParts): Promise<void> {
  if (parts.logEndOffset >= parts.logStartOffset) return
  await truncateParts(parts, parts.logStartOffset)
  parts.highWatermark = parts.logEndOffset
}

/** Whether a log with this last segment can end at an offset, as far as names and sizes tell. */
function endsAt(last: LogSegment | undefined, offset: number): boolean {
  if (last === undefined) return true
  return last.sizeBytes === 0 ? offset === last.baseOffset : offset > last.baseOffset
}

/** Segments by name and size; files that belong to none go. @returns the names that stay. */
async function listSegments(parts: LogParts, found: readonly string[]): Promise<SegmentFileName[]> {
  const { files } = parts.context
  const names: SegmentFileName[] = []
  const strays: string[] = []
  for (const name of found) {
    const parsed = parseSegmentName(name)
    if (parsed === undefined) continue
    if (parsed.suffix === '') names.push(parsed)
    else strays.push(name)
  }
  const moved = await findMoved(parts, found)
  const logs = names.filter((name) => name.kind === 'log').map((name) => name.baseOffset)
  const known = new Set([...logs, ...moved.keys()])
  for (const baseOffset of [...known].toSorted((a, b) => a - b)) {
    const segment = new LogSegment(parts.folder, baseOffset, parts.context)
    const besideIndexes = segment.path
    const place = moved.get(baseOffset)
    segment.relocate(place, place?.isBegun)
    parts.segments.add(segment)
    segment.createdMs = parts.context.clock.nowMs()
    if (place?.isAway === true) {
      estimate(parts.context, segment, besideIndexes)
      continue
    }
    const stat = place === undefined ? files.stat(segment.path) : statMoved(files, segment)
    // a crash left the copy that did not count yet, or does not any more
    if (place !== undefined) await files.remove(besideIndexes)
    segment.sizeBytes = segment.committedBytes = stat?.sizeBytes ?? 0
    segment.createdMs = stat?.modifiedMs ?? segment.createdMs
  }
  for (const { kind, baseOffset } of names) {
    if (kind === 'snapshot' || known.has(baseOffset)) continue
    const orphan = new LogSegment(parts.folder, baseOffset, parts.context)
    await files.remove(orphan.pathOf(kind))
  }
  for (const name of strays) await files.remove(`${parts.folder}/${name}`)
  return names
}

/** Offsets of producer snapshots. */
function snapshotsOf(names: readonly SegmentFileName[]): number[] {
  return names.filter(({ kind }) => kind === 'snapshot').map(({ baseOffset }) => baseOffset)
}

/** Whether an index file is gone, or cannot be what it was. */
function lacksIndexes(parts: LogParts, names: readonly SegmentFileName[]): boolean {
  const has = new Set<string>()
  for (const { kind, baseOffset } of names) has.add(`${kind} ${baseOffset}`)
  return parts.segments.all().some((segment) => {
    const base = segment.baseOffset
    const isMissing = !has.has(`index ${base}`) || !has.has(`timeindex ${base}`)
    if (segment.sizeBytes === 0 && isMissing) return false
    return isMissing || !indexesAreSane(segment, parts.context.files)
  })
}
