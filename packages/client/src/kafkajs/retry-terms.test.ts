import { expect, test } from 'vitest'

import { retryTerms, retryWaitMs } from './retry-terms.ts'

test('what is tried five times by default takes 9.3 s', () => {
  expect(retryTerms().totalMs).toBe(300 + 600 + 1200 + 2400 + 4800)
})

test('a wait does not grow above its limit, nor does all of it above what a timer takes', () => {
  const options = { initialRetryTime: 100, multiplier: 10, maxRetryTime: 500, retries: 4 }
  expect(retryTerms(options).totalMs).toBe(100 + 500 + 500 + 500)
  expect(retryTerms({ retries: 0 }).totalMs).toBe(0)
  expect(retryTerms({ retries: Number.MAX_SAFE_INTEGER }).totalMs).toBe(2 ** 31 - 2)
})

test('the waits one by one are those that it takes together', () => {
  const terms = retryTerms({ initialRetryTime: 100, multiplier: 3, maxRetryTime: 500, retries: 4 })
  const waits = [1, 2, 3, 4].map((failures) => retryWaitMs(terms, failures))
  expect(waits).toEqual([100, 300, 500, 500])
  expect(waits.reduce((sum, wait) => sum + wait)).toBe(terms.totalMs)
})
