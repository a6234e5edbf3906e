import { existsSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

import { MIB } from '@pafka/base'
import { PmemRegion } from '@pafka/pmem'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { LentMemory } from './lent-memory.ts'

const SHM = '/dev/shm'
const isThere = existsSync(SHM)

async function onMemory(use: (memory: LentMemory) => void): Promise<void> {
  await using folder = await temporaryFolder(SHM)
  using region = PmemRegion.create(join(folder.path, 'region'), MIB)
  use(new LentMemory(region))
}

test.skipIf(!isThere)('what a cut file has is lent, what it has not is an error', () => {
  return onMemory((memory) => {
    truncateSync(memory.region.path, MIB / 2)
    memory.lend(0, MIB / 2).release()
    expect(() => memory.lend(MIB / 4, MIB / 2)).toThrow('truncated')
    expect(() => memory.lend(0, 1)).toThrow('truncated')
  })
})

test.skipIf(!isThere)(
  'bytes that the system could not read are looked for when they are back',
  () => {
    return onMemory((memory) => {
      const [sound, gone] = [memory.lend(0, MIB / 2), memory.lend(0, MIB)]
      truncateSync(memory.region.path, MIB - 8192)
      sound.release(true)
      expect(memory.region.error).toBeUndefined()
      gone.release(true)
      expect(memory.region.error?.code).toBe('EIO')
    })
  },
)

test.skipIf(!isThere)('bytes that were read are not touched when they are back', () => {
  return onMemory((memory) => {
    const lent = memory.lend(0, MIB)
    truncateSync(memory.region.path, 4096)
    lent.release()
    expect(memory.region.error).toBeUndefined()
  })
})
