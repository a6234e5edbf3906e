import { MINUTE_MS } from '@pafka/base'
import { expect, test } from 'vitest'

import { LatelyAppended } from './lately-appended.ts'

test('from the first look after an append on, for ten minutes', () => {
  const dir = { appendedBytes: 500 } // before anybody asked
  const lately = new LatelyAppended(dir, Number.NEGATIVE_INFINITY)
  const seen: [minute: number, isSo: boolean][] = []
  for (let minute = 0; minute < 30; minute++) {
    if (minute === 3 || minute === 5) dir.appendedBytes += 1
    const isSo = lately.isSo(minute * MINUTE_MS)
    if (isSo !== (seen.at(-1)?.[1] ?? false)) seen.push([minute, isSo])
  }
  expect(seen).toEqual([
    [3, true],
    [15, false],
  ])
})

test('until then what was said of it counts', () => {
  const lately = new LatelyAppended({ appendedBytes: 0 }, 2 * MINUTE_MS)
  expect([2, 11, 12].map((minute) => lately.isSo(minute * MINUTE_MS))).toEqual([true, true, false])
})
