import { expect, test } from 'vitest'

import { madeUpPath } from '../../test/made-up-path.ts'
import { diskFindings } from './disk-findings.ts'
import type { Disk } from './disks.ts'

const nvme: Disk = {
  name: 'nvme0n1',
  isVirtual: false,
  isRotating: false,
  schedulers: ['none', 'mq-deadline', 'kyber', 'bfq'],
  writeCache: 'write through',
}
const sata: Disk = { ...nvme, name: 'sda' }
const platter: Disk = { ...sata, isRotating: true }
const virtual: Disk = { ...sata, name: 'vda', isVirtual: true, isRotating: true }

test.each<[string, Disk, string, string | undefined]>([
  ['NVMe', nvme, 'none', undefined],
  ['NVMe', nvme, 'mq-deadline', 'echo none > /sys/block/nvme0n1/queue/scheduler'],
  ['NVMe', nvme, 'bfq', 'echo none > /sys/block/nvme0n1/queue/scheduler'],
  ['an SSD on SATA', sata, 'mq-deadline', undefined],
  ['an SSD on SATA', sata, 'none', undefined],
  ['an SSD on SATA', sata, 'bfq', 'echo mq-deadline > /sys/block/sda/queue/scheduler'],
  ['a platter', platter, 'none', 'echo mq-deadline > /sys/block/sda/queue/scheduler'],
  ['a platter', platter, 'bfq', undefined],
  ['a virtual disk', virtual, 'mq-deadline', undefined],
  ['a virtual disk', virtual, 'none', undefined],
  ['a virtual disk', virtual, 'bfq', 'echo none > /sys/block/vda/queue/scheduler'],
])('%s, with %o and %s', (_, disk, scheduler, fix) => {
  const findings = diskFindings(madeUpPath({ disks: [{ ...disk, scheduler }] }))
  expect(findings.map(({ topic }) => topic)).toEqual(['io-scheduler', 'write-cache'])
  expect(findings[0]).toMatchObject({ is: `${disk.name}: ${scheduler}`, path: '/nvme' })
  expect(findings[0]?.fix).toBe(fix)
  expect(findings[1]).toMatchObject({ state: 'good', is: `${disk.name}: write through` })
})

test('a scheduler that the kernel does not have is not asked for', () => {
  const disks = [{ ...platter, scheduler: 'none', schedulers: ['none', 'bfq'] }]
  expect(diskFindings(madeUpPath({ disks }))[0]?.state).toBe('good')
})

test('what the kernel does not tell is unknown, and a loop device has no queue', () => {
  const bare = { name: 'sdb', isVirtual: false }
  const findings = diskFindings(madeUpPath({ disks: [bare, { ...bare, name: 'loop0' }] }))
  expect(findings.map(({ topic, state }) => [topic, state])).toEqual([
    ['io-scheduler', 'unknown'],
    ['write-cache', 'unknown'],
  ])
})
