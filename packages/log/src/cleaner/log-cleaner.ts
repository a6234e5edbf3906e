import { randomBytes } from 'node:crypto'

import { SerialQueue } from '@pafka/base'

import { outOfSpace } from '../files/as-error.ts'
import type { LogParts } from '../partition/log-parts.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { deleteSegment } from '../store/segment-deletion.ts'
import type { Removals } from '../store/removals.ts'
import type { BatchReaderOptions } from './batch-reader.ts'
import { type Cleanable, cleanableOf, hasExpired } from './cleanable.ts'
import { CleanerFigures } from './cleaner-figures.ts'
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
  /** Segments that end beyond it stay as they are. */
  readonly limitOffset: number
  /** Runs an action when nobody else changes the log's list of segments. */
  exclusively(action: () => Promise<void>): Promise<void>
  /** Whether so much may be written beside the log, and nobody be slowed for it. */
  hasRoomFor(bytes: number): Promise<boolean>
  /** False once the store closes or the log is gone: the pass then stops. */
  isWanted(): boolean
  /** Aborted when the store closes. */
  readonly signal: AbortSignal
}

const SMALLEST_BUFFER_BYTES = 4096
/** 1 MiB. */
const ZEROED_WORDS = 2 ** 18

/**
 * Cleans one log at a time: of each key the newest record stays, and of deleted keys their
 * tombstone for `delete.retention.ms`. One memory, of a size that is set, serves all logs.
 */
export class LogCleaner {
  readonly figures: CleanerFigures = new CleanerFigures()
  readonly #options: CleanerOptions
  /** Nobody who writes records knows it. */
  readonly #hashKey = randomBytes(16)
  #memory = new Uint32Array(0)
  readonly #passes = new SerialQueue()

  constructor(options: CleanerOptions) {
    this.#options = options
  }

  /**
   * One pass. @returns whether the clean part of the log grew.
   * Rejects with CleaningStopped, the system error, or what is wrong with the log's records.
   */
  clean(job: CleaningJob): Promise<boolean> {
    return this.#passes.run(() => this.#timed(job))
  }

  /** Gives the memory back until the next pass. */
  rest(): void {
    this.#memory = new Uint32Array(0)
  }

  /** Resolves when no pass runs. */
  whenIdle(): Promise<void> {
    return this.#passes.idle()
  }

