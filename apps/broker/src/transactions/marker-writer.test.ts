import { silentLogger } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'
import type { Topic } from '../metadata/topic.ts'
import { MarkerWriter } from './marker-writer.ts'
import { newMetadata, type TransactionMetadata, TransactionState } from './transaction-metadata.ts'

const PLACE = { topic: 'a', partition: 0 }

interface World extends AsyncDisposable {
  readonly rig: HandlerRig
  readonly writer: MarkerWriter
  readonly ended: string[]
  readonly errors: string[]
  /** Whether the partition's log dir is offline. */
  isOffline: boolean
}

async function begin(): Promise<World> {
  const rig = await HandlerRig.start()
  await rig.createTopic('a')
  const ended: string[] = []
  const errors: string[] = []
  const writer = new MarkerWriter({
    topics: {
      byName: (name) => {
        const topic = rig.broker.topics.byName(name)
        if (topic === undefined || !world.isOffline) return topic
        return { ...topic, partitions: topic.partitions.map(offline) }
      },
    },
    clock: rig.clock,
    logger: { ...silentLogger, error: (event) => void errors.push(event) },
    ended: (place, producerId, how) => {
      ended.push(`${place.topic}-${place.partition} ${producerId} ${how}`)
    },
  })
  const world: World = {
    rig,
    writer,
    ended,
    errors,
    isOffline: false,
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  }
  return world
}

function offline(partition: Topic['partitions'][number]): Topic['partitions'][number] {
  return { ...partition, log: undefined }
}

function prepared(...partitions: TransactionMetadata['partitions']): TransactionMetadata {
  const metadata = { ...newMetadata('x', 7, 1000, 0), producerEpoch: 1 }
  return { ...metadata, state: TransactionState.PrepareCommit, partitions }
}

test('a marker for each partition that there is', async () => {
  await using world = await begin()
  const gone = { topic: 'gone', partition: 0 }
  expect(await world.writer.write(prepared(PLACE, gone), 0)).toBe(true)
  expect([world.ended, world.errors]).toEqual([['a-0 7 commit'], []])
})

test('a partition whose log dir is offline has its marker when it is back', async () => {
  await using world = await begin()
  world.isOffline = true
  const writing = world.writer.write(prepared(PLACE), 0)
  for (let tries = 0; tries < 3; tries++) {
    // oxlint-disable-next-line no-await-in-loop -- one try after another
    await new Promise(setImmediate)
    world.rig.clock.advance(1000)
  }
  await new Promise(setImmediate)
  expect([world.ended, world.errors]).toEqual([[], ['transaction-marker-not-written']])
  world.isOffline = false
  world.rig.clock.advance(1000)
  expect(await writing).toBe(true)
  expect(world.ended).toEqual(['a-0 7 commit'])
})

test('whoever waits for an offline partition is told when the broker stops', async () => {
  await using world = await begin()
  world.isOffline = true
  const writing = world.writer.write(prepared(PLACE), 0)
  await new Promise(setImmediate)
  world.writer.stop()
  expect(await writing).toBe(false)
  expect(await world.writer.write(prepared(PLACE), 0)).toBe(false)
})

test('who was fenced in a partition ends nothing there', async () => {
  await using world = await begin()
  const newer = { ...prepared(PLACE), producerEpoch: 2 }
  await world.writer.write(newer, 0)
  expect(await world.writer.write(prepared(PLACE), 0)).toBe(true)
  expect(world.ended).toEqual(['a-0 7 commit'])
  const log = world.rig.broker.topics.byName('a')?.partitions[0]?.log
  const origin = { producerId: 7, producerEpoch: 1, coordinatorEpoch: 0 }
  expect(log?.transactions.checkMarker(origin)).toBe(ErrorCode.INVALID_PRODUCER_EPOCH)
  const older = { ...origin, producerEpoch: 2, coordinatorEpoch: -1 }
  expect(log?.transactions.checkMarker(older)).toBe(ErrorCode.TRANSACTION_COORDINATOR_FENCED)
})
