import { expect, test } from 'vitest'

import { madeUpSystem, NVME, PLATTER } from '../../test/made-up-system.ts'
import { disksOf } from './disks.ts'

const mount = { mountPoint: '/x', type: 'ext4', options: ['rw'] }

test('a partition lies on its disk', () => {
  const disks = disksOf(madeUpSystem(NVME), { ...mount, numbers: '259:1', source: '/dev/x' })
  expect(disks).toEqual([
    {
      name: 'nvme0n1',
      model: 'Example 990',
      isVirtual: false,
      isRotating: false,
      scheduler: 'mq-deadline',
      schedulers: ['none', 'mq-deadline', 'kyber', 'bfq'],
      writeCache: 'write back',
    },
  ])
})

test('a volume over an array lies on all disks below', () => {
  const system = madeUpSystem({
    ...NVME,
    ...PLATTER,
    '/sys/dev/block/253:0': '->/sys/devices/virtual/block/dm-0',
    '/sys/devices/virtual/block/dm-0/slaves/md0': '->/sys/devices/virtual/block/md0',
    '/sys/devices/virtual/block/md0/slaves/nvme0n1p1': '->/sys/class/block/nvme0n1p1',
    '/sys/devices/virtual/block/md0/slaves/sda1': '->/sys/class/block/sda1',
  })
  const disks = disksOf(system, { ...mount, numbers: '253:0', source: '/dev/mapper/data' })
  expect(disks.map(({ name, isRotating }) => [name, isRotating])).toEqual([
    ['nvme0n1', false],
    ['sda', true],
  ])
  expect(disks[1]?.model).toBe('ATA Example 16T')
})

test('a volume that lies on itself has an end', () => {
  const dm = '/sys/devices/virtual/block/dm-0'
  const system = madeUpSystem({
    '/sys/dev/block/253:0': `->${dm}`,
    [`${dm}/slaves/dm-0`]: `->${dm}`,
  })
  const disks = disksOf(system, { ...mount, numbers: '253:0', source: 'x' })
  expect(disks).toEqual([{ name: 'dm-0', isVirtual: false }])
})

test('btrfs has a number that is no device, and is found by its source', () => {
  const system = madeUpSystem({
    ...NVME,
    '/dev/disk/by-label/data': '->/dev/nvme0n1p1',
    '/dev/nvme0n1p1': '',
  })
  const source = '/dev/disk/by-label/data'
  const disks = disksOf(system, { ...mount, numbers: '0:41', source })
  expect(disks.map(({ name }) => name)).toEqual(['nvme0n1'])
})

test('virtual disks are known by name or model; file systems without a disk have none', () => {
  const system = madeUpSystem({
    '/sys/dev/block/254:0': '->/sys/devices/bus/block/vda',
    '/sys/devices/bus/block/vda/size': '1',
    '/sys/dev/block/8:0': '->/sys/devices/bus/block/sda',
    '/sys/devices/bus/block/sda/size': '1',
    '/sys/dev/block/7:0': '->/sys/devices/virtual/block/loop0',
    '/sys/devices/virtual/block/loop0/size': '1',
    '/sys/block/sda/device/model': 'QEMU HARDDISK',
    '/sys/block/vda/device/vendor': '0x1af4',
  })
  const one = { ...mount, source: '/dev/x' }
  expect(disksOf(system, { ...one, numbers: '254:0' })).toEqual([{ name: 'vda', isVirtual: true }])
  expect(disksOf(system, { ...one, numbers: '8:0' })[0]?.isVirtual).toBe(true)
  expect(disksOf(system, { ...one, numbers: '7:0' })[0]?.isVirtual).toBe(true)
  expect(disksOf(system, { ...mount, numbers: '0:30', source: 'tmpfs' })).toEqual([])
  expect(disksOf(system, { ...mount, numbers: '0:31', source: '/dev/gone' })).toEqual([])
})
