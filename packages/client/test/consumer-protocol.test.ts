import { expect, test } from 'vitest'

import { type Consumer, json, Kafka, topicPattern, utf8 } from '../src/index.ts'
import { type NumbersStage, some, sorted, startNumbers, upTo } from './numbers-stage.ts'

const POLL = { timeout: 20_000, interval: 20 }

function start(partitions = 1): Promise<NumbersStage> {
  return startNumbers({
    partitions,
    config: {
      'group.initial.rebalance.delay.ms': 0,
      'group.consumer.heartbeat.interval.ms': 50,
      'group.consumer.min.heartbeat.interval.ms': 50,
    },
    kafka: { metadataMaxAgeMs: 200, rack: 'here' },
    consumer: { protocol: 'consumer' },
    eachAlone: true,
  })
}

async function all(consumer: Consumer<string, number>, seen: number[]): Promise<void> {
  for await (const { value } of consumer) seen.push(value ?? -1)
}

test('a group in which the broker assigns goes on where it was', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  expect(await some(stage.consumer(), 4)).toEqual([0, 1, 2, 3])
  expect(await some(stage.consumer(), 4)).toEqual([3, 4, 5, 6])
})

test.each(['uniform', 'range'])(
  'members come and go, and each record is for one of them: %s',
  async (assignor) => {
    await using stage = await start(6)
    const seen: number[] = []
    const consumers = [0, 1, 2].map(() => stage.consumer({ assignor }))
    const looping = consumers.map(async (consumer) => all(consumer, seen))
    await expect
      .poll(() => consumers.map(({ assignment }) => assignment.length), POLL)
      .toEqual([2, 2, 2])
    await stage.send(upTo(300))
    await expect.poll(() => seen.length, POLL).toBe(300)
    await consumers[0]?.close()
    await stage.send(upTo(600, 300))
    await expect.poll(() => seen.length, POLL).toBe(600)
    await Promise.all(consumers.map(async (consumer) => consumer.close()))
    await Promise.all(looping)
    expect(sorted(seen)).toEqual(upTo(600))
  },
)

test('a record that is being processed comes to its end before another one gets it', async () => {
  await using stage = await start(2)
  await stage.send(upTo(40))
  const first = stage.consumer()
  const processing = Promise.withResolvers<void>()
  const seen: number[] = []
  const looping = (async () => {
    for await (const { value } of first) {
      seen.push(value ?? -1)
      if (seen.length === 1) await processing.promise
    }
  })()
  await expect.poll(() => seen.length, POLL).toBe(1)
  const others: number[] = []
  const second = stage.consumer()
  const otherLooping = all(second, others)
  await new Promise((resolve) => setTimeout(resolve, 200))
  processing.resolve()
  await expect.poll(() => seen.length + others.length, POLL).toBe(40)
  expect(sorted([...seen, ...others])).toEqual(upTo(40))
  await Promise.all([first.close(), second.close()])
  await Promise.all([looping, otherLooping])
})

test('members of both protocols share one group', async () => {
  await using stage = await start(4)
  const seen: number[] = []
  const members = [stage.consumer({ protocol: 'classic' }), stage.consumer()]
  const looping = members.map(async (consumer) => all(consumer, seen))
  await expect.poll(() => members.map(({ assignment }) => assignment.length), POLL).toEqual([2, 2])
  await stage.send(upTo(200))
  await expect.poll(() => seen.length, POLL).toBe(200)
  await Promise.all(members.map(async (consumer) => consumer.close()))
  await Promise.all(looping)
  expect(sorted(seen)).toEqual(upTo(200))
})

test.each(['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID'] as const)(
  'a member that was told %s loses what it has, comes again, and goes on',
  async (error) => {
    await using stage = await start()
    await stage.send(upTo(10))
    const consumer = stage.consumer()
    const seen: number[] = []
    for await (const record of consumer) {
      seen.push(record.value ?? -1)
      if (seen.length === 3) {
        await consumer.commit()
        stage.broker.faults.answer('ConsumerGroupHeartbeat', error)
        while (!record.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 10))
      }
      if (seen.at(-1) === 9) break
    }
    expect(seen).toEqual([0, 1, 2, ...upTo(10, 2)])
  },
)

test('a commit in an old epoch is made again in the new one', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  const consumer = stage.consumer({ commitIntervalMs: 60_000 })
  for await (const record of consumer) {
    if (record.value !== 4) continue
    stage.broker.faults.answer('OffsetCommit', 'STALE_MEMBER_EPOCH', { times: 2 })
    await consumer.commit()
    record.ack()
    break
  }
  expect(await some(stage.consumer(), 1)).toEqual([5])
})

test('what was committed is asked for again in the new epoch, and never begun anew', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  await some(stage.consumer(), 6)
  stage.broker.faults.answer('OffsetFetch', 'STALE_MEMBER_EPOCH', { times: 2 })
  expect(await some(stage.consumer(), 2)).toEqual([5, 6])
})

