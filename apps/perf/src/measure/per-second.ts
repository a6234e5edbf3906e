import { SECOND_MS } from '@pafka/base'

/** @returns 0 where no time has passed */
export function perSecond(count: number, elapsedMs: number): number {
  return elapsedMs > 0 ? (count * SECOND_MS) / elapsedMs : 0
}
