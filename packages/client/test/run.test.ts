import { expect, test } from 'vitest'

import { Kafka, type Producer, topic, utf8 } from '../src/index.ts'
import { type StageBroker, startBroker } from './stage-broker.ts'

const POLL = { timeout: 20_000, interval: 10 }
const texts = topic('t', { key: utf8(), value: utf8() })

interface Stage extends AsyncDisposable {
  readonly broker: StageBroker
  readonly kafka: Kafka
  /** Batches with these keys, each record's value is its place in the partition. */
  send(partition: number, keys: readonly string[], batches?: number): Promise<void>
}

async function start(partitions: number): Promise<Stage> {
  const broker = await startBroker({
    topics: [{ name: 't', partitions }],
    config: {
      'group.initial.rebalance.delay.ms': 0,
      'group.min.session.timeout.ms': 1000,
      'group.consumer.heartbeat.interval.ms': 50,
      'group.consumer.min.heartbeat.interval.ms': 50,
    },
  })
  const kafka = new Kafka(broker.bootstrap)
  const producer: Producer = kafka.producer()
  return {
    ...{ broker, kafka },
    send: async (partition, keys, batches = 1) => {
      for (let batch = 0; batch < batches; batch++) {
        const records = keys.map((key, at) => {
          return { partition, key, value: `${partition}.${batch * keys.length + at}` }
        })
        // oxlint-disable-next-line no-await-in-loop -- each is a batch of its own
        await producer.sendAll(texts, records)
      }
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

function valuesOf(partition: number, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${partition}.${at}`)
}

test.each(['partition', 'key'] as const)(
  'a record that takes long keeps no other %s waiting',
  async (order) => {
    await using stage = await start(3)
    for (const partition of [0, 1, 2]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is enough
      await stage.send(partition, ['a', 'b', 'c', 'a'], 20)
    }
    const slow = Promise.withResolvers<void>()
    const seen: string[][] = [[], [], []]
    const consumer = stage.kafka.consumer('g', texts)
    const running = consumer.run(
      async ({ partition, key, value }) => {
        if (partition === 0 && (order === 'partition' || key === 'a')) await slow.promise
        seen[partition]?.push(value ?? '')
      },
      { concurrency: 2, order },
    )
    await expect.poll(() => [seen[1]?.length, seen[2]?.length], POLL).toEqual([80, 80])
    if (order === 'partition') {
      expect([seen[1], seen[2]]).toEqual([valuesOf(1, 80), valuesOf(2, 80)])
      // of the one that is behind there is one batch, whatever there is of others
      const lag = stage.kafka.metrics().consumer.lag.find(({ partition }) => partition === 0)
      expect(lag?.records).toBe(76)
    }
    // 16 for each handler wait behind the first
    await expect.poll(() => seen[0]?.length, POLL).toBe(order === 'partition' ? 0 : 32)
    slow.resolve()
    await expect.poll(() => seen[0]?.length, POLL).toBe(80)
    if (order === 'partition') expect(seen[0]).toEqual(valuesOf(0, 80))
    await consumer.close()
    await running
    const offsets = await stage.kafka.admin().offsets.fetch('g')
    expect(offsets.map(({ offset }) => offset)).toEqual([80, 80, 80])
  },
)

test('as many handlers as may run do so, whatever partitions their records are of', async () => {
  await using stage = await start(4)
  for (const partition of [0, 1, 2, 3]) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is enough
    await stage.send(partition, ['a', 'b', 'c', 'd', 'e'], 10)
  }
  const turns: (() => void)[] = []
  const consumer = stage.kafka.consumer('g', texts)
  const running = consumer.run(async () => new Promise<void>((resolve) => turns.push(resolve)), {
    concurrency: 3,
  })
  for (let handled = 0; handled <= 150; handled++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await expect.poll(() => turns.length, POLL).toBe(3)
    turns.shift()?.()
  }
  const closing = consumer.close()
  for (const end of turns) end()
  await closing
  await running
})

test('a run goes on after what a loop had taken', async () => {
  await using stage = await start(1)
  await stage.send(0, ['a', 'b', 'c', 'd'])
  const consumer = stage.kafka.consumer('g', texts)
  const first = await consumer.next()
  first.value?.ack()
  const seen: string[] = []
  await consumer.run(({ value }) => {
    seen.push(value ?? '')
    if (seen.length === 3) void consumer.close()
  })
  expect([first.value?.value, ...seen]).toEqual(valuesOf(0, 4))
})

test.each(['partition', 'key'] as const)(
  'what was taken before a rewind is given again, once: order %s',
  async (order) => {
    await using stage = await start(1)
    await stage.send(0, ['a', 'a', 'b', 'a'], 2)
    const consumer = stage.kafka.consumer('g', texts)
    const slow = Promise.withResolvers<void>()
    const seen: string[] = []
    const running = consumer.run(
      async ({ value }) => {
        seen.push(value ?? '')
        if (seen.length === 1) await slow.promise
      },
      { concurrency: 4, order },
    )
    await expect.poll(() => seen.length, POLL).toBe(order === 'partition' ? 1 : 3)
    consumer.rewind()
    slow.resolve()
    const again = order === 'partition' ? 9 : 11
    await expect.poll(() => seen.length, POLL).toBe(again)
    expect(seen.slice(-8).toSorted()).toEqual(valuesOf(0, 8))
    await consumer.close()
    await running
    expect(seen).toHaveLength(again)
  },
)

test.each([
  { protocol: 'classic', order: 'partition' },
  { protocol: 'classic', order: 'key' },
  { protocol: 'consumer', order: 'key' },
] as const)(
  'a partition goes to another member when what is handled of it has ended: $protocol, $order',
  async ({ protocol, order }) => {
    await using stage = await start(2)
    for (const partition of [0, 1]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is enough
      await stage.send(partition, ['a', 'a', 'b', 'a', 'b', 'a'], 4)
    }
    const member =
      protocol === 'classic'
        ? { protocol, sessionTimeoutMs: 1500, rebalanceTimeoutMs: 120_000 }
        : { protocol, rebalanceTimeoutMs: 120_000 }
    const signals: AbortSignal[] = []
    const begun: string[] = []
    const ended: string[] = []
    const slow = Promise.withResolvers<void>()
    const one = stage.kafka.consumer('g', texts, member)
    const runningOne = one.run(
      async ({ value, key, signal }) => {
        signals.push(signal)
        begun.push(value ?? '')
        // those of the other key are handled while records before them wait
        if (key === 'a') await slow.promise
        ended.push(value ?? '')
      },
      { concurrency: 4, order },
    )
    await expect.poll(() => begun.length, POLL).toBe(order === 'key' ? 18 : 2)
    const others: string[] = []
    const other = new Kafka(stage.broker.bootstrap)
    const two = other.consumer('g', texts, member)
    const runningTwo = two.run(({ value }) => void others.push(value ?? ''))
    await expect.poll(() => signals.some(({ aborted }) => aborted), POLL).toBe(true)
    expect(others).toEqual([])
    slow.resolve()
    // much less than half of the time for a rebalance
    await expect.poll(() => others.length, POLL).toBeGreaterThan(0)
    const [gone] = two.assignment
    const stays = one.assignment.map(({ partition }) => partition)
    expect(stays).toEqual([1 - (gone?.partition ?? -1)])
    await expect.poll(() => others.at(-1), POLL).toBe(`${gone?.partition}.23`)
    // of the first key one was handled, and what was handled behind it is given again
    expect(others).toEqual(valuesOf(gone?.partition ?? -1, 24).slice(1))
    await Promise.all([one.close(), other.close()])
    await Promise.all([runningOne, runningTwo])
    expect(ended).toHaveLength(begun.length)
  },
)
