import { randomBytes } from 'node:crypto'

import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { deleteSegment } from '../store/segment-deletion.ts'
import type { Removals } from '../store/removals.ts'
import type { BatchReaderOptions } from './batch-reader.ts'
import { type Cleanable, cleanableOf } from './cleanable.ts'
import type { CleanerOptions } from './cleaner-options.ts'
import { CleanerPace, CleaningStopped } from './cleaner-pace.ts'
import { CleaningPass } from './cleaning-pass.ts'
import { OffsetMap } from './offset-map.ts'
import { groupsOf } from './segment-groups.ts'
import { SegmentWriter } from './segment-writer.ts'

/** A log to clean, as its store sees it. */
export interface CleaningJob {
  readonly parts: LogParts
  readonly removals: Removals
  /** Runs an action when nobody else changes the log's list of segments. */
  exclusively(action: () => Promise<void>): Promise<void>
  /** False once the store closes or the log is gone: the pass then stops. */
  isWanted(): boolean
}

const SMALLEST_CHUNK_BYTES = 4096

/**
 * Cleans one log at a time: of each key the newest record stays, and of deleted keys their
 * tombstone for `delete.retention.ms`. One memory, of a size that is set, serves all logs.
 */
export class LogCleaner {
  readonly #options: CleanerOptions
  /** Nobody who writes records knows it. */
  readonly #hashKey = randomBytes(16)
  #memory = new Uint32Array(0)
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: CleanerOptions) {
    this.#options = options
  }

  /**
   * One pass. @returns whether the clean part of the log grew.
   * Rejects with CleaningStopped, the system error, or what is wrong with the log's records.
   */
  clean(job: CleaningJob): Promise<boolean> {
    const pass = this.#last.then(() => this.#clean(job))
    this.#last = pass.catch(() => undefined)
    return pass
  }

  /** Gives the memory back until the next pass. */
  rest(): void {
    this.#memory = new Uint32Array(0)
  }

  /** Resolves when no pass runs. */
  async whenIdle(): Promise<void> {
    await this.#last
  }

  /**
   * 1. the newest offset of each key in the dirty part is noted, as far as the memory goes,
   * 2. the segments are written anew, several small ones into one, and take the places of the old.
   */
  async #clean(job: CleaningJob): Promise<boolean> {
    const { parts } = job
    const { clock, logger, pool } = parts.context
    if (!job.isWanted()) throw new CleaningStopped('the log is gone')
    const fromMs = clock.monotonicMs()
    const cleanable = cleanableOf(parts, clock.nowMs())
    if (cleanable.dirtyBytes === 0) return false
    const pace = new CleanerPace(clock, this.#options.maxBytesPerSecond, job)
    const chunkBytes = Math.max(SMALLEST_CHUNK_BYTES, this.#options.ioBufferBytes >>> 1)
    const reading = { pool, pace, chunkBytes }
    const map = this.#newMap(parts, cleanable)
    const pass = new CleaningPass(parts, map, reading)
    await pass.fillMap(cleanable)
    if (pass.mappedEnd <= parts.firstDirtyOffset) return false
    let [before, after] = [0, 0]
    for (const group of groupsOf(parts, cleanable.segments, pass.mappedEnd)) {
      for (const segment of group) before += segment.sizeBytes
      after += await rewrite(job, group, pass, reading)
    }
    parts.firstDirtyOffset = pass.mappedEnd
    const { folder: path } = parts
    const { mappedEnd } = pass
    const ms = Math.round(clock.monotonicMs() - fromMs)
    logger.info('log-cleaned', { path, keys: map.size, before, after, mappedEnd, ms })
    return true
  }

  /** Over the memory that is at hand, where that is enough for the keys there can be. */
  #newMap(parts: LogParts, { endOffset }: Cleanable): OffsetMap {
    const { loadFactor, dedupeBufferBytes } = this.#options
    const first = Math.max(parts.firstDirtyOffset, parts.segments.first?.baseOffset ?? 0)
    const words = OffsetMap.wordsFor(endOffset - first, loadFactor, dedupeBufferBytes)
    if (this.#memory.length < words) this.#memory = new Uint32Array(words)
    else this.#memory.fill(0, 0, words)
    const memory = this.#memory.subarray(0, words)
    return new OffsetMap({ memory, loadFactor, hashKey: this.#hashKey })
  }
}

/** @returns bytes of what took the group's place. */
async function rewrite(
  job: CleaningJob,
  group: readonly LogSegment[],
  pass: CleaningPass,
  reading: BatchReaderOptions,
): Promise<number> {
  const { parts } = job
  const { folder, context } = parts
  const { pace, chunkBytes } = reading
  const { indexIntervalBytes } = parts.config
  const baseOffset = group[0]?.baseOffset ?? 0
  const options = { pace, indexIntervalBytes, chunkBytes }
  const writer = new SegmentWriter(folder, baseOffset, context, options)
  let isSame = group.length === 1
  let cleaned: LogSegment | undefined
  try {
    for (const segment of group) isSame = (await pass.copy(segment, writer)) && isSame
    if (!isSame) cleaned = await writer.finish()
    else await job.exclusively(async () => assertThere(parts, group))
  } finally {
    writer.close()
    if (cleaned === undefined) await writer.discard()
  }
  if (cleaned === undefined) return group[0]?.sizeBytes ?? 0
  cleaned.createdMs = group.at(-1)?.createdMs ?? 0
  const replacement = cleaned
  let isSwapped = false
  try {
    await job.exclusively(async () => {
      assertThere(parts, group)
      await swap(parts, group, replacement, job.removals)
      isSwapped = true
    })
  } finally {
    if (!isSwapped) await writer.discard()
  }
  return replacement.sizeBytes
}

/** Retention or truncation may have been there meanwhile. @throws CleaningStopped */
function assertThere(parts: LogParts, group: readonly LogSegment[]): void {
  const all = parts.segments.all()
  const from = all.indexOf(group[0] as LogSegment)
  const isThere = group.every((segment, at) => from >= 0 && all[from + at] === segment)
  if (!isThere || group.some((segment) => segment.deleted)) {
    throw new CleaningStopped('a segment was deleted')
  }
}

/**
 * 1. all files of the new segment are renamed to `.swap`, the log itself last: the point of no
 * return, 2. the old segments are renamed away, 3. `.swap` goes. `finishSwaps` goes on from there
 * after a crash. Source: Kafka `UnifiedLog.replaceSegments`.
 */
async function swap(
  parts: LogParts,
  group: readonly LogSegment[],
  cleaned: LogSegment,
  removals: Removals,
): Promise<void> {
  cleaned.changeSuffix('.swap')
  await parts.context.files.syncFolder(parts.folder)
  for (const segment of group) deleteSegment(parts, segment, removals)
  cleaned.changeSuffix('')
  parts.segments.replace(new Set(group), [cleaned])
}
