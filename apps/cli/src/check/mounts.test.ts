import { expect, test } from 'vitest'

import { madeUpSystem, mountLine } from '../../test/made-up-system.ts'
import { mountOf } from './mounts.ts'

const system = madeUpSystem({
  '/proc/self/mountinfo': [
    mountLine('254:0', '/', ['ext4', '/dev/vda'], 'rw,noatime'),
    mountLine('0:30', '/data', ['tmpfs', 'tmpfs']),
    mountLine('259:1', '/data', ['xfs', '/dev/nvme0n1p1']),
    mountLine('8:1', String.raw`/my\040disk`, ['ext4', '/dev/sda1']),
    'a line of another kind',
    '1 2 3:4 / /cut rw - ',
  ].join('\n'),
})

test('a path lies on the nearest mount above it, and on the last at one place', () => {
  expect(mountOf(system, '/data/orders')).toEqual({
    numbers: '259:1',
    mountPoint: '/data',
    type: 'xfs',
    source: '/dev/nvme0n1p1',
    options: ['rw', 'relatime'],
  })
  expect(mountOf(system, '/data')?.type).toBe('xfs')
  expect(mountOf(system, '/database')).toMatchObject({
    mountPoint: '/',
    options: ['rw', 'noatime'],
  })
  expect(mountOf(system, '/cut/x')?.mountPoint).toBe('/')
})

test('a mount point with a space', () => {
  expect(mountOf(system, '/my disk/a')).toMatchObject({ mountPoint: '/my disk', numbers: '8:1' })
})

test('where the system does not tell, nothing is known', () => {
  expect(mountOf(madeUpSystem({}), '/data')).toBeUndefined()
})
