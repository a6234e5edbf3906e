import { MIB } from '@pafka/base'

import type { DeviceTime } from './device-time.ts'

/** How fast a device is, and how much memory lies before it. */
export interface DeviceLimits {
  /** More than 0, as the next one. */
  readonly bytesPerSecond: number
  readonly operationsPerSecond: number
  /** Bytes written and not synced beyond which writes wait. Not said: 64 MiB. */
  readonly dirtyBytes?: number | undefined
  /** Bytes written last that are read at no cost. Not said: 256 MiB. */
  readonly cachedBytes?: number | undefined
}

const DIRTY_BYTES = 64 * MIB

/** A timer's grain. Whoever is told later than that was kept by others than the timer. */
const LATE_MS = 2

/**
 * The clock of a disk that is slower than the one it lies on. It does one thing after the other:
 * what is asked while it is busy begins when that is over, and ends by bytes and operations.
 *
 * - What is written through the page cache costs nothing at first: it is dirty. A sync of any file
 *   takes all dirty bytes of the device along, and is one operation beside. Dirty bytes of a file
 *   that was removed are not taken off.
 * - With more dirty bytes than `dirtyBytes` a write waits until what is beyond was written out. In
 *   idle time dirty bytes are written out down to half of that, as a kernel does in the background.
 *   Neither is an operation: a kernel gathers what it writes out.
 * - Each direct read or write, and each read that memory does not have, is an operation.
 *
 * What the real disk takes counts too: an operation ends when both are done with it.
 */
export class LimitedDevice {
  readonly #time: DeviceTime
  readonly #bytesPerMs: number
  readonly #operationMs: number
  readonly #dirtyLimitBytes: number
  #busyUntilMs = 0
  #dirtyBytes = 0
  /** Until when idle time was used to write out. */
  #drainedMs = 0
  /** By which the last one was told too late: who follows it would have begun so much earlier. */
  #lateMs = 0

  /** @throws {RangeError} for a rate that is none */
  constructor(limits: DeviceLimits, time: DeviceTime) {
    checkPositive('bytesPerSecond', limits.bytesPerSecond)
    checkPositive('operationsPerSecond', limits.operationsPerSecond)
    this.#time = time
    this.#bytesPerMs = limits.bytesPerSecond / 1000
    this.#operationMs = 1000 / limits.operationsPerSecond
    this.#dirtyLimitBytes = limits.dirtyBytes ?? DIRTY_BYTES
  }

  nowMs(): number {
    return this.#time.nowMs()
  }

  /** One operation on the medium, asked for at `sinceMs`. @returns when it ends */
  operate(bytes: number, sinceMs: number): number {
    return this.#take(bytes, this.#operationMs, sinceMs)
  }

  /** Bytes for the page cache. @returns when the write may end; 0 for at once */
  wrote(bytes: number): number {
    const nowMs = this.nowMs()
    this.#drain(nowMs)
    this.#dirtyBytes += bytes
    const beyond = this.#dirtyBytes - this.#dirtyLimitBytes
    if (beyond <= 0) return 0
    this.#dirtyBytes = this.#dirtyLimitBytes
    return this.#take(beyond, 0, nowMs)
  }

  /** @returns when all that is dirty is on the medium, of one operation more */
  sync(): number {
    return this.#takeDirty(this.#operationMs)
  }

  /** Begins to write out all that is dirty: syncs that follow are shorter. */
  writeOut(): void {
    this.#takeDirty(0)
  }

  /** Runs `done` at that time, without a timer when it has come. */
  at(endMs: number, done: () => void): void {
    const nowMs = this.nowMs()
    if (endMs <= nowMs) return done()
    this.#time.wake(endMs - nowMs, () => this.#woke(endMs, done))
  }

  /** Holds the thread until then. */
  block(endMs: number): void {
    const delayMs = endMs - this.nowMs()
    if (delayMs > 0) this.#time.block(delayMs)
  }

  #woke(endMs: number, done: () => void): void {
    const lateMs = this.nowMs() - endMs
    if (lateMs < 0) return this.at(endMs, done)
    this.#lateMs = Math.min(lateMs, LATE_MS)
    done()
  }

  #takeDirty(operationMs: number): number {
    const nowMs = this.nowMs()
    this.#drain(nowMs)
    const bytes = this.#dirtyBytes
    this.#dirtyBytes = 0
    return this.#take(bytes, operationMs, nowMs)
  }

  #take(bytes: number, operationMs: number, sinceMs: number): number {
    this.#drain(sinceMs)
    const startMs = Math.max(this.#busyUntilMs, sinceMs - this.#lateMs)
    this.#lateMs = 0
    this.#busyUntilMs = startMs + bytes / this.#bytesPerMs + operationMs
    return this.#busyUntilMs
  }

  /** Uses the idle time that has gone by. */
  #drain(nowMs: number): void {
    const idleMs = nowMs - Math.max(this.#busyUntilMs, this.#drainedMs)
    this.#drainedMs = Math.max(this.#drainedMs, nowMs)
    const most = this.#dirtyBytes - this.#dirtyLimitBytes / 2
    if (idleMs <= 0 || most <= 0) return
    this.#dirtyBytes -= Math.min(most, idleMs * this.#bytesPerMs)
  }
}

function checkPositive(name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return
  throw new RangeError(`${name} of a limited device is more than 0, not ${value}`)
}