test('a static member comes back to what it had; one that leaves for good does not', async () => {
  await using stage = await start(4)
  const first = stage.consumer({ instanceId: 'one' })
  const second = stage.consumer({ instanceId: 'two' })
  const has = (): number[] => [first, second].map(({ assignment }) => assignment.length)
  await expect.poll(has, POLL).toEqual([2, 2])
  const had = first.assignment
  await first.close()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(second.assignment).toHaveLength(2)
  const again = stage.consumer({ instanceId: 'one' })
  await expect.poll(() => sortedPlaces(again), POLL).toEqual(had.map(({ partition }) => partition))
  await again.close({ forGood: true })
  await expect.poll(() => second.assignment.length, POLL).toBe(4)
})

function sortedPlaces({ assignment }: Consumer<string, number>): number[] {
  return sorted(assignment.map(({ partition }) => partition))
}

test.each([
  ['UNRELEASED_INSTANCE_ID', { kind: 'fatal' }],
  ['UNSUPPORTED_VERSION', { kind: 'config' }],
  ['GROUP_AUTHORIZATION_FAILED', { kind: 'auth' }],
  ['GROUP_MAX_SIZE_REACHED', { kind: 'config' }],
] as const)('a group that refuses a member says why: %s', async (code, more) => {
  await using stage = await start()
  stage.broker.faults.answer('ConsumerGroupHeartbeat', code)
  const context = { groupId: 'g', api: 'ConsumerGroupHeartbeat' }
  await expect(stage.consumer().next()).rejects.toMatchObject({ code, context, ...more })
})

test('an assignor that the broker does not have is told', async () => {
  await using stage = await start()
  const next = stage.consumer({ assignor: 'fair' }).next()
  await expect(next).rejects.toMatchObject({ code: 'UNSUPPORTED_ASSIGNOR', kind: 'config' })
})

test.each(['classic', 'consumer'] as const)(
  'a pattern finds the topics there are, and those to come: %s',
  async (protocol) => {
    await using stage = await start()
    const { topics } = stage.kafka.admin()
    await topics.create('orders-1', { partitions: 2 })
    await stage.send(upTo(10), 'orders-1')
    await stage.send([-1], 't')
    const contract = topicPattern(/^orders-\d+$/u, { key: utf8(), value: json<number>() })
    const consumer = stage.kafka.consumer('p', [contract], { protocol })
    const seen: number[] = []
    const looping = all(consumer, seen)
    await expect.poll(() => seen.length, POLL).toBe(10)
    await topics.create('orders-2')
    await topics.create('orders-x')
    await stage.send(upTo(20, 10), 'orders-2')
    await expect.poll(() => seen.length, POLL).toBe(20)
    expect(sorted(seen)).toEqual(upTo(20))
    expect(new Set(consumer.assignment.map((one) => one.topic))).toEqual(
      new Set(['orders-1', 'orders-2']),
    )
    await consumer.close()
    await looping
  },
)

test.each(['classic', 'consumer'] as const)(
  'a pattern finds topics that a client has not asked for before: %s',
  async (protocol) => {
    await using stage = await start()
    await using kafka = new Kafka(stage.broker.bootstrap)
    const producer = kafka.producer()
    await producer.send('t', { value: '7' })
    await producer.close()
    const { value } = await kafka.consumer('p', /^t$/u, { protocol }).next()
    expect(Buffer.from(value?.value ?? []).toString()).toBe('7')
  },
)

test('a pattern that the broker cannot read is told', async () => {
  await using stage = await start()
  const consumer = stage.kafka.consumer('g', /a(?=b)/u, { protocol: 'consumer' })
  await expect(consumer.next()).rejects.toMatchObject({ code: 'INVALID_REGULAR_EXPRESSION' })
})

test.each(['classic', 'consumer'] as const)(
  'partitions that are added are read: %s',
  async (protocol) => {
    await using stage = await start(1)
    const consumer = stage.consumer({ protocol })
    await expect.poll(() => consumer.assignment.length, POLL).toBe(1)
    await stage.kafka.admin().topics.grow('t', 3)
    await expect.poll(() => consumer.assignment.length, POLL).toBe(3)
  },
)

test.each([
  [{ protocol: 'new' as 'classic' }, /protocol: new is neither/u],
  [{ assignor: 'range' }, /assignor: only with the protocol consumer/u],
  [{ protocol: 'consumer', sessionTimeoutMs: 9 } as const, /sessionTimeoutMs: with the protocol/u],
])('options that contradict each other are refused: %j', (options, why) => {
  const kafka = new Kafka('127.0.0.1:1')
  expect(() => kafka.consumer('g', 't', options)).toThrow(why)
})
