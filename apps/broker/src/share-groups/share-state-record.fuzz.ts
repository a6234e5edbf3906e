import { assert, DecodeError, type Random } from '@pafka/base'
import { type Fuzz, mutated } from '@pafka/testing'

import { DeliveryState, type StateBatch } from './delivery-state.ts'
import { SharePartition } from './share-partition.ts'
import { decodeStateRecord, snapshotRecord, type StateRecord } from './share-state-record.ts'

export const fuzzes: readonly Fuzz[] = [
  { name: 'load what a share group did from a damaged log', run: async (random) => load(random) },
]

const STATES = Object.values(DeliveryState)
const PLACE = { groupId: 'g', topicId: 'Zm9vYmFyZm9vYmFyZm9vYg', partition: 0 }

function load(random: Random): void {
  const { key, value } = record(random)
  const found = decoded({
    key: random.below(4) === 0 ? mutated(random, key) : key,
    value: value !== null && random.below(2) === 0 ? mutated(random, value) : value,
  })
  if (found?.kind !== 'snapshot' || found.state === null) return
  const partition = new SharePartition(found.state)
  const again = new SharePartition(partition.state())
  assert(again.startOffset === partition.startOffset, 'what is stored again is the same')
  assert(again.runs.length <= partition.runs.length, 'and no more of it')
}

function decoded(stored: ReturnType<typeof snapshotRecord>): StateRecord | undefined {
  try {
    return decodeStateRecord(stored)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

function record(random: Random): ReturnType<typeof snapshotRecord> {
  const startOffset = random.below(100)
  const batches: StateBatch[] = []
  let firstOffset = startOffset
  for (let left = random.below(5); left > 0; left -= 1) {
    firstOffset += random.below(10)
    const lastOffset = firstOffset + random.below(10)
    const state = STATES[random.below(STATES.length)] ?? DeliveryState.AVAILABLE
    batches.push({ firstOffset, lastOffset, state, deliveryCount: random.below(5) })
    firstOffset = lastOffset + 1
  }
  const epochs = { snapshotEpoch: 0, stateEpoch: 0, leaderEpoch: 0, createdMs: 0 }
  return snapshotRecord(PLACE, { ...epochs, startOffset, batches, completeCount: 0 }, 0)
}
