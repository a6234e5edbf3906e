import * as theirs from 'kafkajs'
import { expect, test } from 'vitest'

import * as ours from '../../src/kafkajs/index.ts'
import { type StageBroker, startBroker } from '../stage-broker.ts'

/** Makes clients of a broker. */
type Api = (bootstrap: string) => ours.Kafka

interface Member {
  /** What it was given last. */
  readonly assigned: () => number[]
  /** Values in the order in which they came. */
  readonly seen: string[]
  readonly rebalances: () => number
  leave(): Promise<void>
}

interface Stage extends AsyncDisposable {
  readonly broker: StageBroker
  join(api: Api): Promise<Member>
  send(from: number, to: number): Promise<void>
}

const PATIENT = { timeout: 20_000, interval: 20 }
const retry = { retries: 3, initialRetryTime: 20 }

const byOurs: Api = (bootstrap) =>
  new ours.Kafka({ brokers: [bootstrap], retry, logLevel: ours.logLevel.NOTHING })
const byTheirs: Api = (bootstrap) => {
  const { logLevel, Kafka } = theirs
  const kafka = new Kafka({ brokers: [bootstrap], retry, logLevel: logLevel.NOTHING })
  return kafka as unknown as ours.Kafka
}

async function start(partitions: number): Promise<Stage> {
  const broker = await startBroker({
    topics: [{ name: 't', partitions }],
    config: { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 1000 },
  })
  const members: Member[] = []
  return {
    broker,
    join: async (api) => {
      const member = await memberOf(api(broker.bootstrap))
      members.push(member)
      return member
    },
    send: async (from, to) => {
      const producer = byOurs(broker.bootstrap).producer()
      await producer.connect()
      const values = Array.from({ length: to - from }, (_, at) => String(from + at))
      await producer.send({ topic: 't', messages: values.map((value) => ({ key: value, value })) })
      await producer.disconnect()
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(members.map(async (member) => member.leave()))
      await broker[Symbol.asyncDispose]()
    },
  }
}

async function memberOf(kafka: ours.Kafka): Promise<Member> {
  const consumer = kafka.consumer({
    ...{ groupId: 'g', heartbeatInterval: 50, maxWaitTimeInMs: 50, sessionTimeout: 5000 },
  })
  let assigned: number[] = []
  let rebalances = 0
  const seen: string[] = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assigned = payload.memberAssignment['t'] ?? []
  })
  consumer.on(consumer.events.REBALANCING, () => {
    rebalances += 1
  })
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  await consumer.run({
    eachMessage: ({ message }) => {
      seen.push(String(message.value))
      return Promise.resolve()
    },
  })
  return {
    ...{ seen, assigned: () => assigned, rebalances: () => rebalances },
    leave: async () => consumer.disconnect(),
  }
}

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, at) => String(at)).toSorted()
}

test.each([
  ['two of ours', byOurs, byOurs],
  ['one of ours, and then one of theirs', byOurs, byTheirs],
  ['one of theirs, and then one of ours', byTheirs, byOurs],
])('partitions are shared by %s', async (_, one, other) => {
  await using stage = await start(4)
  const first = await stage.join(one)
  await stage.send(0, 20)
  await expect.poll(() => first.seen.toSorted(), PATIENT).toEqual(numbers(20))
  const second = await stage.join(other)
  await expect.poll(() => first.assigned().length + second.assigned().length, PATIENT).toBe(4)
  expect(first.rebalances()).toBe(1)
  expect(second.rebalances()).toBe(0)
  expect(second.assigned()).toHaveLength(2)
  await stage.send(20, 60)
  const both = (): string[] => [...first.seen, ...second.seen].toSorted()
  await expect.poll(both, PATIENT).toEqual(numbers(60))
  await first.leave()
  await expect.poll(() => new Set(second.assigned()), PATIENT).toEqual(new Set([0, 1, 2, 3]))
  await stage.send(60, 70)
  await expect.poll(both, PATIENT).toEqual(numbers(70))
})

test('a heartbeat tells of a rebalance, and what was resolved is committed', async () => {
  await using stage = await start(2)
  const kafka = byOurs(stage.broker.bootstrap)
  const consumer = kafka.consumer({ groupId: 'g', heartbeatInterval: 50 })
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  const errors: unknown[] = []
  const begun = Promise.withResolvers<void>()
  await stage.send(0, 10)
  await consumer.run({
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, heartbeat, isStale }) => {
      // it does nothing more then
      if (errors.length === 0) resolveOffset(batch.messages[0]?.offset ?? '')
      begun.resolve()
      try {
        do {
          await heartbeat()
          await new Promise((resolve) => setTimeout(resolve, 10))
        } while (errors.length === 0)
      } catch (error) {
        errors.push([(error as ours.KafkaJSProtocolError).type, isStale()])
        throw error
      }
    },
  })
  await begun.promise
  const second = await stage.join(byOurs)
  await expect.poll(() => errors[0], PATIENT).toEqual(['REBALANCE_IN_PROGRESS', true])
  await expect.poll(() => second.assigned(), PATIENT).toHaveLength(1)
  await consumer.disconnect()
  await expect.poll(() => second.seen.length, PATIENT).toBe(9)
})

test('a consumer that crashes for what may pass begins anew', async () => {
  await using stage = await start(1)
  await stage.send(0, 3)
  const kafka = byOurs(stage.broker.bootstrap)
  const consumer = kafka.consumer({ groupId: 'g', retry: { retries: 1, initialRetryTime: 10 } })
  const crashes: boolean[] = []
  consumer.on(consumer.events.CRASH, ({ payload }) => crashes.push(payload.restart))
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  const seen: string[] = []
  await consumer.run({
    eachMessage: ({ message }) => {
      seen.push(String(message.value))
      return seen.length <= 4 ? Promise.reject(new Error('not yet')) : Promise.resolve()
    },
  })
  await expect.poll(() => seen, PATIENT).toEqual(['0', '0', '0', '0', '0', '1', '2'])
  expect(crashes).toEqual([true, true])
  await consumer.disconnect()
})

test('a fault of the program ends its consumer', async () => {
  await using stage = await start(1)
  await stage.send(0, 1)
  const kafka = byOurs(stage.broker.bootstrap)
  const consumer = kafka.consumer({ groupId: 'g' })
  const crashed = Promise.withResolvers<[string, unknown, boolean]>()
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    crashed.resolve([error.name, error.cause, restart])
  })
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  await consumer.run({ eachMessage: () => Promise.reject(new TypeError('no function')) })
  expect(await crashed.promise).toEqual([
    'KafkaJSNonRetriableError',
    new TypeError('no function'),
    false,
  ])
})

test('partitions are handled at the same time, as many as the program wants', async () => {
  await using stage = await start(4)
  await stage.send(0, 100)
  const kafka = byOurs(stage.broker.bootstrap)
  const consumer = kafka.consumer({ groupId: 'g' })
  await consumer.connect()
  await consumer.subscribe({ topic: 't', fromBeginning: true })
  const busy = new Set<number>()
  let most = 0
  let count = 0
  await consumer.run({
    partitionsConsumedConcurrently: 3,
    eachMessage: async ({ partition }) => {
      expect(busy.has(partition)).toBe(false)
      busy.add(partition)
      most = Math.max(most, busy.size)
      while (most < 3) await new Promise((resolve) => setTimeout(resolve, 5))
      await new Promise(setImmediate)
      busy.delete(partition)
      count += 1
    },
  })
  await expect.poll(() => count, PATIENT).toBe(100)
  expect(most).toBe(3)
  await consumer.disconnect()
})
