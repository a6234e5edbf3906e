import { MIB, SECOND_MS } from '@pafka/base'

import type { BehindOptions } from './behind-queue.ts'

/** How long bytes wait in memory for company before they are written behind. */
const AGE_MS = 30 * SECOND_MS
/** Pieces of segments that are written at a time: the event loop is late to each of them. */
const LANES = 4
/** More that waits for segments makes their pieces no better, and a start after a crash longer. */
const COMFORTABLE_BYTES = 128 * MIB

type Limits = Pick<BehindOptions, 'lanes' | 'comfortableBytes' | 'limitBytes' | 'ageMs'>

/** @param budgetBytes of the memory that has what waits */
export function behindLimits(budgetBytes: number): Limits {
  const comfortableBytes = Math.min(COMFORTABLE_BYTES, budgetBytes / 2)
  const limitBytes = Math.min(3 * comfortableBytes, (budgetBytes * 3) / 4)
  return { lanes: LANES, comfortableBytes, limitBytes, ageMs: AGE_MS }
}
