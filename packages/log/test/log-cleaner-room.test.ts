import {
  diskError,
  type LogStoreOptions,
  SimulatedDisk,
  type Space,
  type TierOptions,
} from '@pafka/log'
import { describe, expect, test } from 'vitest'

import { contents, write } from './compacted-log.ts'
import { begin, type World } from './log-cleaner-world.ts'
import { TIME_MS } from './test-batches.ts'

test('what stays as it is leaves no file open: its bytes would not be free', async () => {
  const { store, log, files } = await begin({ config: { segmentBytes: 200 } })
  await write(store, log, ['a=1', 'b=1', 'c=1', 'd=1', 'e=1', 'f=1', 'x=1'])
  const segments = log.parts.segments.all()
  for (const segment of segments) segment.file()
  const open = log.parts.context.openFiles.count
  await store.clean(log)
  expect(log.parts.segments.all()).toEqual(segments)
  expect(log.parts.context.openFiles.count).toBe(open)
  expect(files.list('/data/topic-0').filter((name) => name.includes('cleaned'))).toEqual([])
})

describe('a pass that there is no room for', () => {
  const GROUP_BYTES = 200
  const RESERVE_BYTES = 65_536
  /** What nobody is to be slowed for, and a segment. */
  const ENOUGH_BYTES = 4 * RESERVE_BYTES + GROUP_BYTES
  const TOTAL_BYTES = 4_000_000

  interface Narrow extends World {
    readonly leave: (usableBytes: number) => void
    readonly readBytes: () => number
  }

  async function narrow(store: Partial<LogStoreOptions> = {}): Promise<Narrow> {
    let usableBytes = TOTAL_BYTES
    const spaceOf = async (): Promise<Space> => ({ totalBytes: TOTAL_BYTES, usableBytes })
    const config = { segmentBytes: GROUP_BYTES, fileDeleteDelayMs: 60_000 }
    const world = await begin({ config, store: { spaceOf, ...store } })
    const leave = (bytes: number): void => void (usableBytes = bytes)
    return { ...world, leave, readBytes: () => world.store.cleanerFigures.readBytes }
  }

  test('is not begun, is told of once, and comes when there is', async () => {
    const { store, log, clock, lines, leave, readBytes } = await narrow()
    await write(store, log, ['a=1', 'b=1', 'a=2', 'c=1', 'x=1'])
    leave(ENOUGH_BYTES - GROUP_BYTES)
    for (let second = 0; second < 60; second++) {
      await store.cleanIfDirty(clock.nowMs())
      clock.advance(1000)
    }
    const [line, ...more] = lines('log-not-cleaned')
    expect(line?.['cause']).toMatch(/ENOSPC: .* has no room for \d+ bytes to be compacted/)
    expect([more, readBytes()]).toEqual([[], 0])
    leave(ENOUGH_BYTES)
    clock.advance(600_000)
    await store.cleanIfDirty(clock.nowMs())
    expect(await contents(log)).toEqual(['1 b=1', '2 a=2', '3 c=1', '4 x=1'])
  })

  test('lets go of what passes before took the place of', async () => {
    const { store, log, clock, files, leave } = await narrow()
    await write(store, log, ['a=1', 'b=1', 'a=2', 'b=2', 'a=3', 'c=1', 'd=1', 'e=1', 'x=1'])
    // what was replaced stays for a minute, unless its room is wanted
    const isFree = (): boolean =>
      !files.list('/data/topic-0').some((name) => name.endsWith('.deleted'))
    leave(ENOUGH_BYTES)
    await store.clean(log)
    expect(isFree()).toBe(false)
    await write(store, log, ['a=4', 'b=3', 'y=1'])
    leave(ENOUGH_BYTES - GROUP_BYTES)
    await expect(store.clean(log)).rejects.toThrow('has no room')
    expect(isFree()).toBe(true)
    expect(clock.nowMs()).toBe(TIME_MS)
  })

  test('is not begun where a tier would be left less than a tenth', async () => {
    const tiers: TierOptions[] = [{ name: 'NVME', paths: [{ path: '/data', sizeBytes: -1 }] }]
    const { store, log, leave, readBytes } = await narrow({ tiers })
    await write(store, log, ['a=1', 'b=1', 'a=2', 'c=1', 'x=1'])
    leave(TOTAL_BYTES / 10)
    await expect(store.clean(log)).rejects.toThrow('has no room')
    expect(readBytes()).toBe(0)
    leave(TOTAL_BYTES / 10 + GROUP_BYTES)
    await store.clean(log)
    expect(await contents(log)).toEqual(['1 b=1', '2 a=2', '3 c=1', '4 x=1'])
  })
})

describe('a pass that is interrupted by a disk', () => {
  test('that is full is tried again, later each time, and told of once', async () => {
    const disk = SimulatedDisk.create()
    const { store, log, clock, lines } = await begin({ files: disk, config: { segmentBytes: 200 } })
    await write(store, log, ['a=1', 'b=1', 'a=2', 'c=1', 'x=1'])
    const open = log.parts.context.openFiles.count
    let passes = 0
    disk.fault = (operation, path) => {
      if (operation !== 'write' || !path.includes('cleaned')) return undefined
      passes += 1
      return diskError('ENOSPC', path)
    }
    for (let second = 0; second < 300; second++) {
      await store.cleanIfDirty(clock.nowMs())
      clock.advance(1000)
    }
    expect(passes).toBe(5) // after 0, 10, 30, 70 and 150 s
    expect(lines('log-not-cleaned')).toHaveLength(1)
    expect(log.isOnline).toBe(true)
    expect(log.parts.context.openFiles.count).toBe(open)
    disk.fault = () => undefined
    clock.advance(600_000)
    await store.cleanIfDirty(clock.nowMs())
    expect(await contents(log)).toEqual(['1 b=1', '2 a=2', '3 c=1', '4 x=1'])
  })

  test('that is full when its file is made lets go of it', async () => {
    const disk = SimulatedDisk.create()
    const { store, log, clock } = await begin({ files: disk, config: { segmentBytes: 200 } })
    await write(store, log, ['a=1', 'b=1', 'a=2', 'c=1', 'x=1'])
    const open = log.parts.context.openFiles.count
    disk.fault = (operation, path) =>
      operation === 'truncate' && path.includes('cleaned') ? diskError('ENOSPC', path) : undefined
    await store.cleanIfDirty(clock.nowMs())
    expect(log.parts.context.openFiles.count).toBe(open)
  })

  test('that fails takes the log dir offline, and it can be read', async () => {
    const disk = SimulatedDisk.create()
    const { store, log, clock } = await begin({ files: disk })
    await write(store, log, ['a=1', 'a=2', 'b=1', 'a=3', 'b=2', 'c=1'])
    disk.fault = (operation, path) =>
      operation === 'sync' && path.includes('cleaned') ? diskError('EIO', path) : undefined
    await store.cleanIfDirty(clock.nowMs())
    expect(log.isOnline).toBe(false)
    expect(await contents(log)).toHaveLength(6)
  })
})
