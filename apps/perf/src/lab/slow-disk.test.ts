import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { MIB } from '@pafka/base'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { makeSlowDisk, whyNoSlowDisk } from './slow-disk.ts'

const TERMS = { sizeBytes: 64 * MIB, bytesPerSecond: 4 * MIB, operationsPerSecond: 1000 }
const canMake = whyNoSlowDisk() === undefined

test.runIf(canMake)('a disk is as slow as was asked for, and nothing is left of it', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'slow')
  {
    await using disk = await makeSlowDisk(path, TERMS)
    expect(disk.told).toContain('of 64 MiB over memory, slowed by the kernel to 4.2 MB/s and 1000')
    const file = openSync(join(disk.path, 'file'), 'w')
    const begin = performance.now()
    writeSync(file, Buffer.alloc(4 * MIB))
    fsyncSync(file)
    const tookMs = performance.now() - begin
    closeSync(file)
    // no faster than that, however quick the machine
    expect(tookMs).toBeGreaterThan(800)
  }
  expect(existsSync(join(path, 'file'))).toBe(false)
  expect(existsSync(`/dev/shm/pafka-lab-${process.pid}.img`)).toBe(false)
})

test.runIf(canMake)('what the system refuses is told, and taken back', async () => {
  await using folder = await temporaryFolder()
  const making = makeSlowDisk(join(folder.path, 'slow'), { ...TERMS, sizeBytes: 4096 })
  await expect(making).rejects.toThrow(/mkfs\.ext4 .*: /u)
  expect(existsSync(`/dev/shm/pafka-lab-${process.pid}.img`)).toBe(false)
})
