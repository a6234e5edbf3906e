import { expect, type Mock, test, vi } from 'vitest'

import type { OpenFile } from '../files/file-system.ts'
import { diskError, SimulatedDisk } from '../files/simulated-disk.ts'
import { alignedMemory } from '../memory/aligned-memory.ts'
import { SegmentSource } from './segment-source.ts'

const PATH = '/log/00000000000000000000.log'
const SIZE_BYTES = 5000
const BLOCK = 4096

interface Scene {
  readonly disk: SimulatedDisk
  readonly source: SegmentSource
  readonly unreadable: Mock<() => void>
}

/** A segment of 5,000 bytes in a file of 8,192. */
function begin(isGone = false): Scene {
  const disk = SimulatedDisk.create()
  disk.makeFolder('/log')
  const bytes = Buffer.alloc(2 * BLOCK)
  bytes.fill(7, 0, SIZE_BYTES)
  disk.writeFile(PATH, bytes)
  const unreadable = vi.fn<() => void>()
  const source = new SegmentSource({
    context: { files: disk, unreadable },
    segment: { path: PATH, moved: undefined, sizeBytes: SIZE_BYTES },
    isGone: () => isGone,
  })
  return { disk, source, unreadable }
}

/** How many files it opens, and closes. */
function watchFiles(disk: SimulatedDisk): { opened: number; closed: number } {
  const seen = { opened: 0, closed: 0 }
  const open = disk.openDirect.bind(disk)
  vi.spyOn(disk, 'openDirect').mockImplementation((...asked): OpenFile | undefined => {
    const file = open(...asked)
    if (file === undefined) return undefined
    seen.opened += 1
    vi.spyOn(file, 'close').mockImplementation(() => void (seen.closed += 1))
    return file
  })
  return seen
}

test.each([true, false])('what a file has behind it is not of it, direct I/O: %s', async (has) => {
  const { disk, source } = begin()
  disk.hasDirectIo = has
  const memory = alignedMemory(2 * BLOCK)
  expect(await source.read(memory, 0)).toBe(SIZE_BYTES)
  expect(memory.subarray(0, SIZE_BYTES).every((byte) => byte === 7)).toBe(true)
  expect(await source.read(memory.subarray(0, BLOCK), BLOCK)).toBe(SIZE_BYTES - BLOCK)
  expect(await source.read(memory.subarray(0, BLOCK), 2 * BLOCK)).toBe(0)
  source.close()
})

test('it is opened once, and closed once', async () => {
  const { disk, source } = begin()
  const seen = watchFiles(disk)
  for (const at of [0, 1]) await source.read(alignedMemory(BLOCK), at * BLOCK)
  expect(seen).toEqual({ opened: 1, closed: 0 })
  source.close()
  source.close()
  expect(seen).toEqual({ opened: 1, closed: 1 })
})

test('what a slow disk opens when nobody waits for it any more is closed', async () => {
  const { disk, source, unreadable } = begin()
  const seen = watchFiles(disk)
  const read = source.read(alignedMemory(BLOCK), 0)
  source.close()
  await expect(read).rejects.toThrow('is not wanted any more')
  expect(unreadable).not.toHaveBeenCalled()
  expect(seen).toEqual({ opened: 1, closed: 1 })
})

test.each(['open', 'read'] as const)('a disk is to blame when it cannot %s, once', async (what) => {
  const { disk, source, unreadable } = begin()
  disk.fault = (operation, path) => (operation === what ? diskError('EIO', path) : undefined)
  await expect(source.read(alignedMemory(BLOCK), 0)).rejects.toThrow('EIO')
  expect(unreadable).toHaveBeenCalledTimes(1)
  source.close()
})

test('nobody is to blame for one that is gone', async () => {
  const { disk, source, unreadable } = begin(true)
  await disk.remove(PATH)
  await expect(source.read(alignedMemory(BLOCK), 0)).rejects.toThrow('ENOENT')
  expect(unreadable).not.toHaveBeenCalled()
  source.close()
})
