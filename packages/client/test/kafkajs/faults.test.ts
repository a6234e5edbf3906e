import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka, logLevel } from '../../src/kafkajs/index.ts'

const PATIENT = { timeout: 30_000, interval: 20 }
const retry = { retries: 8, initialRetryTime: 20 }
const COUNT = 40

function kafkaOf(broker: Broker): Kafka {
  return new Kafka({ brokers: [broker.bootstrap], retry, logLevel: logLevel.NOTHING })
}

async function start(): Promise<Broker> {
  return Broker.start({
    topics: [{ name: 't', partitions: 2 }],
    config: { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 1000 },
  })
}

/** Messages one by one, some at a time. @returns how often a send failed */
async function send(kafka: Kafka): Promise<number> {
  const producer = kafka.producer({ idempotent: true })
  await producer.connect()
  const values = Array.from({ length: COUNT }, (_, at) => String(at))
  const sent = await Promise.allSettled(
    values.map(async (value) => producer.send({ topic: 't', messages: [{ key: value, value }] })),
  )
  await producer.disconnect()
  return sent.filter(({ status }) => status === 'rejected').length
}

function all(): string[] {
  return Array.from({ length: COUNT }, (_, at) => String(at)).toSorted()
}

test.each([
  ['Produce', 'NOT_LEADER_OR_FOLLOWER'],
  ['Produce', undefined],
  ['InitProducerId', 'COORDINATOR_LOAD_IN_PROGRESS'],
  ['Metadata', undefined],
  ['FindCoordinator', 'COORDINATOR_NOT_AVAILABLE'],
  ['JoinGroup', 'COORDINATOR_LOAD_IN_PROGRESS'],
  ['SyncGroup', 'REBALANCE_IN_PROGRESS'],
  ['SyncGroup', undefined],
  ['OffsetFetch', 'NOT_COORDINATOR'],
  ['OffsetFetch', undefined],
  ['Fetch', 'NOT_LEADER_OR_FOLLOWER'],
  ['Fetch', undefined],
  ['OffsetCommit', 'UNKNOWN_MEMBER_ID'],
  ['OffsetCommit', 'ILLEGAL_GENERATION'],
  ['OffsetCommit', 'REBALANCE_IN_PROGRESS'],
  ['OffsetCommit', 'COORDINATOR_LOAD_IN_PROGRESS'],
  ['OffsetCommit', undefined],
  ['Heartbeat', 'UNKNOWN_MEMBER_ID'],
  ['LeaveGroup', undefined],
] as const)('nothing is lost when %s is answered by %s', async (api, code) => {
  await using broker = await start()
  const kafka = kafkaOf(broker)
  const consumer = kafka.consumer({
    ...{ groupId: 'g', heartbeatInterval: 30, retry },
    // a member that was told it is none is in its group still, until it is given up
    ...{ sessionTimeout: 1500, rebalanceTimeout: 1500 },
  })
  const crashes: unknown[] = []
  consumer.on(consumer.events.CRASH, ({ payload }) => crashes.push(payload.error))
  for (let times = 0; times < 2; times++) {
    if (code === undefined) broker.faults.loseAnswer(api)
    else broker.faults.answer(api, code)
  }
  expect(await send(kafka)).toBe(0)
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  const seen = new Set<string>()
  await consumer.run({
    eachMessage: ({ message }) => {
      seen.add(String(message.value))
      return Promise.resolve()
    },
  })
  await expect.poll(() => [...seen].toSorted(), PATIENT).toEqual(all())
  const admin = kafka.admin()
  await expect
    .poll(async () => {
      const [topic] = await admin.fetchOffsets({ groupId: 'g', topics: ['t'] })
      return topic?.partitions.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
    }, PATIENT)
    .toBe(COUNT)
  await consumer.disconnect()
  await admin.disconnect()
  expect(crashes).toEqual([])
})

test('records are deleted when their leader is another one for a moment', async () => {
  await using broker = await start()
  const kafka = kafkaOf(broker)
  expect(await send(kafka)).toBe(0)
  const admin = kafka.admin()
  await admin.connect()
  broker.faults.answer('DeleteRecords', 'NOT_LEADER_OR_FOLLOWER')
  const partitions = [0, 1].map((partition) => ({ partition, offset: '-1' }))
  await admin.deleteTopicRecords({ topic: 't', partitions })
  const left = await admin.fetchTopicOffsets('t')
  expect(left.map(({ low, high }) => low === high)).toEqual([true, true])
  await admin.disconnect()
})
