import { expect, test } from 'vitest'

import { madeUpMeasured, madeUpPath, madeUpPlatter } from '../../test/made-up-path.ts'
import type { CheckedPath } from './check-report.ts'
import { pathFindings } from './path-findings.ts'

const GIB = 2 ** 30

function amiss(...paths: CheckedPath[]): readonly unknown[] {
  const findings = pathFindings(paths)
  return findings.flatMap(({ path, topic, state, fix }) =>
    state === 'good' ? [] : [path, topic, state, fix],
  )
}

test('of two sound disks nothing needs to be changed', () => {
  expect(amiss(madeUpPath(), madeUpPlatter())).toEqual([])
  const topics = pathFindings([madeUpPath()]).map(({ topic }) => topic)
  expect(topics.slice(-4)).toEqual(['direct-io', 'dax', 'durable-write', 'free-space'])
})

test('acks that are slow want the journal elsewhere', () => {
  const platter = madeUpPlatter()
  expect(amiss(platter)).toEqual([
    ...['/hdd', 'durable-write', 'advice', 'log.journal.dir=FOLDER in server.properties'],
  ])
  expect(amiss(platter, madeUpPath())).toEqual([
    ...['/hdd', 'durable-write', 'advice'],
    'log.journal.dir=/nvme/journal in server.properties',
  ])
  const memory = madeUpPath({
    path: '/dev/shm',
    isInMemory: true,
    mountPoint: '/dev/shm',
    disks: [],
  })
  expect(amiss(platter, memory)[3]).toBe('log.journal.dir=FOLDER in server.properties')
})

test('a platter that syncs at once has a cache that a power cut empties', () => {
  const measured = madeUpMeasured(180, 0.2)
  expect(amiss(madeUpPlatter({ measured }))).toEqual([
    ...['/hdd', 'durable-write', 'advice', 'hdparm -W 0 /dev/sda'],
  ])
  const [disk] = madeUpPlatter().disks
  const disks = disk === undefined ? [] : [{ ...disk, isVirtual: true }]
  expect(amiss(madeUpPlatter({ measured, disks }))).toEqual([])
})

test('without direct I/O the journal wants another file system, where that is known', () => {
  const measured = madeUpMeasured(1000, 0.3, { io: 'buffered' })
  expect(amiss(madeUpPath({ measured }))).toEqual([
    ...['/nvme', 'direct-io', 'advice'],
    'log.journal.dir=FOLDER, on ext4 or xfs, in server.properties',
  ])
  const { mountOptions: _, fileSystem: __, ...unknown } = madeUpPath({ measured })
  expect(amiss(unknown)).toEqual(['/nvme', 'file-system', 'unknown', undefined])
})

test('persistent memory is to be mounted as such, and to outlive a power cut', () => {
  const disks = [{ name: 'pmem0', isVirtual: false, isRotating: false }]
  const source = '/dev/pmem0'
  const path = { disks, source }
  expect(amiss(madeUpPath(path))).toEqual([
    ...['/nvme', 'dax', 'advice', 'umount /nvme && mount -o dax=always /dev/pmem0 /nvme'],
  ])
  const mapped = { isDax: true, isPowerSafe: true, why: 'MAP_SYNC' }
  expect(amiss(madeUpPath({ ...path, mapped }))).toEqual([])
  const unsafe = madeUpPath({ ...path, mapped: { ...mapped, isPowerSafe: false, why: 'no word' } })
  const finding = pathFindings([unsafe]).find(({ topic }) => topic === 'dax')
  expect(finding).toMatchObject({ state: 'danger', why: 'no word' })
})

test('a disk on which producers would be slowed at once', () => {
  expect(amiss(madeUpPath({ usableBytes: GIB })).slice(0, 3)).toEqual([
    ...['/nvme', 'free-space', 'danger'],
  ])
  expect(amiss(madeUpPath({ usableBytes: GIB, totalBytes: 20 * GIB }))).toEqual([])
})

test('paths on one disk are said to be so, once each', () => {
  const paths = [
    madeUpPath(),
    madeUpPlatter(),
    madeUpPath({ path: '/other', mountPoint: '/other' }),
  ]
  const shared = pathFindings(paths).filter(({ topic }) => topic === 'shared-disk')
  expect(shared).toMatchObject([{ path: '/other', is: 'one disk with /nvme: nvme0n1' }])
})

test('so are paths on one file system whose disk is not known', () => {
  const network = madeUpPath({ fileSystem: 'nfs', disks: [], source: 'host:/', mountPoint: '/mnt' })
  const paths = [network, { ...network, path: '/mnt/b' }]
  const shared = pathFindings(paths).filter(({ topic }) => topic === 'shared-disk')
  expect(shared).toMatchObject([{ path: '/mnt/b', is: 'one disk with /nvme' }])
})
