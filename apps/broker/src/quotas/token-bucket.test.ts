import { expect, test } from 'vitest'

import { quotaVectors } from '../../test/quota-vectors.ts'
import { MutationQuota } from './mutation-quota.ts'
import { TokenBucket } from './token-bucket.ts'

test.each(quotaVectors('bucket'))(
  'strict $strict: throttles as Kafka, $quota a second, $samples samples of $windowSeconds s',
  ({ strict, samples, windowSeconds, quota, events }) => {
    let nowMs = 0
    const mutations = new MutationQuota({ samples, sampleMs: windowSeconds * 1000 }, () => nowMs)
    mutations.limits.set('u', undefined, quota)
    const client = { principalName: 'u', clientId: null }
    const told = events.map(([atMs, value]) => {
      nowMs = atMs
      const permit = mutations.permitFor(client, strict)
      const refused = permit.take(value) ? 0 : 1
      return [permit.throttleMs, refused]
    })
    expect(told).toEqual(events.map(([, , throttleMs, refused]) => [throttleMs, refused]))
  },
)

test('it begins full, may be overdrawn once, and never holds more than a window', () => {
  const bucket = new TokenBucket({ samples: 2, sampleMs: 1000 })
  expect(bucket.tokens(5, 0)).toBe(10)
  bucket.take(25, 5, 0)
  expect(bucket.throttleMs(5, 0)).toBe(3000)
  expect(bucket.throttleMs(5, 3000)).toBe(0)
  expect(bucket.tokens(5, 1_000_000)).toBe(10)
})
