import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { diskError, SimulatedDisk } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { madeUpSystem, mountLine, NVME, PLATTER } from '../../test/made-up-system.ts'
import { checkPaths, type World } from './check-paths.ts'
import type { CheckReport } from './check-report.ts'
import type { FolderLook } from './path-facts.ts'

const MIB = 1 << 20
const GIB = 2 ** 30

let disk: SimulatedDisk
let looks: Record<string, FolderLook>
let told: string[]

beforeEach(() => {
  disk = SimulatedDisk.create()
  looks = {}
  told = []
  for (const path of ['/nvme', '/hdd']) {
    disk.makeFolder(path)
    looks[path] = { realPath: path, isFolder: true, totalBytes: GIB, usableBytes: GIB }
  }
})

const system = madeUpSystem({
  ...NVME,
  ...PLATTER,
  '/proc/meminfo': 'MemAvailable: 8192 kB',
  '/proc/self/mountinfo': [
    mountLine('0:1', '/', ['overlay', 'overlay']),
    mountLine('259:1', '/nvme', ['ext4', '/dev/nvme0n1p1']),
    mountLine('8:1', '/hdd', ['xfs', '/dev/sda1']),
  ].join('\n'),
})

function check(paths: readonly string[], more: Partial<World> = {}): Promise<CheckReport> {
  const world: World = {
    files: disk,
    system,
    host: { platform: 'linux', release: '6', nodeVersion: '26.10.0', cpus: 4, memoryBytes: GIB },
    lookAt: async (path) => {
      const look = looks[path]
      if (look === undefined) throw diskError('ENOENT', path)
      return look
    },
    ...more,
  }
  const onPath = (path: string): void => void told.push(path)
  return checkPaths({ paths, seconds: 0.01, sizeBytes: 4 * MIB, onPath }, world)
}

test('paths are measured one after the other, with what is known of them', async () => {
  const { paths, findings, machine } = await check(['/nvme', '/hdd'])
  expect(paths).toMatchObject([
    { path: '/nvme', fileSystem: 'ext4', disks: [{ name: 'nvme0n1' }], measured: { io: 'direct' } },
    { path: '/hdd', fileSystem: 'xfs', disks: [{ name: 'sda' }], tier: 'HDD' },
  ])
  expect(told).toEqual(['/nvme', '/hdd'])
  expect(machine.availableBytes).toBe(8 * MIB)
  const fixes = findings.map(({ fix }) => fix)
  expect(fixes).toContain('echo none > /sys/block/nvme0n1/queue/scheduler')
  expect(fixes).toContain('echo mq-deadline > /sys/block/sda/queue/scheduler')
  expect(findings.every(({ topic }) => topic !== 'memory-maps' && topic !== 'dirty-pages')).toBe(
    true,
  )
})

test('what is wrong with a path is said, and the others are measured', async () => {
  looks['/file'] = { realPath: '/file', isFolder: false, totalBytes: GIB, usableBytes: GIB }
  looks['/full'] = { realPath: '/full', isFolder: true, totalBytes: GIB, usableBytes: MIB }
  const { paths } = await check(['/gone', '/file', '/full', '/hdd'])
  expect(paths.slice(0, 3)).toEqual([
    { path: '/gone', error: 'is not there (ENOENT)' },
    { path: '/file', error: 'is not a folder' },
    { path: '/full', error: 'has too little room to measure anything' },
  ])
  expect(paths[3]).toMatchObject({ measured: { write: { bytes: 4 * MIB } } })
  expect(told).toEqual(['/full', '/hdd'])
})

test.each([
  ['EACCES', 'is not to be read and written by this user (EACCES)'],
  ['EROFS', 'is on a file system that is read-only (EROFS)'],
  ['ENOENT', 'takes no files (ENOENT)'],
  ['EMFILE', /^EMFILE: simulated, /],
])('a file that cannot be made there: %s', async (code, error) => {
  disk.fault = (operation, path) =>
    operation === 'open' && path.startsWith('/nvme/') ? diskError(code, path) : undefined
  const [one] = (await check(['/nvme'])).paths
  expect(one !== undefined && 'error' in one ? one.error : '').toMatch(error)
})

