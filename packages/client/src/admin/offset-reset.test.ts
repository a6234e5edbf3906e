import { expect, test } from 'vitest'

import { resetOf, type ResetSituation, timeMarkOf } from './offset-reset.ts'

const place = { topic: 't', partition: 3 }
const known: ResetSituation = { ...place, committed: 15, earliest: 10, latest: 20, atTime: 12 }

test.each([
  ['earliest', 10],
  ['latest', 20],
  ['current', 15],
  [{ timestamp: 1 }, 12],
  [{ agoMs: 1 }, 12],
  [{ offset: 17 }, 17],
  [{ offset: 7 }, 10],
  [{ offset: 70 }, 20],
  [{ shift: 2 }, 17],
  [{ shift: -2 }, 13],
  [{ shift: -20 }, 10],
  [{ shift: 20 }, 20],
] as const)('%j goes to %i', (to, offset) => {
  expect(resetOf(known, to)).toEqual({ ...place, from: 15, to: offset })
})

test('where nothing is committed there is nothing to shift, and current is the end', () => {
  const fresh = { ...known, committed: undefined }
  expect(resetOf(fresh, 'current')).toEqual({ ...place, from: undefined, to: 20 })
  expect(resetOf(fresh, { shift: 1 })).toMatchObject({ code: 'NOTHING_COMMITTED', context: place })
})

test('where no record is so new it is the end', () => {
  const fresh = { ...known, atTime: undefined }
  expect(resetOf(fresh, { timestamp: 1 })).toMatchObject({ to: 20 })
})

test('a time is looked up where one is meant', () => {
  expect(timeMarkOf({ agoMs: 400 }, 1000)).toEqual({ timestamp: 600 })
  expect(timeMarkOf({ agoMs: 4000 }, 1000)).toEqual({ timestamp: 0 })
  expect(timeMarkOf({ timestamp: 7 }, 1000)).toEqual({ timestamp: 7 })
  expect(timeMarkOf({ shift: 7 }, 1000)).toBeUndefined()
  expect(timeMarkOf('latest', 1000)).toBeUndefined()
})
