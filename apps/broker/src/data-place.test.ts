import { expect, test } from 'vitest'

import { folderPlace, limitedPlace, memoryPlace } from './data-place.ts'

const RATES = { bytesPerSecond: 1e9, operationsPerSecond: 1e5 }
const limitsOf = (...folders: string[]) => ({ logLimits: { folders, ...RATES } })

test('a place without limits is left as it is', () => {
  const place = memoryPlace()
  expect(limitedPlace(place, { logLimits: null, logJournalDir: null })).toBe(place)
})

test.each([
  ['a log dir', '/data/a'],
  ['what has them in it', '/data'],
  ['a folder of a log dir', '/data/a/journal'],
  ['the journal’s folder', '/journal'],
])('%s may be limited', (_, folder) => {
  const place = folderPlace(['/data/a', '/data/b'])
  const limited = limitedPlace(place, { ...limitsOf(folder), logJournalDir: '/journal' })
  expect(limited.files).not.toBe(place.files)
  expect(limited).toEqual({ ...place, files: limited.files })
})

test('each path that has nothing of the broker’s is named', () => {
  const limits = { ...limitsOf('/data/c', '/data/a', '/d'), logJournalDir: null }
  expect(() => limitedPlace(folderPlace(['/data/a', '/data/b']), limits)).toThrow(
    /\/data\/c has nothing of \/data\/a, \/data\/b(.|\n)*\/d has nothing of/,
  )
})
