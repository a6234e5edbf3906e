import { expect, test } from 'vitest'

import { type Consumer, type ConsumerOptions, Kafka, topic, utf8 } from '../src/index.ts'
import { startBroker } from './stage-broker.ts'

const texts = topic('t', { value: utf8() })
const VALUES = Array.from({ length: 10 }, (_, at) => `v${at}`)
/** Of a group that was at the end of a log that is not there any more. */
const BEYOND = 1000

type TextConsumer = Consumer<Uint8Array, string>

async function start() {
  const broker = await startBroker({
    topics: ['t', 'to'].map((name) => ({ name, partitions: 1 })),
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  const kafka = new Kafka(broker.bootstrap)
  const { offsets, topics } = kafka.admin()
  return {
    ...{ broker, kafka },
    send: async (values: readonly string[]) => {
      await kafka.producer().sendAll(
        texts,
        values.map((value) => ({ value })),
      )
    },
    goTo: async (offset: number) => offsets.alter('g', [{ topic: 't', partition: 0, offset }]),
    committed: async () => (await offsets.fetch('g')).map(({ offset }) => offset),
    recreate: async () => {
      await topics.delete('t')
      await topics.create('t', { partitions: 1 })
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

interface Way {
  readonly options?: ConsumerOptions
  /** Reads until the consumer is closed. */
  readonly read: (consumer: TextConsumer, seen: (string | null)[]) => Promise<unknown>
}

async function readEach(consumer: TextConsumer, seen: (string | null)[]): Promise<void> {
  for await (const { value } of consumer) seen.push(value)
}

async function readByHand(consumer: TextConsumer, seen: (string | null)[]): Promise<void> {
  for await (const record of consumer) {
    seen.push(record.value)
    record.ack()
  }
}

async function readBatches(consumer: TextConsumer, seen: (string | null)[]): Promise<void> {
  for await (const batch of consumer.batches()) {
    for (const { value } of batch) seen.push(value)
  }
}

async function readPartitions(consumer: TextConsumer, seen: (string | null)[]): Promise<void> {
  for await (const records of consumer.partitions()) {
    void (async () => {
      for await (const { value } of records) seen.push(value)
    })()
  }
}

const WAYS: Record<string, Way> = {
  'a loop': { read: readEach },
  batches: { read: readBatches },
  partitions: { read: readPartitions },
  run: { read: async (consumer, seen) => consumer.run(({ value }) => void seen.push(value)) },
  'run by key': {
    read: async (consumer, seen) => {
      await consumer.run(({ value }) => void seen.push(value), { concurrency: 4, order: 'key' })
    },
  },
  'by hand': { options: { ack: 'manual' }, read: readByHand },
  'a prepared loop': { options: { onDecodeError: 'skip' }, read: readEach },
  'the protocol consumer': { options: { protocol: 'consumer' }, read: readEach },
}

test.each(Object.entries(WAYS))(
  'a group that was beyond the end begins anew, and its progress, too: %s',
  async (_name, { options = {}, read }) => {
    await using stage = await start()
    await stage.send(VALUES)
    await stage.goTo(BEYOND)
    const consumer = stage.kafka.consumer('g', texts, options)
    const seen: (string | null)[] = []
    const reading = read(consumer, seen)
    await expect.poll(() => seen.length, { timeout: 15_000 }).toBe(VALUES.length)
    await expect
      .poll(async () => {
        await consumer.commit()
        return stage.committed()
      })
      .toEqual([VALUES.length])
    await consumer.close()
    await reading
    expect(seen).toEqual(VALUES)
    expect(await stage.committed()).toEqual([VALUES.length])
  },
)

test.each([true, false])(
  'a pipe of a group that was beyond the end: exactlyOnce is %s',
  async (exactlyOnce) => {
    await using stage = await start()
    await stage.send(VALUES)
    await stage.goTo(BEYOND)
    await using kafka = new Kafka(stage.broker.bootstrap)
    const piping = kafka.pipe(
      { group: 'g', from: texts, to: topic('to', { value: utf8() }), exactlyOnce },
      ({ value }, emit) => emit({ value }),
    )
    const written = stage.kafka.reader(topic('to', { value: utf8() }))
    for (const value of VALUES) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await written.next()).toMatchObject({ value: { value } })
    }
    await kafka.close()
    await piping
    expect(await stage.committed()).toEqual([VALUES.length])
  },
)

test.each(['classic', 'consumer'] as const)(
  'records of a topic that was deleted do not move the group in the one made anew: %s',
  async (protocol) => {
    await using stage = await start()
    await stage.send(VALUES)
    const consumer = stage.kafka.consumer('g', texts, { ack: 'manual', protocol })
    const old = []
    for (const offset of VALUES.keys()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { value: record } = await consumer.next()
      expect(record?.offset).toBe(offset)
      old.push(record)
    }
    old[0]?.ack()
    await consumer.commit()
    expect(await stage.committed()).toEqual([1])
    await stage.recreate()
    await stage.send(['new 0', 'new 1', 'new 2'])
    const first = (await consumer.next()).value
    expect([first?.offset, first?.value]).toEqual([0, 'new 0'])
    const second = (await consumer.next()).value
    for (const record of old) record?.ack()
    first?.ack()
    await consumer.commit()
    expect(await stage.committed()).toEqual([1])
    second?.ack()
    await consumer.close()
    expect(await stage.committed()).toEqual([2])
  },
)

test('a group goes on where it began anew, though there was nothing to read yet', async () => {
  await using stage = await start()
  await stage.goTo(BEYOND)
  const consumer = stage.kafka.consumer('g', texts)
  const next = consumer.next()
  await expect
    .poll(async () => {
      await consumer.commit()
      return stage.committed()
    })
    .toEqual([0])
  await consumer.close()
  expect(await next).toEqual({ done: true, value: undefined })
})
