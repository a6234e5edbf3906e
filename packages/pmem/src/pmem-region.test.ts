import { temporaryFolder } from '@pafka/testing'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

import { nativeBinding } from './native-binding.ts'
import { PmemError } from './pmem-error.ts'
import { PmemRegion } from './pmem-region.ts'

const withCode = (code: string): unknown => expect.objectContaining({ name: 'PmemError', code })
const isNative = !(nativeBinding() instanceof PmemError)
const run = promisify(execFile)
const SHM = '/dev/shm'

test.skipIf(!isNative)('what is in the way has an errno', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'region')
  expect(() => PmemRegion.open(path)).toThrow(withCode('ENOENT'))
  expect(() => PmemRegion.open(folder.path)).toThrow(withCode('EISDIR'))
  expect(() => PmemRegion.create(join(path, 'x'), 4096)).toThrow(withCode('ENOENT'))
  writeFileSync(path, '')
  expect(() => PmemRegion.open(path)).toThrow(withCode('EINVAL'))
  expect(() => PmemRegion.create(path, 4096)).toThrow(withCode('EEXIST'))
  expect(() => PmemRegion.open('/dev/null')).toThrow(withCode('EINVAL'))
  expect(statSync(path).size).toBe(0)
})

test.skipIf(!isNative)('a region that cannot be made leaves no file', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'region')
  expect(() => PmemRegion.create(path, 2 ** 52)).toThrow(/ENOSPC|EFBIG/)
  for (const size of [0, -1, 0.5, Number.NaN]) {
    expect(() => PmemRegion.create(path, size)).toThrow('is no size')
  }
  expect(readdirSync(folder.path)).toEqual([])
})

test.skipIf(!isNative)('a region has all its blocks from the start', async () => {
  await using folder = await temporaryFolder()
  using region = PmemRegion.create(join(folder.path, 'region'), 1 << 20)
  const { size, blocks } = statSync(region.path)
  expect(size).toBe(1 << 20)
  expect(blocks * 512).toBeGreaterThanOrEqual(1 << 20)
})

test.skipIf(!isNative)('two regions of one file share its memory', async () => {
  await using folder = await temporaryFolder()
  const first = PmemRegion.create(join(folder.path, 'region'), 10_000)
  using second = PmemRegion.open(first.path)
  first.copyAndPersist(Buffer.from('from one'), 5000)
  expect(Buffer.from(second.view.subarray(5000, 5008)).toString()).toBe('from one')
  first.close()
  second.copyAndPersist(Buffer.from('still'), 0)
  expect(Buffer.from(second.view.subarray(0, 5)).toString()).toBe('still')
  using third = PmemRegion.open(first.path)
  expect(third.view).toEqual(second.view)
})

test.skipIf(!isNative || !existsSync(SHM))('a granularity can be asked for', () => {
  const folder = mkdtempSync(join(SHM, 'pafka-pmem-'))
  using region = PmemRegion.create(join(folder, 'region'), 4096, { persistGranularity: 'byte' })
  rmSync(folder, { recursive: true })
  expect(region.capability).toMatchObject({
    persistGranularity: 'byte',
    isPowerSafe: false,
    why: 'granularity byte was asked for, cache-line was probed: not power-safe',
  })
})

test.skipIf(!isNative)('a region of more than 4 GiB is mapped whole', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'sparse')
  const size = 5 * 2 ** 30
  writeFileSync(path, '')
  truncateSync(path, size)
  using region = PmemRegion.open(path)
  expect(region.view.length).toBe(size)
  region.store64(size - 8, 42)
  region.copyAndPersist(Buffer.from('far'), size - 100)
  expect(region.view[size - 8]).toBe(42)
  expect(region.view[size - 100]).toBe('f'.charCodeAt(0))
})

/** util-linux has it on most machines. */
function isLocked(path: string): Promise<boolean | undefined> {
  return run('flock', ['--nonblock', '--exclusive', path, 'true']).then(
    () => false,
    (error: unknown) => (Reflect.get(Object(error), 'code') === 1 ? true : undefined),
  )
}

test.skipIf(!isNative)('who wants to cut the file can ask for its lock', async ({ skip }) => {
  await using folder = await temporaryFolder()
  const region = PmemRegion.create(join(folder.path, 'region'), 4096)
  const locked = await isLocked(region.path)
  skip(locked === undefined, 'no flock command')
  using other = PmemRegion.open(region.path)
  expect(locked).toBe(true)
  region.close()
  expect(await isLocked(region.path)).toBe(true)
  other.close()
  expect(await isLocked(region.path)).toBe(false)
})

test.skipIf(!isNative)('a file that is locked for cutting is not mapped', async ({ skip }) => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'region')
  PmemRegion.create(path, 4096).close()
  skip((await isLocked(path)) === undefined, 'no flock command')
  const held = run('flock', ['--exclusive', '--no-fork', path, 'sleep', '60'])
  try {
    await expect.poll(() => isLocked(path)).toBe(true)
    expect(() => PmemRegion.open(path)).toThrow(withCode('EBUSY'))
  } finally {
    held.child.kill()
    await Promise.allSettled([held])
  }
})