test.each([
  ['ENOSPC', 'ran out of room while it was measured (ENOSPC)'],
  ['EIO', 'is on a disk that fails (EIO)'],
])('a disk that fails while it is measured: %s', async (code, error) => {
  disk.fault = (operation, path) => (operation === 'sync' ? diskError(code, path) : undefined)
  const { paths, findings } = await check(['/nvme'])
  expect(paths).toEqual([{ path: '/nvme', error }])
  expect(findings.every(({ path }) => path === undefined)).toBe(true)
  expect(disk.list('/nvme')).toEqual([])
})

test('no more than a quarter of what is free is written', async () => {
  looks['/nvme'] = { realPath: '/nvme', isFolder: true, totalBytes: GIB, usableBytes: 10 * MIB + 5 }
  const { paths } = await check(['/nvme'])
  expect(paths).toMatchObject([{ measured: { write: { bytes: 2.5 * MIB } } }])
})

test('nor, in memory, of what memory is free', async () => {
  disk.foldersInMemory = ['/nvme']
  const { paths } = await check(['/nvme'])
  expect(paths).toMatchObject([{ isInMemory: true, measured: { write: { bytes: 2 * MIB } } }])
  expect(paths[0]).not.toHaveProperty('tier')
})

test('a container: an overlay, and disks that are not known', async () => {
  looks['/data'] = { realPath: '/data', isFolder: true, totalBytes: GIB, usableBytes: GIB }
  disk.makeFolder('/data')
  disk.hasDirectIo = false
  const { paths, findings } = await check(['/data'])
  expect(paths).toMatchObject([{ fileSystem: 'overlay', disks: [], measured: { io: 'buffered' } }])
  const topics = findings.filter(({ path }) => path !== undefined).map(({ topic }) => topic)
  expect(topics).toEqual(['file-system', 'direct-io', 'dax', 'durable-write', 'free-space'])
  expect(findings.some(({ topic }) => topic === 'dirty-pages')).toBe(true)
})

test('persistent memory is mapped, and said to be of that tier', async () => {
  disk.isPersistentMemory = true
  const { paths, findings } = await check(['/nvme'])
  expect(paths).toMatchObject([{ tier: 'PMEM', measured: { durableWrites: { way: 'mapped' } } }])
  expect(findings.some(({ topic }) => topic === 'memory-maps')).toBe(true)
})

test('ext4 that writes all to its journal reads from the page cache', async () => {
  const line = mountLine('259:1', '/nvme', ['ext4', '/dev/nvme0n1p1'], 'rw,data=journal')
  const journaled = madeUpSystem({ ...NVME, '/proc/self/mountinfo': line })
  const { paths, findings } = await check(['/nvme'], { system: journaled })
  expect(paths).toMatchObject([{ measured: { io: 'direct', isReadFromCache: true } }])
  expect(findings.find(({ topic }) => topic === 'direct-io')?.is).toBe('asked for, and not done')
})

test('a system that tells nothing is measured all the same', async () => {
  const { paths, findings } = await check(['/nvme'], { system: madeUpSystem({}) })
  expect(paths).toMatchObject([{ path: '/nvme', disks: [], measured: { io: 'direct' } }])
  expect(findings.some(({ topic, state }) => topic === 'file-system' && state === 'unknown')).toBe(
    true,
  )
})

test('the page tells of each topic, and of each key', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/check.md'), 'utf8')
  disk.hasDirectIo = false
  looks['/same'] = { realPath: '/nvme', isFolder: true, totalBytes: GIB, usableBytes: GIB }
  const buffered = await check(['/nvme', '/hdd', '/same', '/none'])
  disk.hasDirectIo = true
  disk.isPersistentMemory = true
  const mapped = await check(['/nvme'])
  const findings = [...buffered.findings, ...mapped.findings]
  const topics = new Set(findings.map(({ topic }) => topic))
  expect(topics.size).toBe(23)
  const names = new Set<string>()
  JSON.stringify([buffered, mapped], (key: string, value: unknown) => {
    if (key !== '' && !/^\d+$/.test(key)) names.add(key)
    return value
  })
  const untold = [...topics, ...names].filter((name) => !page.includes(name))
  expect(untold).toEqual([])
})
