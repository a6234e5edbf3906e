import { expect, test } from 'vitest'

import {
  type ConsumerOptions,
  type ConsumerRecord,
  json,
  Kafka,
  KafkaError,
  type Serde,
  topic,
  utf8,
} from '../src/index.ts'
import { startBroker } from './stage-broker.ts'

interface Stage extends AsyncDisposable {
  readonly kafka: Kafka
  /** As values; a text that is no JSON cannot be decoded. */
  send(...texts: readonly string[]): Promise<void>
  /** Values until the first that is `last`. */
  consumed(options: ConsumerOptions, last: number): Promise<number[]>
}

const numbers = topic('t', { key: utf8(), value: json<number>() })
const letters = topic('dead', { key: utf8(), value: utf8() })

async function start(): Promise<Stage> {
  const broker = await startBroker({
    topics: [
      { name: 't', partitions: 1 },
      { name: 'dead', partitions: 1 },
    ],
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  const kafka = new Kafka(broker.bootstrap)
  return {
    kafka,
    send: async (...texts) => {
      await using producer = kafka.producer()
      const headers = [
        ['trace', 'one'],
        ['trace', 'two'],
      ] as const
      await producer.sendAll(
        't',
        texts.map((value, at) => ({ key: `k${at}`, value, headers, timestamp: 1000 + at })),
      )
    },
    consumed: async (options, last) => {
      const values: number[] = []
      for await (const record of kafka.consumer('g', numbers, options)) {
        values.push(record.value ?? -1)
        if (record.value !== last) continue
        record.ack()
        break
      }
      return values
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

async function allOf<K, V>(
  records: AsyncIterable<ConsumerRecord<K, V>>,
): Promise<ConsumerRecord<K, V>[]> {
  const all: ConsumerRecord<K, V>[] = []
  for await (const record of records) all.push(record)
  return all
}

test('a record that cannot be decoded throws when it is looked at', async () => {
  await using stage = await start()
  await stage.send('1', 'x', '2')
  const failing = stage.consumed({}, 2)
  await expect(failing).rejects.toThrow('The value of t/0 at offset 1 cannot be decoded')
  await expect(failing).rejects.toMatchObject({ code: 'DECODING_FAILED', kind: 'usage' })
})

test('what is skipped counts as processed, at the end of a batch too', async () => {
  await using stage = await start()
  await stage.send('1', 'x', '2', 'y', 'z')
  const skipping = stage.kafka.consumer('g', numbers, { onDecodeError: 'skip' })
  expect((await skipping.next()).value?.value).toBe(1)
  expect((await skipping.next()).value?.value).toBe(2)
  const waiting = skipping.next()
  await stage.send('3')
  expect((await waiting).value?.offset).toBe(5)
  await skipping.close()
  // 2 was acknowledged by asking for the next one: what follows it need not be decoded again
  expect(await stage.consumed({}, 3)).toEqual([3])
})

test('with manual acks what is skipped does not acknowledge what is before it', async () => {
  await using stage = await start()
  await stage.send('1', 'x', '2')
  const options: ConsumerOptions = { onDecodeError: 'skip', ack: 'manual' }
  const consumer = stage.kafka.consumer('g', numbers, options)
  await consumer.next()
  await consumer.next()
  await consumer.close()
  expect(await stage.consumed(options, 2)).toEqual([1, 2])
})

test('batches and handlers get nothing of what is skipped', async () => {
  await using stage = await start()
  await stage.send('x', '1', 'y', '2', 'z')
  for await (const batch of stage.kafka
    .consumer('a', numbers, { onDecodeError: 'skip' })
    .batches()) {
    expect(batch.records.map(({ value }) => value)).toEqual([1, 2])
    break
  }
  const seen: unknown[] = []
  const consumer = stage.kafka.consumer('b', numbers, { onDecodeError: 'skip' })
  await consumer.run(({ value }) => {
    if (seen.push(value) === 2) void consumer.close()
  })
  expect(seen).toEqual([1, 2])
})

test('a dead letter is the record as it was, and tells where from and why', async () => {
  await using stage = await start()
  await stage.send('1', 'x', '2')
  const policy: ConsumerOptions = { onDecodeError: { deadLetterTopic: 'dead' } }
  expect(await stage.consumed(policy, 2)).toEqual([1, 2])
  const [letter, ...others] = await allOf(stage.kafka.reader(letters, { until: 'end' }))
  expect(others).toEqual([])
  expect(letter).toMatchObject({ key: 'k1', value: 'x', timestamp: 1001 })
  const told = letter?.headers.map(([name, value]) => [name, Buffer.from(value ?? []).toString()])
  expect(told?.slice(0, 6)).toEqual([
    ['trace', 'one'],
    ['trace', 'two'],
    ['__dlq.errors.topic', 't'],
    ['__dlq.errors.partition', '0'],
    ['__dlq.errors.offset', '1'],
    ['__dlq.errors.group', 'g'],
  ])
  expect(letter?.header('__dlq.errors.message')).toContain('offset 1 cannot be decoded')
})

test('a topic for dead letters is made by the first of them, where brokers do that', async () => {
  await using stage = await start()
  await stage.send('x', '1')
  const policy: ConsumerOptions = { onDecodeError: { deadLetterTopic: 'first' } }
  expect(await stage.consumed(policy, 1)).toEqual([1])
  const [letter] = await allOf(stage.kafka.reader('first', { until: 'end' }))
  expect(letter?.header('__dlq.errors.offset')).toBe('0')
})

test('a record whose dead letter cannot be written is not processed', async () => {
  await using stage = await start()
  await stage.send('x', '1')
  const onDecodeError = { deadLetterTopic: 'no name of a topic' }
  const failing = stage.kafka.consumer('g', numbers, { onDecodeError })
  await expect(failing.next()).rejects.toThrow('INVALID_TOPIC')
  await failing.close()
  const again = stage.kafka.consumer('g', 't')
  expect((await again.next()).value?.offset).toBe(0)
})

test('a pipe brings on what can be decoded, and does not stop at the rest', async () => {
  await using stage = await start()
  await stage.send('1', 'x', '2', 'y')
  const stop = new AbortController()
  const piping = stage.kafka.pipe(
    {
      ...{ group: 'g', from: numbers, to: letters, signal: stop.signal },
      consumer: { onDecodeError: 'skip' },
    },
    ({ key, value }, emit) => {
      emit({ key, value: String(value) })
      if (value === 2) stop.abort(new Error('enough'))
    },
  )
  await expect(piping).rejects.toThrow('enough')
  // Kafka shows what was committed a moment later
  const piped = async (): Promise<unknown[]> =>
    (await allOf(stage.kafka.reader(letters, { until: 'end' }))).map(({ value }) => value)
  await expect.poll(piped).toEqual(['1', '2'])
  await stage.send('3')
  expect(await stage.consumed({ onDecodeError: 'skip' }, 3)).toEqual([3])
})

test('a reader skips, too, up to the end', async () => {
  await using stage = await start()
  await stage.send('1', 'x', '2', 'y')
  const options = { until: 'end', onDecodeError: 'skip' } as const
  const records = await allOf(stage.kafka.reader(numbers, options))
  expect(records.map(({ value }) => value)).toEqual([1, 2])
})

/** Text of which each one must be looked up first, by `lookUp`. */
function lookedUp(lookUp: (text: string) => Promise<void>): Serde<string> {
  const known = new Set<string>()
  return {
    ...utf8(),
    prepareDecode(bytes) {
      const text = Buffer.from(bytes).toString()
      return known.has(text) ? undefined : lookUp(text).then(() => void known.add(text))
    },
    decode(bytes) {
      const text = Buffer.from(bytes).toString()
      if (!known.has(text)) throw new Error(`${text} was not looked up`)
      return text
    },
  }
}

test('records are given out when their serde has looked up what it needs', async () => {
  await using stage = await start()
  await stage.send('a', 'b', 'a')
  let failures = 2
  const value = lookedUp(async () => {
    await Promise.resolve()
    if (failures-- <= 0) return
    throw new KafkaError('SLOW', 'not yet', { kind: 'retriable' })
  })
  const records = await allOf(stage.kafka.reader(topic('t', { value }), { until: 'end' }))
  expect(records.map((record) => record.value)).toEqual(['a', 'b', 'a'])
})

test('what cannot be looked up for good ends a consumer, and leaves out no record', async () => {
  await using stage = await start()
  await stage.send('a')
  const value = lookedUp(() => {
    return Promise.reject(new KafkaError('REFUSED', 'not for you', { kind: 'auth' }))
  })
  const consumer = stage.kafka.consumer('g', topic('t', { value }), { onDecodeError: 'skip' })
  await expect(consumer.next()).rejects.toThrow('not for you')
  await consumer.close()
  const again = stage.kafka.consumer('g', topic('t', { value: utf8() }))
  expect((await again.next()).value?.value).toBe('a')
})
