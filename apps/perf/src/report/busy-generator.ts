import { percent } from '@pafka/command'

import { isFailed } from './failed-points.ts'
import { offeredText } from './figure-text.ts'
import type { SweepPoint, SweepResult } from './sweep-result.ts'

/** Who is busy for more of the time hardly ever waits for the broker. */
const BUSY = 0.9

/** Whether a point says more of the load generator than of the broker. */
export function isGeneratorBusy({ busyShare }: Pick<SweepPoint, 'busyShare'>): boolean {
  return busyShare > BUSY
}

/** @returns a sentence for people; undefined when the generator was no limit at any point */
export function busyTold({ points }: SweepResult): string | undefined {
  const busy = points.filter((point) => isGeneratorBusy(point) && !isFailed(point))
  const [worst] = busy.toSorted((one, other) => other.busyShare - one.busyShare)
  if (worst === undefined) return undefined
  const { contestant, workload, offeredPerSecond, busyShare } = worst
  const where = `${contestant}, ${workload}, ${offeredText(offeredPerSecond)}`
  const most = `most, ${percent(busyShare)}, at ${where}`
  const count = `${busy.length} of ${points.length} points`
  const what = 'It may be what limits there, not the broker.'
  return `The load generator was busy nearly all the time at ${count}; ${most}. ${what}`
}
