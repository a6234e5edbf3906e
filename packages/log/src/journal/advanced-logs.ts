import { type Clock, concurrently, inTurns } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { StoredPlace } from '../partition/stored-place.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { durableEnd } from '../segment/segment-end.ts'
import type { JournalWriter } from './journal-writer.ts'

/** Logs whose small files are written in one turn of the event loop: they take 1 ms. */
const LOGS_A_TURN = 4
const SYNCED_TOGETHER = 2
/** When the system has written all out: a sync takes less than the event loop to begin the next. */
const HASTENED_TOGETHER = 8
/**
 * Fewer index entries than this wait for company: two files to open for each log, and all that a
 * crash takes with them is that the index is sparser there.
 */
const WORTH_FLUSH = 256

/** A log whose files have got further since the last checkpoint. */
export interface AdvancedLog {
  readonly log: PartitionLog
  readonly writer: JournalWriter
  readonly segments: readonly LogSegment[]
  readonly place: StoredPlace | undefined
}

export interface AdvancedLogsParts {
  readonly files: FileSystem
  /** Logs to sync from which on it is worth to have the system write all out first. */
  readonly hastenSyncsFrom: number
  /** Those of logs that were appended to. */
  readonly writers: ReadonlyMap<PartitionLog, JournalWriter>
  readonly syncFailed: (log: PartitionLog, error: unknown) => void
  readonly clock: Clock
  /** How long the device is to be left to others after each log. */
  readonly restMs: () => number
}

/** Takes from their writers the logs that have got further. */
export function takeAdvanced(writers: ReadonlyMap<PartitionLog, JournalWriter>): AdvancedLog[] {
  const advanced: AdvancedLog[] = []
  for (const [log, writer] of writers) {
    const segments = writer.takeDirty()
    const { place, syncedPlace } = writer
    // what the ring need not keep may have been deleted, with all that was to be synced
    const hasAdvanced = place?.offset !== syncedPlace?.offset
    if (segments.length > 0 || hasAdvanced) advanced.push({ log, writer, segments, place })
  }
  return advanced
}

/**
 * Makes the files of logs durable: their segments with indexes and names, their epochs.
 * @throws the first error; what was not synced stays to be synced.
 */
export async function syncAdvanced(
  advanced: readonly AdvancedLog[],
  parts: AdvancedLogsParts,
): Promise<void> {
  let failure: unknown
  const failed = (one: AdvancedLog, error: unknown): void => {
    // deleted meanwhile: its folder is another one, or none
    if (parts.writers.get(one.log) !== one.writer) return
    // or it lies in another dir now, and that is not to blame
    if (one.segments.every(({ deleted }) => deleted)) return
    failure ??= error
    one.writer.putBack(one.segments)
    parts.syncFailed(one.log, error)
  }
  for (const [dir, some] of Map.groupBy(advanced, ({ log }) => log.dir)) {
    const written = await writeSmallFiles(some, failed)
    const isHastened = written.length >= parts.hastenSyncsFrom
    if (isHastened) await parts.files.hastenSyncs(dir)
    const together = isHastened ? HASTENED_TOGETHER : SYNCED_TOGETHER
    await concurrently(written, together, async (one) => {
      await syncOne(one, parts.files).catch((error: unknown) => failed(one, error))
      await pause(parts)
    })
  }
  if (failure !== undefined) throw asError(failure)
}

function pause({ clock, restMs }: AdvancedLogsParts): Promise<void> | undefined {
  const ms = restMs()
  if (ms === 0) return undefined
  return new Promise((resolve) => void clock.setTimer(ms, resolve))
}

type Failed = (one: AdvancedLog, error: unknown) => void

/** @returns those of which it could be done. */
async function writeSmallFiles(
  advanced: readonly AdvancedLog[],
  failed: Failed,
): Promise<AdvancedLog[]> {
  const written: AdvancedLog[] = []
  await inTurns(advanced, LOGS_A_TURN, (one) => {
    try {
      for (const segment of one.segments) flushIndexes(segment)
      written.push(one)
    } catch (error) {
      failed(one, error)
    }
  })
  return written
}

function flushIndexes(segment: LogSegment): void {
  if (segment.deleted) return
  const { file } = segment.offsets
  if (file.entries - file.storedEntries >= WORTH_FLUSH) segment.flushIndexes(false)
}

async function syncOne(
  { log, writer, segments, place }: AdvancedLog,
  files: FileSystem,
): Promise<void> {
  await writer.named()
  let hasNewNames = await log.parts.epochs.flushDurably()
  for (const segment of segments) {
    if (segment.deleted) continue
    await segment.syncLog()
    await segment.offsets.file.sync()
    await segment.times.file.sync()
    if (await segment.syncTransactions()) hasNewNames = true
    hasNewNames ||= !segment.nameSynced
  }
  if (hasNewNames) await files.syncFolder(log.parts.folder)
  for (const segment of segments) segment.nameSynced = true
  if (place === undefined) return
  writer.syncedPlace = durablePlace(place, segments)
  log.parts.recoveryPoint = Math.max(log.parts.recoveryPoint, place.offset)
}

/** As it can be found again with what is durable of its indexes. */
function durablePlace(place: StoredPlace, segments: readonly LogSegment[]): StoredPlace {
  if (place.end === undefined) return place
  const segment = segments.find(({ baseOffset }) => baseOffset === place.segmentBaseOffset)
  return { ...place, end: segment && durableEnd(segment, place.end) }
}
