import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { MIB } from '@pafka/base'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { makeSlowDisk, slowDiskWay } from './slow-disk.ts'

const TERMS = { sizeBytes: 64 * MIB, bytesPerSecond: 4 * MIB, operationsPerSecond: 1000 }
const found = slowDiskWay()
const canMake = typeof found !== 'string'
// without one the tests are skipped
const way = canMake
  ? found
  : {
      ...{ begin: () => expect.unreachable(found), liftLeft() {}, groups: () => [] },
      removeGroup() {},
    }

function ownImages(): string[] {
  return readdirSync('/dev/shm').filter((name) => name.startsWith(`pafka-lab-${process.pid}-`))
}

test.runIf(canMake)('a disk is as slow as was asked for, and nothing is left of it', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'slow')
  {
    await using disk = await makeSlowDisk(path, TERMS, way)
    expect(disk.told).toContain('of 64 MiB over memory, slowed by the kernel to 4.2 MB/s and 1000')
    const child = spawn('sh', ['-c', 'read go; dd if=/dev/zero of=file bs=4M count=1 conv=fsync'], {
      cwd: disk.path,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    disk.addProcess(child.pid ?? 0)
    const begin = performance.now()
    child.stdin.end('go\n')
    expect(await once(child, 'close')).toEqual([0, null])
    const tookMs = performance.now() - begin
    // no faster than that, however quick the machine
    expect(tookMs).toBeGreaterThan(800)
  }
  expect(existsSync(join(path, 'file'))).toBe(false)
  expect(ownImages()).toEqual([])
})

test.runIf(canMake)('what the system refuses is told, and taken back', async () => {
  await using folder = await temporaryFolder()
  const making = makeSlowDisk(join(folder.path, 'slow'), { ...TERMS, sizeBytes: 4096 }, way)
  await expect(making).rejects.toThrow(/mkfs\.ext4 .*: /u)
  expect(ownImages()).toEqual([])
})
