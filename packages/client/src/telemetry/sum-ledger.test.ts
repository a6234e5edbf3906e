import { expect, test } from 'vitest'

import type { MetricPoint } from './otlp-metrics.ts'
import { SumLedger } from './sum-ledger.ts'

function points(sum: number, gauge: number): MetricPoint[] {
  return [
    { name: 'sum', kind: 'sum', value: sum },
    { name: 'gauge', kind: 'gauge', value: gauge },
  ]
}

test('sums are told as what came since the push that a broker has', () => {
  const ledger = new SumLedger()
  expect(ledger.since(points(5, 5))).toEqual(points(5, 5))
  ledger.pushed(points(5, 5))
  expect(ledger.since(points(7, 1))).toEqual(points(2, 1))
  // that one was lost
  expect(ledger.since(points(9, 2))).toEqual(points(4, 2))
  ledger.pushed(points(9, 2))
  expect(ledger.since(points(9, 2))).toEqual(points(0, 2))
  ledger.clear()
  expect(ledger.since(points(9, 2))).toEqual(points(9, 2))
})
