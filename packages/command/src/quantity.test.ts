import { expect, test } from 'vitest'

import { bitsHint, decimalBytes, parseBytes, parseTime, percent, timeText } from './quantity.ts'

test('amounts and times as people write them', () => {
  const amounts = ['5', '2GB/s', '1.6 TB', '1GiB', '2pb', 'x', '-1', '1e9', ''].map(parseBytes)
  const none = undefined
  expect(amounts).toEqual([5, 2e9, 1.6e12, 2 ** 30, 2e15, none, none, none, none])
  expect(['10s', '1.5h', '7d', '250ms', '10', 'd'].map(parseTime)).toEqual([
    ...[10_000, 5_400_000, 604_800_000, 250, none, none],
  ])
})

test.each(['20Gb/s', '1Gb', '1.5 Gib', '20gb/s', '5b/s', '20Gbit/s', '25 Gbps', '10 mbit'])(
  '%s is bits, and no bytes',
  (text) => {
    expect(parseBytes(text)).toBeUndefined()
    expect(bitsHint(text)).toBe('; b is for bits, write B for bytes')
  },
)

test.each([
  ['20GB/s', 2e10],
  ['20 GiB/s', 20 * 2 ** 30],
  ['2kB', 2000],
  // nobody stores small gigabits
  ['500gb', 5e11],
  ['5b', 5],
  ['7', 7],
])('%s is bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes)
  expect(bitsHint(text)).toBe('')
})

test('amounts and shares for people to read', () => {
  const said = [0, 999, 1000, 1.6e12, 4.8e13, 1.5e14, 9e20].map(decimalBytes)
  expect(said).toEqual(['0 B', '999 B', '1.0 KB', '1.6 TB', '48.0 TB', '150 TB', '900000 PB'])
  const times = [604_800_000, 86_400_000, 5_400_000, 100_000, 60_000, 5500, 1000, 0].map(timeText)
  expect(times.join(', ')).toBe(
    '7 days, 1 day, 1.5 hours, 1.67 minutes, 1 minute, 5.5 seconds, 1 second, 0 seconds',
  )
  expect([0, 0.0012, 0.5, 1].map(percent)).toEqual(['0.0 %', '0.12 %', '50.0 %', '100.0 %'])
})