  async #timed(job: CleaningJob): Promise<boolean> {
    const { clock } = job.parts.context
    const fromMs = clock.monotonicMs()
    try {
      const hasGrown = await this.#clean(job)
      if (hasGrown) this.figures.passes += 1
      return hasGrown
    } finally {
      this.figures.durationMs += clock.monotonicMs() - fromMs
    }
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
    const cleanable = cleanableOf(parts, clock.nowMs(), job.limitOffset)
    if (cleanable.dirtyBytes === 0) return false
    // before all of it is read for nothing: groups may be larger, and are looked at one by one
    await checkRoom(job, Math.max(...cleanable.segments.map(({ sizeBytes }) => sizeBytes)))
    const pace = new CleanerPace(clock, this.#options.maxBytesPerSecond, job)
    const bufferBytes = Math.max(SMALLEST_BUFFER_BYTES, this.#options.ioBufferBytes >>> 1)
    const reading = { pool, pace, bufferBytes, figures: this.figures }
    const map = await this.#newMap(parts, cleanable, pace)
    const pass = new CleaningPass(parts, map, reading)
    await pass.fillMap(cleanable)
    if (pass.mappedEnd <= parts.firstDirtyOffset) return false
    let [before, after] = [0, 0]
    for (const group of groupsOf(parts, cleanable.segments, pass.mappedEnd)) {
      const bytes = group.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      await checkRoom(job, bytes)
      before += bytes
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
  async #newMap(parts: LogParts, cleanable: Cleanable, pace: CleanerPace): Promise<OffsetMap> {
    const { loadFactor, dedupeBufferBytes } = this.#options
    const first = Math.max(parts.firstDirtyOffset, parts.segments.first?.baseOffset ?? 0)
    const keys = cleanable.endOffset - first
    const words = OffsetMap.wordsFor(keys, loadFactor, dedupeBufferBytes)
    if (this.#memory.length < words) this.#memory = new Uint32Array(words)
    else await zero(this.#memory, words, pace)
    const memory = this.#memory.subarray(0, words)
    return new OffsetMap({ memory, loadFactor, hashKey: this.#hashKey })
  }
}

/** @param bytes what is written has so many at most. @throws as a disk without room for them */
async function checkRoom(job: CleaningJob, bytes: number): Promise<void> {
  if (await job.hasRoomFor(bytes)) return
  throw outOfSpace(`${job.parts.folder} has no room for ${bytes} bytes to be compacted`)
}

/** In steps: all of 128 MiB takes tens of milliseconds. */
async function zero(memory: Uint32Array, words: number, pace: CleanerPace): Promise<void> {
  for (let from = 0; from < words; from += ZEROED_WORDS) {
    memory.fill(0, from, Math.min(from + ZEROED_WORDS, words))
    if (words > ZEROED_WORDS) await pace.pause()
  }
}

/** @returns bytes of what took the group's place. */
async function rewrite(
  job: CleaningJob,
  group: readonly LogSegment[],
  pass: CleaningPass,
  reading: BatchReaderOptions,
): Promise<number> {
  for (;;) {
    const left = group.filter((segment) => !hasExpired(job.parts, segment))
    if (left.length === 0) return 0
    const cleaned = await rewriteOnce(job, left, pass, reading)
    if (cleaned !== undefined) return cleaned.sizeBytes
  }
}

/** @returns undefined when retention took one of the segments meanwhile. */
async function rewriteOnce(
  job: CleaningJob,
  group: readonly LogSegment[],
  pass: CleaningPass,
  reading: BatchReaderOptions,
): Promise<LogSegment | undefined> {
  const { parts } = job
  const { pace, bufferBytes, figures } = reading
  const { indexIntervalBytes } = parts.config
  const first = group[0] as LogSegment
  const options = { pace, figures, indexIntervalBytes, bufferBytes }
  const writer = new SegmentWriter(parts.folder, first.baseOffset, parts.context, options)
  let result: LogSegment | undefined
  try {
    let isSame = group.length === 1
    for (const segment of group) isSame = (await pass.copy(segment, writer)) && isSame
    const cleaned = isSame ? undefined : await writer.finish()
    await job.exclusively(async () => {
      if (group.some((segment) => hasExpired(parts, segment))) return
      if (pass.isTruncated) throw new CleaningStopped('the log was truncated')
      if (!job.isWanted()) throw new CleaningStopped('the log is gone')
      if (cleaned !== undefined) await announce(parts, cleaned)
      result = cleaned ?? first // from here on the new one is the log's, whatever fails
      if (cleaned !== undefined) replace(parts, group, cleaned, job.removals)
    })
    return result
  } finally {
    writer.close()
    if (result !== writer.segment) await writer.discard()
  }
}

/**
 * 1. all files of the new segment are renamed to `.swap`, the log itself last: the point of no
 * return. Source: Kafka `UnifiedLog.replaceSegments`.
 */
async function announce(parts: LogParts, cleaned: LogSegment): Promise<void> {
  cleaned.changeSuffix('.swap')
  await parts.context.files.syncFolder(parts.folder)
}

/**
 * 2. the old segments are renamed away, 3. `.swap` goes. After a crash `finishSwaps` does both; a
 * failure leaves that to the next start, and takes the log dir offline until then.
 */
function replace(
  parts: LogParts,
  group: readonly LogSegment[],
  cleaned: LogSegment,
  removals: Removals,
): void {
  cleaned.createdMs = group.at(-1)?.createdMs ?? 0
  for (const segment of group) {
    deleteSegment(parts, segment, removals, segment.baseOffset === cleaned.baseOffset)
  }
  cleaned.changeSuffix('')
  parts.segments.replace(new Set(group), [cleaned])
}
