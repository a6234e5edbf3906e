import { expect, test } from 'vitest'

import { figureText, megabytesText, offeredText, wholeText } from './figure-text.ts'

test('figures have three digits, or all before the point', () => {
  const said = [0, 0.000_123_4, 0.3524, 2.211, 99.94, 100.4, 1193.7, 1_234_567].map(figureText)
  expect(said).toEqual(['0', '0.000123', '0.352', '2.21', '99.9', '100', '1,194', '1,234,567'])
  expect(wholeText(77_142.86)).toBe('77,143')
  expect(megabytesText(831_400_000)).toBe('831')
})

test('a rate, or none', () => {
  expect(offeredText(50_000)).toBe('50,000 records/s')
  expect(offeredText(undefined)).toBe('as fast as it goes')
})
