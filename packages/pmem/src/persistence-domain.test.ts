import { temporaryFolder } from '@pafka/testing'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { persistenceDomain } from './persistence-domain.ts'

/** A sysfs with block devices 259:0 and so on, each on a region with its domain. */
function fakeSysfs(root: string, domains: readonly string[]): void {
  mkdirSync(join(root, 'dev/block'), { recursive: true })
  for (const [at, domain] of domains.entries()) {
    const region = join(root, `devices/ndbus0/region${at}`)
    const block = join(region, `pfn${at}.0/block/pmem${at}`)
    mkdirSync(join(block, 'slaves'), { recursive: true })
    writeFileSync(join(region, 'persistence_domain'), `${domain}\n`)
    symlinkSync(block, join(root, `dev/block/259:${at}`))
  }
}

/** A device-mapper volume 253:0 over those. */
function fakeVolume(root: string, count: number): void {
  const volume = join(root, 'devices/virtual/block/dm-0')
  mkdirSync(join(volume, 'slaves'), { recursive: true })
  symlinkSync(volume, join(root, 'dev/block/253:0'))
  for (let at = 0; at < count; at++) {
    symlinkSync(join(root, `dev/block/259:${at}`), join(volume, `slaves/pmem${at}`))
  }
}

const deviceOf = (major: number, minor: number): number => major * 256 + minor

test.for(['cpu_cache', 'memory_controller'] as const)('a region says %s', async (domain) => {
  await using folder = await temporaryFolder()
  fakeSysfs(folder.path, [domain])
  expect(persistenceDomain(deviceOf(259, 0), folder.path)).toBe(domain)
})

test.for(['', 'something new'])('what is not known is unknown: "%s"', async (domain) => {
  await using folder = await temporaryFolder()
  fakeSysfs(folder.path, [domain])
  expect(persistenceDomain(deviceOf(259, 0), folder.path)).toBe('unknown')
})

test('a volume is as good as the worst of its regions', async () => {
  await using folder = await temporaryFolder()
  fakeSysfs(folder.path, ['cpu_cache', 'memory_controller'])
  fakeVolume(folder.path, 2)
  expect(persistenceDomain(deviceOf(253, 0), folder.path)).toBe('memory_controller')
})

test('a volume that is partly a disk is unknown', async () => {
  await using folder = await temporaryFolder()
  fakeSysfs(folder.path, ['cpu_cache'])
  fakeVolume(folder.path, 1)
  const disk = join(folder.path, 'devices/pci/block/sda')
  mkdirSync(disk, { recursive: true })
  symlinkSync(disk, join(folder.path, 'devices/virtual/block/dm-0/slaves/sda'))
  expect(persistenceDomain(deviceOf(253, 0), folder.path)).toBe('unknown')
})

test('a disk, a memory file system and large numbers are unknown', () => {
  expect(persistenceDomain(deviceOf(8, 1))).toBe('unknown')
  expect(persistenceDomain(0)).toBe('unknown')
  expect(persistenceDomain(2 ** 40 + 5)).toBe('unknown')
})
