import { expect, test } from 'vitest'

import { madeUpPath } from '../../test/made-up-path.ts'
import type { CheckedPath } from './check-report.ts'
import { mountFindings } from './mount-findings.ts'

function amiss(path: Partial<CheckedPath>): readonly unknown[] {
  const findings = mountFindings(madeUpPath(path))
  return findings.flatMap(({ topic, state, fix }) => (state === 'good' ? [] : [topic, state, fix]))
}

test('of ext4 on a disk all is told, and relatime is good enough', () => {
  const findings = mountFindings(madeUpPath({ mountOptions: ['rw', 'relatime'] }))
  expect(findings.map(({ topic, is, state, path }) => [topic, is, state, path])).toEqual([
    ['file-system', 'ext4', 'good', '/nvme'],
    ['mount-access-times', 'relatime', 'good', '/nvme'],
    ['mount-sync', 'async', 'good', '/nvme'],
    ['mount-barrier', 'barrier', 'good', '/nvme'],
    ['mount-data', 'data=ordered', 'good', '/nvme'],
    ['mount-discard', 'nodiscard', 'good', '/nvme'],
  ])
})

const PLACE = 'server.properties'

test.each([
  ['tmpfs', 'danger', 'choose a folder on a disk; for tests it is fine'],
  ['overlay', 'danger', 'docker run -v pafka-data:/nvme ...'],
  ['nfs4', 'advice', `log.journal.dir=FOLDER, on a disk of this machine, in ${PLACE}`],
  ['fuse.sshfs', 'advice', `log.journal.dir=FOLDER, on ext4 or xfs, in ${PLACE}`],
  ['zfs', 'advice', `log.journal.dir=FOLDER, on ext4 or xfs, in ${PLACE}`],
])('%s', (fileSystem, state, fix) => {
  const path = { fileSystem, source: 'somewhere', disks: [], mountOptions: ['rw'] }
  expect(amiss(path)).toEqual(['file-system', state, fix])
})

test.each([
  [['rw'], 'mount-access-times', 'advice', 'mount -o remount,noatime /nvme'],
  [['noatime', 'sync'], 'mount-sync', 'advice', 'mount -o remount,async /nvme'],
  [['noatime', 'nobarrier'], 'mount-barrier', 'danger', 'mount -o remount,barrier=1 /nvme'],
  [['noatime', 'barrier=0'], 'mount-barrier', 'danger', 'mount -o remount,barrier=1 /nvme'],
  [
    ['noatime', 'data=journal'],
    ...(['mount-data', 'advice'] as const),
    'umount /nvme && mount -o data=ordered /dev/nvme0n1p1 /nvme',
  ],
  [
    ['noatime', 'discard'],
    ...(['mount-discard', 'advice'] as const),
    'mount -o remount,nodiscard /nvme && systemctl enable --now fstrim.timer',
  ],
])('%j', (mountOptions, topic, state, fix) => {
  expect(amiss({ mountOptions })).toEqual([topic, state, fix])
})

test('without barriers nothing is lost where no disk has a cache', () => {
  const [disk] = madeUpPath().disks
  const disks = disk === undefined ? [] : [{ ...disk, writeCache: 'write through' }]
  const mountOptions = ['noatime', 'nobarrier']
  expect(amiss({ mountOptions, disks })).toEqual([])
  expect(amiss({ mountOptions, disks: [] })).toHaveLength(3)
  const fix = 'mount -o remount,barrier /nvme'
  const onBtrfs = { fileSystem: 'btrfs', mountOptions: [...mountOptions, 'nodatacow'] }
  expect(amiss(onBtrfs)).toEqual(['mount-barrier', 'danger', fix])
})

test('a virtual disk and btrfs are told what is deleted', () => {
  const mountOptions = ['noatime', 'discard']
  const [disk] = madeUpPath().disks
  const disks = disk === undefined ? [] : [{ ...disk, isVirtual: true }]
  expect(amiss({ mountOptions, disks })).toEqual([])
  expect(amiss({ mountOptions: [...mountOptions, 'nodatacow'], fileSystem: 'btrfs' })).toEqual([])
})

test('btrfs writes in place where it is told to', () => {
  const path = { fileSystem: 'btrfs', path: "/my data's" }
  expect(amiss(path)).toEqual(['file-system', 'advice', String.raw`chattr +C '/my data'\''s'`])
})

test('where the system tells of no mounts, that is all', () => {
  const { fileSystem: _, mountOptions: __, ...rest } = madeUpPath()
  const findings = mountFindings(rest)
  expect(findings).toEqual([
    { topic: 'file-system', state: 'unknown', is: 'not known', path: '/nvme' },
  ])
})
