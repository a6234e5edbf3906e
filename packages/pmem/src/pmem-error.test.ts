import { constants } from 'node:os'
import { expect, test } from 'vitest'

import { PmemError } from './pmem-error.ts'

test('an errno has its name, and words', () => {
  expect(PmemError.of(constants.errno.EIO, 'persist x')).toMatchObject({
    code: 'EIO',
    message: 'persist x: the file was truncated, or its medium failed (EIO)',
  })
  expect(PmemError.of(constants.errno.ENOSPC, 'create x')).toMatchObject({
    code: 'ENOSPC',
    message: 'create x: failed (ENOSPC)',
  })
  expect(PmemError.of(constants.errno.ENOTSUP, 'map x').code).toBe('EOPNOTSUPP')
  expect(PmemError.of(constants.errno.EWOULDBLOCK, 'map x').code).toBe('EAGAIN')
  expect(PmemError.of(4000, 'map x').code).toBe('errno 4000')
})

test('only errors of the system are wrapped', () => {
  const cause = Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' })
  const throwing = (error: Error) => (): never => {
    throw error
  }
  expect(() => PmemError.wrap('create x', throwing(cause))).toThrow(
    expect.objectContaining({ code: 'ENOSPC', message: 'create x: no space', cause }),
  )
  const bug = new RangeError('a bug')
  expect(() => PmemError.wrap('create x', throwing(bug))).toThrow(bug)
  const ours = new PmemError('EIO', 'ours')
  expect(() => PmemError.wrap('create x', throwing(ours))).toThrow(ours)
})
