import { SECOND_MS } from '@pafka/base'
import { expect, test } from 'vitest'

import { FullPath, type FullPathTick } from './full-path.ts'

/** What it says each second. */
function saysOf(ticks: readonly Partial<FullPathTick>[]): boolean[] {
  const path = new FullPath()
  return ticks.map((tick, second) => {
    const now = { nowMs: second * SECOND_MS, pressure: 1, usedBytes: 100, isGiving: false }
    return path.observe({ ...now, ...tick })
  })
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value)
}

test('a path is full when producers were held in vain', () => {
  expect(saysOf(times(7, {}))).toEqual([...times(5, false), true, true])
})

test('as long as anything leaves it, or is about to, it is not', () => {
  expect(saysOf(times(20, { isGiving: true }))).toEqual(times(20, false))
  expect(saysOf(times(20, {}).map((_, at) => ({ usedBytes: 100 - at })))).toEqual(times(20, false))
  expect(saysOf([...times(4, {}), { usedBytes: 99 }, ...times(4, { usedBytes: 99 })])).toEqual(
    times(9, false),
  )
})

test('nobody waits in vain who does not wait', () => {
  expect(saysOf(times(20, { pressure: 0.99 }))).toEqual(times(20, false))
})

test('it takes more again when there is more than a little room, or it gives again', () => {
  const full = times(6, {})
  expect(saysOf([...full, { pressure: 0.9 }, { pressure: 0.79 }, {}]).slice(5)).toEqual([
    ...[true, true, false, false],
  ])
  expect(saysOf([...full, { isGiving: true }, {}]).slice(5)).toEqual([true, false, false])
})
