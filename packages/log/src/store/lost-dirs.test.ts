import type { StorageError } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { patientCalls } from '../files/patient-calls.ts'
import { diskError, SimulatedDisk } from '../files/simulated-disk.ts'
import { LogDir } from './log-dir.ts'
import { LostDirs, PROBE_NAME } from './lost-dirs.ts'

let files: SimulatedDisk
let clock: ManualClock
let dir: LogDir
let dirs: LostDirs
let told: string[]

beforeEach(async () => {
  files = SimulatedDisk.create()
  clock = new ManualClock()
  told = []
  dir = new LogDir(files, '/a')
  const lost = (one: LogDir, error: StorageError): void => {
    one.error = error
    told.push(error.message)
  }
  dirs = new LostDirs({ files, clock, lost })
  await dir.claim(undefined, undefined)
  await dir.open({ nodeId: 1, clusterId: 'c' })
})

test('a dir that is there is not lost, and nothing is left of the look at it', async () => {
  expect(dirs.look(dir)).toBe(true)
  await dirs.suspect(dir)
  expect(told).toEqual([])
  expect(files.list('/a')).not.toContain(PROBE_NAME)
})

test.each<[string, () => void, RegExp]>([
  ['is not there', () => files.rename('/a', '/b'), /there is no meta\.properties/],
  [
    'is another',
    () => {
      const meta = 'version=1\ncluster.id=c\nnode.id=1\ndirectory.id=another\n'
      files.writeFile('/a/meta.properties', Buffer.from(meta))
    },
    /there is no meta\.properties of the log dir/,
  ],
  [
    'cannot be read',
    () => (files.fault = (_, path) => (path.startsWith('/a') ? diskError('EIO', path) : undefined)),
    /EIO/,
  ],
])('a dir that %s is lost, and told of once', (_, lose, why) => {
  lose()
  expect(dirs.look(dir)).toBe(false)
  expect(dirs.look(dir)).toBe(false)
  expect(told).toEqual([expect.stringMatching(why)])
})

test('a dir that became read-only is told of once, and not lost', () => {
  files.fault = (operation, path) =>
    operation === 'open' && path.startsWith('/a') ? diskError('EROFS', path) : undefined
  expect(dirs.look(dir)).toBe(false)
  expect(dirs.look(dir)).toBe(false)
  expect(told).toEqual([expect.stringMatching(/the log dir \/a is read-only: EROFS/)])
  expect(dir.isLost).toBe(false)
})

test.each(['EMFILE', 'ENOMEM'])('%s is no loss', (code) => {
  files.fault = (_, path) => diskError(code, path)
  expect(dirs.look(dir)).toBe(true)
  expect(told).toEqual([])
})

test('a disk that only the page cache still knows is lost when a read of it fails', async () => {
  files.fault = (operation, path) => {
    return path.endsWith('.properties') || operation === 'read' ? undefined : diskError('EIO', path)
  }
  expect(dirs.look(dir)).toBe(true)
  await dirs.suspect(dir)
  expect(told).toEqual([expect.stringContaining('EIO')])
})

test('a full disk is none that is lost', async () => {
  files.fault = (operation, path) => (operation === 'write' ? diskError('ENOSPC', path) : undefined)
  await dirs.suspect(dir)
  expect(told).toEqual([])
})

test('where reads go on failing for a sector the disk is not written all the time', async () => {
  let opened = 0
  files.fault = (operation, path) => {
    if (operation === 'open' && path.endsWith(PROBE_NAME)) opened += 1
    return undefined
  }
  for (let time = 0; time < 5; time++) await dirs.suspect(dir)
  expect(opened).toBe(1)
  clock.advance(10_000)
  await dirs.suspect(dir)
  expect(opened).toBe(2)
})

test('a disk that does not answer holds only who waits for its look, and has one', async () => {
  const answers: (() => void)[] = []
  const patient = {
    ...patientCalls(files),
    readFile: (path: string): Promise<Uint8Array | undefined> =>
      new Promise((resolve) => answers.push(() => resolve(files.readFile(path)))),
  }
  const lost = (one: LogDir, error: StorageError): void => {
    one.error = error
    told.push(error.message)
  }
  const slow = new LostDirs({ files: Object.assign(files, { patient }), clock, lost })
  expect([slow.look(dir), slow.look(dir)]).toEqual([true, true])
  const checks = [slow.check(dir), slow.check(dir)]
  expect(answers).toHaveLength(1)
  files.rename('/a', '/b')
  answers.pop()?.()
  expect(await Promise.all(checks)).toEqual([false, false])
  expect(told).toEqual([expect.stringContaining('there is no meta.properties')])
  expect([slow.look(dir), answers.length]).toEqual([false, 0])
})
