import { silentLogger } from '@pafka/base'
import { memoryFileSystem } from '@pafka/log'
import { expect, test } from 'vitest'

import { CatalogLog } from './catalog-log.ts'
import { ProducerIds } from './producer-ids.ts'

function newCatalog(): Promise<CatalogLog> {
  const files = memoryFileSystem()
  files.makeFolder('/data')
  return CatalogLog.open({ files, dirs: [{ id: 'a', path: '/data' }], logger: silentLogger })
}

async function some(ids: ProducerIds, count: number): Promise<number[]> {
  const given: number[] = []
  while (given.length < count) given.push(await ids.next())
  return given
}

test('ids are given once, in blocks that are written down', async () => {
  const log = await newCatalog()
  expect(await some(new ProducerIds(log, async () => -1), 3)).toEqual([0, 1, 2])
  expect(await some(new ProducerIds(log, async () => 2), 2)).toEqual([1000, 1001])
})

test('none that a log knows is given again, though the catalog is new or older', async () => {
  const log = await newCatalog()
  let asked = 0
  const largestUsed = async (): Promise<number> => {
    asked += 1
    return 4999
  }
  const ids = new ProducerIds(log, largestUsed)
  const given = await some(ids, 1001)
  expect([given[0], given.at(-1), asked]).toEqual([5000, 6000, 1])
  expect(log.state.nextProducerIdBlock).toBe(7)
})
