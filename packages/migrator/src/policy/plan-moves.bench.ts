import { GIB, seededRandom } from '@pafka/base'
import type { TierPath } from '@pafka/log'
import type { Bench } from '@pafka/testing'

import { planMoves } from './plan-moves.ts'
import { policyOptions } from './policy-options.ts'
import { SegmentIndex } from './segment-index.ts'

/** Set for figures by hand; what tests hold is small. */
const SEGMENTS = Number(process.env['PAFKA_BENCH_SEGMENTS'] ?? 20_000)
const TIERS = ['NVME', 'SSD', 'HDD'] as const

const paths: readonly TierPath[] = TIERS.flatMap((_, tier) =>
  [0, 1].map((at) => ({
    ...{ id: `${tier}.${at}`, path: `/${tier}/${at}`, tier, isOnline: true, isAppended: true },
    ...{ capacityBytes: SEGMENTS * GIB, usedBytes: (tier === 0 ? 0.9 : 0.2) * SEGMENTS * GIB },
  })),
)

let filled: SegmentIndex | undefined

function filledIndex(): SegmentIndex {
  if (filled !== undefined) return filled
  const random = seededRandom(1)
  filled = new SegmentIndex(TIERS)
  for (let at = 0; at < SEGMENTS; at++) putOne(filled, at, random.below(2 ** 30))
  return filled
}

function putOne(index: SegmentIndex, at: number, newestMs: number): void {
  const path = paths[at % paths.length] as TierPath
  const place = { topic: `t${at % 100}`, partition: 0, baseOffset: at, pathId: path.id }
  const wish = at % 7 === 0 ? ({ prefer: 'SSD' } as const) : {}
  index.put({ ...place, sizeBytes: GIB, newestMs, readMs: 0, heatBytes: 0 }, wish, 0)
}

export const benches: readonly Bench[] = [
  {
    name: `plan 4 moves among ${SEGMENTS} segments`,
    run(times) {
      const segments = filledIndex()
      for (let left = times; left > 0; left--) {
        planMoves({
          ...{ tiers: TIERS, paths, segments, underWay: [], limit: 4 },
          ...{ phases: [], draining: new Set() },
          retiringBytes: () => 0,
          avoided: { from: new Set(), to: new Set() },
          options: policyOptions(),
        })
      }
    },
  },
  {
    name: `put a segment among ${SEGMENTS}`,
    run(times) {
      const segments = filledIndex()
      for (let left = times; left > 0; left--) putOne(segments, left % SEGMENTS, left * 7919)
    },
  },
]
