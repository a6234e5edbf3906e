import { StorageError, type Timer } from '@pafka/base'

import { NEVER } from '../config/log-config.ts'
import type { LogParts } from './log-parts.ts'

/** A log that is flushed by the clock. */
export interface TimedLog {
  readonly parts: LogParts
  readonly isOnline: boolean
  flush(): Promise<void>
  flushFailed(error: StorageError): void
}

/** `flush.ms`: so long after the first write that is not durable, all of them are made so. */
export class FlushTimer {
  readonly #log: TimedLog
  #timer: Timer | undefined
  /** What it was set to last. */
  #setMs = NEVER

  constructor(log: TimedLog) {
    this.#log = log
  }

  /** Something was written; a timer that runs goes on. */
  start(): void {
    if (this.#timer !== undefined) return
    const { context, config } = this.#log.parts
    this.#setMs = config.flushMs
    this.#timer = context.clock.setTimer(config.flushMs, () => {
      this.#timer = undefined
      if (!this.#log.isOnline) return
      this.#log.flush().catch((cause: unknown) => {
        this.#log.flushFailed(new StorageError('cannot flush', { cause }))
      })
    })
  }

  /** Another time may count from now on. */
  configured(): void {
    const { recoveryPoint, highWatermark, config } = this.#log.parts
    if (config.flushMs === this.#setMs) return
    this.cancel()
    if (config.flushMs < NEVER && recoveryPoint < highWatermark) this.start()
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }
}

/**
 * Makes everything that is written durable and raises the recovery point to it. 1. indexes,
 * epochs and producers are written, 2. segments are synced, oldest first, 3. the folder, for names
 * that are new. The recovery point is a promise only once it stands in the checkpoint.
 */
export async function flushParts(parts: LogParts): Promise<void> {
  const { highWatermark: target, cuts } = parts
  if (target <= parts.recoveryPoint) return
  await parts.epochs.flushDurably()
  const isCurrent = target === parts.logEndOffset
  if (isCurrent && parts.hasProducers) parts.snapshotProducers()
  await parts.syncSnapshot()
  for (const segment of parts.segments.all()) {
    const end = parts.segments.endOf(segment, parts.logEndOffset)
    if (end <= parts.recoveryPoint || segment.sizeBytes === 0) continue
    segment.flushIndexes(false)
    await segment.sync()
  }
  await parts.context.files.syncFolder(parts.folder)
  if (target > parts.recoveryPoint && parts.cuts === cuts) parts.recoveryPoint = target
  // with a journal its checkpoint may stand at an older one, and lets go of it later
  if (parts.context.cold === undefined) parts.dropOldSnapshots()
}
