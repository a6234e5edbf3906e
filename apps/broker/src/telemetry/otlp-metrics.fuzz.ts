import { assert, DecodeError, type Random } from '@pafka/base'
import { type Fuzz, mutated } from '@pafka/testing'

import { type WrittenMetric, writtenMetrics } from '../../test/otlp-writer.ts'
import { ClientSeries } from './client-series.ts'
import { decodeMetrics } from './otlp-metrics.ts'

export const fuzzes: readonly Fuzz[] = [{ name: 'take damaged metrics', run: takeDamaged }]

const TYPES = ['gauge', 'delta', 'cumulative', 'histogram'] as const
const MOST_SERIES = 8

function takeDamaged(random: Random): void {
  const series = new ClientSeries(MOST_SERIES)
  for (let push = 0; push < 4; push += 1) {
    const bytes = mutated(random, writtenMetrics(metrics(random), { group_id: 'g' }))
    try {
      const owner = { instanceId: `i${random.below(3)}`, clientId: 'c', about: [] }
      series.take(owner, decodeMetrics(bytes), push + random.below(4))
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
    series.expire(push)
    const lines = series.text().split('\n')
    const shown = lines.filter((line) => line !== '' && !line.startsWith('#'))
    assert(shown.length === series.count, 'each series is one line')
    assert(series.count <= MOST_SERIES, 'there is a bound')
  }
  series.expire(Number.POSITIVE_INFINITY)
  assert(series.count === 0 && series.text() === '', 'nothing is left behind')
}

function metrics(random: Random): WrittenMetric[] {
  return Array.from({ length: 1 + random.below(4) }, () => ({
    name: `org.apache.kafka.m${random.below(3)}`,
    type: TYPES[random.below(TYPES.length)] ?? 'gauge',
    isMonotonic: random.below(2) === 0,
    points: Array.from({ length: random.below(3) }, () => ({
      value: random.below(1000) - 500,
      isInteger: random.below(2) === 0,
      attributes: { topic: `t${random.below(3)}` },
    })),
  }))
}
