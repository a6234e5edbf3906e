import { temporaryFolder } from '@pafka/testing'
import { readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { FileRegion } from './file-region.ts'

const REASON = 'a test asked for it'

test('it says that it is not power-safe, and why', async () => {
  await using folder = await temporaryFolder()
  using region = FileRegion.create(join(folder.path, 'region'), 4096, REASON)
  expect(region.capability).toMatchObject({
    isPowerSafe: false,
    hasMapSync: false,
    isDax: false,
    persistGranularity: 'page',
  })
  expect(region.capability.why).toMatch(/^a test asked for it, so .* not power-safe$/)
})

test('the file has what was persisted, and what was copied before a fence', async () => {
  await using folder = await temporaryFolder()
  using region = FileRegion.create(join(folder.path, 'region'), 10_000, REASON)
  const bytes = (): string => readFileSync(region.path).toString('latin1').replaceAll('\0', '')
  region.copy(Buffer.from('copied '), 100)
  region.copy(Buffer.from('before '), 9000)
  region.view.set(Buffer.from('stored'), 9500)
  expect(bytes()).toBe('')
  region.fence()
  expect(bytes()).toBe('copied before ')
  region.persist(9500, 6)
  expect(bytes()).toBe('copied before stored')
  expect(statSync(region.path).size).toBe(10_000)
})

test('a truncated file fails the region, and stays as it is', async () => {
  await using folder = await temporaryFolder()
  using region = FileRegion.create(join(folder.path, 'region'), 10_000, REASON)
  truncateSync(region.path, 100)
  region.copy(Buffer.from('lost'), 5000)
  const truncated = expect.objectContaining({ name: 'PmemError', code: 'EIO' }) as unknown
  expect(() => region.fence()).toThrow(truncated)
  expect(region.error).toEqual(truncated)
  for (const call of [
    (): void => region.fence(),
    (): void => region.copy(Buffer.from('x'), 0),
    (): void => region.copyAndPersist(Buffer.from('x'), 0),
    (): void => region.persist(0, 1),
    (): void => region.store64(0, 1),
    (): void => region.prefault(0, 1),
  ]) {
    expect(call).toThrow(truncated)
  }
  expect(statSync(region.path).size).toBe(100)
})
