import { expect, test } from 'vitest'

import { quotaVectors } from '../../test/quota-vectors.ts'
import { QuotaLimits, type QuotaName } from './quota-limits.ts'

/** From the most specific on; `app` and ANONYMOUS are the named ones. */
const LEVELS: readonly (readonly [user: QuotaName, clientId: QuotaName])[] = [
  ['ANONYMOUS', 'app'],
  ['ANONYMOUS', null],
  ['ANONYMOUS', undefined],
  [null, 'app'],
  [null, null],
  [null, undefined],
  [undefined, 'app'],
  [undefined, null],
]

function setLevel(limits: QuotaLimits, level: number, limit: number | undefined): void {
  const [user, clientId] = LEVELS[level] ?? []
  limits.set(user, clientId, limit)
}

function limitsOf(levels: readonly number[]): QuotaLimits {
  const limits = new QuotaLimits()
  for (const level of levels) setLevel(limits, level, 100 + level)
  return limits
}

test.each(quotaVectors('levels'))('levels $set: limits and sharing as in Kafka', (vector) => {
  const limits = limitsOf(vector.set)
  const sharers = new Map<string, string>()
  for (const [user, clientId, userTag, clientTag, limit] of vector.found) {
    const found = limits.find(user, clientId)
    expect([user, clientId, found?.limit ?? null]).toEqual([user, clientId, limit])
    if (found === undefined) continue
    const tags = `${userTag}/${clientTag}`
    expect(sharers.get(found.sharedBy) ?? tags).toBe(tags)
    sharers.set(found.sharedBy, tags)
  }
  expect(new Set(sharers.values()).size).toBe(sharers.size)
})

test('a limit that is taken away leaves nothing behind', () => {
  const limits = limitsOf([0, 4, 7])
  for (const level of [0, 4, 7]) setLevel(limits, level, undefined)
  expect(limits.isEmpty).toBe(true)
  expect(limits.find('ANONYMOUS', 'app')).toBeUndefined()
})
