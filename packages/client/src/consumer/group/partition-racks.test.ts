import { expect, test } from 'vitest'

import { racksFrom } from './partition-racks.ts'

const NODES = [null, 'r1', 'r2', 'r1'].map((rack, id) => {
  return [id, { id, host: 'b', port: id, rack }] as const
})

function topicWith(...replicas: readonly number[]) {
  const none = { inSyncReplicas: [], offlineReplicas: [], leaderId: -1, leaderEpoch: -1 }
  return {
    ...{ name: 't', id: '', isInternal: false },
    partitions: [{ ...none, partition: 0, replicas }],
  }
}

test.each([
  [
    [1, 2],
    ['r1', 'r2'],
  ],
  [[3, 1], ['r1']],
  // a broker of no rack, and one of which nobody knows
  [[0, 9, 2], ['r2']],
  [[], []],
])('of replicas %j the racks are %j', (replicas, racks) => {
  const find = (name: string) => (name === 't' ? topicWith(...replicas) : undefined)
  const racksOf = racksFrom({ nodes: new Map(NODES), find })
  expect([...racksOf({ topic: 't', partition: 0 })]).toEqual(racks)
  expect([...racksOf({ topic: 't', partition: 1 })]).toEqual([])
  expect([...racksOf({ topic: 'other', partition: 0 })]).toEqual([])
})
