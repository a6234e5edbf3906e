const NS_PER_MS = 1e6
/** The clock of `performance.now()` begins with its thread, that of the system does not. */
const AHEAD_MS = Number(process.hrtime.bigint()) / NS_PER_MS - performance.now()

/** Milliseconds that go on evenly; the same in all threads of a process. */
export function monotonicMs(): number {
  return AHEAD_MS + performance.now()
}

/** @returns the same time as `performance.now()` of this thread has it */
export function ofThisThread(atMs: number): number {
  return atMs - AHEAD_MS
}
