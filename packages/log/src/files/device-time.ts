/** The time that a limited device takes, passed in so that a test can hold and advance it. */
export interface DeviceTime {
  /** Milliseconds that never go back. */
  nowMs(): number
  /** Runs `action` once after `delayMs`, more or less. */
  wake(delayMs: number, action: () => void): void
  /** Stops the thread, as a call of the system does that has to wait. */
  block(delayMs: number): void
}

/** The longest delay that Node's timers take; who wakes too early waits again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

/**
 * A timer of it is an operation in flight: like one of the disk's it keeps the process until it
 * ended, or a broker that stops would be gone before its last sync is told. There are no others.
 */
export const systemDeviceTime: DeviceTime = {
  nowMs: () => performance.now(),
  wake: (delayMs, action) => {
    setTimeout(action, Math.min(Math.ceil(delayMs), LONGEST_TIMER_MS))
  },
  block: (delayMs) => void Atomics.wait(never, 0, 0, delayMs),
}
