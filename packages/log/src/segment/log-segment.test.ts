import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { segmentAt } from '../../test/test-segment.ts'
import { SimulatedDisk } from '../files/simulated-disk.ts'

test('aborted transactions that were all cut do not come back once it is synced', async () => {
  const sizes = new Set<number | undefined>()
  for (let seed = 0; seed < 20; seed++) {
    const disk = SimulatedDisk.create()
    disk.makeFolder('/log')
    const segment = segmentAt(0, disk)
    const path = segment.pathOf('txnindex')
    segment.transactions.append({
      producerId: 7,
      firstOffset: 2,
      lastOffset: 3,
      lastStableOffset: 4,
    })
    segment.flushIndexes(false)
    await segment.sync()
    await disk.syncFolder('/log')
    expect(disk.stat(path)?.sizeBytes).toBeGreaterThan(0)
    segment.truncate(2, 0)
    await segment.sync()
    sizes.add(disk.cutPower(seededRandom(seed)).stat(path)?.sizeBytes)
  }
  expect([...sizes]).toEqual([0])
})
