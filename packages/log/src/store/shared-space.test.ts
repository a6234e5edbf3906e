import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { type DirSpace, sharedSpace, sharingDirs } from './shared-space.ts'

const ALL = Number.POSITIVE_INFINITY

function dir(device: number | undefined, usableBytes: number, wantedBytes = ALL): DirSpace {
  return { device, usableBytes, wantedBytes }
}

test('dirs of one file system share what is free there, others have theirs', () => {
  const dirs = [dir(1, 900), dir(2, 500), dir(1, 900), dir(undefined, 70), dir(undefined, 70)]
  expect(sharedSpace(dirs)).toEqual([450, 500, 450, 70, 70])
  expect(sharingDirs(dirs)).toEqual([[0, 2]])
})

test('what one may not take is for the others', () => {
  expect(sharedSpace([dir(1, 900), dir(1, 900, 100), dir(1, 900)])).toEqual([400, 100, 400])
  expect(sharedSpace([dir(1, 900, 500), dir(1, 900, 500)])).toEqual([450, 450])
  expect(sharedSpace([dir(1, 900, -5), dir(1, 900)])).toEqual([0, 900])
})

test('one that is not known shares nothing', () => {
  expect(sharedSpace([dir(1, -1), dir(1, 900)])).toEqual([-1, 900])
  expect(sharingDirs([dir(1, -1), dir(1, 900)])).toEqual([])
})

test('no more is promised than there is, and no room is left that one would take', () => {
  const random = seededRandom(7)
  for (let round = 0; round < 500; round++) {
    const free = [random.below(1000), random.below(1000)]
    const dirs = Array.from({ length: 1 + random.below(6) }, () => {
      const device = random.below(2)
      return dir(device, free[device] ?? 0, random.below(3) === 0 ? ALL : random.below(600))
    })
    const shares = sharedSpace(dirs)
    for (const device of [0, 1]) {
      const own = dirs.flatMap((one, at) => (one.device === device ? [at] : []))
      const sum = own.reduce((all, at) => all + (shares[at] ?? 0), 0)
      expect(sum).toBeLessThanOrEqual(free[device] ?? 0)
      const hungry = own.some((at) => (shares[at] ?? 0) < (dirs[at]?.wantedBytes ?? 0))
      if (hungry) expect((free[device] ?? 0) - sum).toBeLessThan(own.length)
    }
  }
})
