import { temporaryFolder } from '@pafka/testing'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { probePmem } from './probe-pmem.ts'

const SHM = '/dev/shm'

test.skipIf(!existsSync(SHM))('memory is not power-safe', () => {
  expect(probePmem(SHM)).toMatchObject({
    isPowerSafe: false,
    hasMapSync: false,
    isDax: false,
    fileSystem: 'tmpfs',
    why: 'tmpfs is memory that a power cut takes: not power-safe',
  })
})

test('a folder is left as it was, a file too', async () => {
  await using folder = await temporaryFolder()
  const ofFolder = probePmem(folder.path)
  expect(readdirSync(folder.path)).toEqual([])
  const path = join(folder.path, 'file')
  writeFileSync(path, 'content')
  expect(probePmem(path)).toEqual(ofFolder)
  expect(existsSync(path)).toBe(true)
})

test('what is not there has an errno', async () => {
  await using folder = await temporaryFolder()
  expect(() => probePmem(join(folder.path, 'none'))).toThrow(
    expect.objectContaining({ name: 'PmemError', code: 'ENOENT' }),
  )
})
