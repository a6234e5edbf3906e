import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { SimulatedDisk } from '../files/simulated-disk.ts'
import { IndexFile } from './index-file.ts'

const PATH = '/log/00000000000000000000.txnindex'
const ENTRY_BYTES = 34

/** With so many entries, which outlive power loss. */
async function diskWith(entries: number): Promise<SimulatedDisk> {
  const disk = SimulatedDisk.create()
  disk.makeFolder('/log')
  const file = new IndexFile(disk, PATH, ENTRY_BYTES)
  for (let count = 0; count < entries; count++) file.push()
  file.flush()
  await file.sync()
  await disk.syncFolder('/log')
  return disk
}

test.each([
  { who: 'this process', isKilled: false },
  { who: 'one that was killed', isKilled: true },
])('what $who cut does not come back once that is synced', async ({ isKilled }) => {
  const sizes = new Set<number | undefined>()
  for (let seed = 0; seed < 20; seed++) {
    const disk = await diskWith(3)
    const cut = new IndexFile(disk, PATH, ENTRY_BYTES)
    cut.truncate(1)
    const left = isKilled ? disk.kill() : disk
    const file = isKilled ? new IndexFile(left, PATH, ENTRY_BYTES) : cut
    expect(file.adopt(1)).toBe(true)
    await file.sync(true)
    sizes.add(left.cutPower(seededRandom(seed)).stat(PATH)?.sizeBytes)
  }
  expect([...sizes]).toEqual([ENTRY_BYTES])
})
