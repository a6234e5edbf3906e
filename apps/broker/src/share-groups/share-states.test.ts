import { silentLogger } from '@pafka/base'
import { ErrorCode, ShareUpdateKey, ShareUpdateValue } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { settled } from '../../test/coordinator-stage.ts'
import { MemoryCoordinatorLog } from '../../test/memory-coordinator-log.ts'
import { partitionOfKey } from '../coordinator-log/coordinator-log.ts'
import { encodeRecord } from '../coordinator-log/record-parts.ts'
import { DeliveryState, type StateBatch } from './delivery-state.ts'
import { keyOfPlace } from './share-state-record.ts'
import { ShareStates } from './share-states.ts'

const PLACE = { groupId: 'g', topicId: 'Zm9vYmFyZm9vYmFyZm9vYg', partition: 3 }
const { ACKNOWLEDGED, AVAILABLE } = DeliveryState

function open(log: MemoryCoordinatorLog): ShareStates {
  const states = new ShareStates({ clock: new ManualClock(), logger: silentLogger, log })
  states.start()
  return states
}

function batch(firstOffset: number, lastOffset: number, state: DeliveryState): StateBatch {
  return { firstOffset, lastOffset, state, deliveryCount: 1 }
}

test('the last that was written is what there is, after a restart, too', async () => {
  const log = new MemoryCoordinatorLog()
  const states = open(log)
  expect(await states.read(PLACE)).toBeNull()
  const batches = [batch(7, 9, AVAILABLE), batch(10, 12, ACKNOWLEDGED)]
  await states.write(PLACE, { startOffset: 0, batches: [], completeCount: 0, leaderEpoch: 1 })
  await states.write(PLACE, { startOffset: 7, batches, completeCount: 3, leaderEpoch: 1 })
  const found = await open(log).read(PLACE)
  expect(found).toEqual(await states.read(PLACE))
  expect(found).toMatchObject({ startOffset: 7, batches, completeCount: 3, snapshotEpoch: 1 })
  expect(await states.delete(PLACE)).toBe(ErrorCode.NONE)
  expect(await open(log).read(PLACE)).toBeNull()
})

test('what could not be written is not there', async () => {
  const log = new MemoryCoordinatorLog()
  const states = open(log)
  log.errorCode = ErrorCode.KAFKA_STORAGE_ERROR
  const state = { startOffset: 5, batches: [], completeCount: 0, leaderEpoch: 0 }
  expect(await states.write(PLACE, state)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  expect(await states.read(PLACE)).toBeNull()
})

test('updates that Kafka wrote after a snapshot are put in, those of before are not', async () => {
  const log = new MemoryCoordinatorLog()
  const states = open(log)
  await states.write(PLACE, {
    startOffset: 0,
    batches: [batch(0, 9, AVAILABLE)],
    completeCount: 0,
    leaderEpoch: 0,
  })
  const records = log.records(partitionOfKey(keyOfPlace(PLACE), log.partitionCount))
  const update = (snapshotEpoch: number, startOffset: number, ...batches: StateBatch[]): void => {
    const stateBatches = batches.map(({ state: deliveryState, ...rest }) => {
      return { ...rest, deliveryState }
    })
    const fields = { snapshotEpoch, leaderEpoch: 4, startOffset, stateBatches }
    records.push(encodeRecord(ShareUpdateKey, PLACE, ShareUpdateValue, fields))
  }
  update(0, -1, batch(3, 5, ACKNOWLEDGED))
  update(-1, 99)
  update(0, 2, batch(20, 20, ACKNOWLEDGED))
  expect(await open(log).read(PLACE)).toMatchObject({
    startOffset: 2,
    batches: [
      batch(0, 2, AVAILABLE),
      batch(3, 5, ACKNOWLEDGED),
      batch(6, 9, AVAILABLE),
      batch(20, 20, ACKNOWLEDGED),
    ],
    completeCount: 4,
    leaderEpoch: 4,
  })
})

test('nothing is said of a partition that is still read', async () => {
  const log = new MemoryCoordinatorLog()
  const before = open(log)
  await before.write(PLACE, { startOffset: 5, batches: [], completeCount: 0, leaderEpoch: 0 })
  const reading = Promise.withResolvers<void>()
  const replay = log.replay.bind(log)
  log.replay = async (partition, target) => {
    await reading.promise
    await replay(partition, target)
  }
  const states = open(log)
  const asked = states.read(PLACE)
  await settled()
  reading.resolve()
  expect(await asked).toMatchObject({ startOffset: 5 })
  states.stop()
  expect(await states.read(PLACE)).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE)
})

test('what contradicts itself is left out', async () => {
  const log = new MemoryCoordinatorLog()
  const states = open(log)
  const batches = [batch(0, 9, AVAILABLE), batch(5, 6, ACKNOWLEDGED)]
  await states.write(PLACE, { startOffset: 0, batches, completeCount: 0, leaderEpoch: 0 })
  expect(await open(log).read(PLACE)).toBeNull()
})
