import { expect, test } from 'vitest'

import { SegmentIndex, segmentName } from './segment-index.ts'

const segment = {
  ...{ topic: 'a', partition: 1, baseOffset: 20, pathId: 'p', sizeBytes: 9 },
  ...{ newestMs: 5, readMs: 0, heatBytes: 0 },
}

function onPath(index: SegmentIndex, pathId: string): string[][] {
  const groups = [...index.groupsOn(pathId)].filter(({ order }) => order.size > 0)
  return groups.map(({ order }) => [...order.coldestFirst()].map((one) => segmentName(one.segment)))
}

test('a segment is in one place, however often it is put', () => {
  const index = new SegmentIndex(['NVME', 'HDD'])
  index.put(segment, {}, 0)
  index.put({ ...segment, pathId: 'q' }, {}, 0)
  expect(index.size).toBe(1)
  expect(onPath(index, 'p')).toEqual([])
  expect(onPath(index, 'q')).toEqual([['a-1@20']])
  expect(index.get(segment)?.pathId).toBe('q')
  expect(index.remove(segment)?.pathId).toBe('q')
  expect(index.remove(segment)).toBeUndefined()
  expect(index.size).toBe(0)
})

test('segments of topics that wish the same are in one group', () => {
  const index = new SegmentIndex(['NVME', 'HDD'])
  index.put(segment, { exclude: ['SSD'] }, 0)
  index.put({ ...segment, topic: 'b' }, { prefer: 'PMEM' }, 0)
  index.put({ ...segment, topic: 'c' }, { pin: 'HDD' }, 0)
  expect(onPath(index, 'p')).toEqual([['a-1@20', 'b-1@20'], ['c-1@20']])
  index.rewish('c', {}, 0)
  expect(onPath(index, 'p')).toEqual([['a-1@20', 'b-1@20', 'c-1@20']])
  index.rewish('nosuch', {}, 0)
  expect(index.size).toBe(3)
})
