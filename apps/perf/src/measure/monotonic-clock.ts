const NS_PER_MS = 1e6
/** The clock is read so often, as a thread may be made to wait between two readings of it. */
const READINGS = 50

/** The clock of `performance.now()` begins with its thread, that of the system does not. */
const AHEAD_MS = aheadMs()

/** Milliseconds that go on evenly; the same in all threads of a process. */
export function monotonicMs(): number {
  return AHEAD_MS + performance.now()
}

/** @returns the same time as `performance.now()` of this thread has it */
export function ofThisThread(atMs: number): number {
  return atMs - AHEAD_MS
}

/** As the reading says between whose two neighbours the least time went by. */
function aheadMs(): number {
  let best = { tookMs: Infinity, aheadMs: 0 }
  for (let reading = 0; reading < READINGS; reading++) {
    const beforeMs = performance.now()
    const ofSystemMs = Number(process.hrtime.bigint()) / NS_PER_MS
    const tookMs = performance.now() - beforeMs
    if (tookMs < best.tookMs) best = { tookMs, aheadMs: ofSystemMs - beforeMs - tookMs / 2 }
  }
  return best.aheadMs
}
