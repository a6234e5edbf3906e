import { AdvanceableClock } from '@pafka/broker'
import { expect, test } from 'vitest'

import { json, Kafka, type ProducerOptions, topic, utf8 } from '../src/index.ts'
import { readAll } from './read-records.ts'
import { refusal } from './refusal.ts'
import { startBroker } from './stage-broker.ts'

async function start(partitions = 1, options: ProducerOptions = {}) {
  const broker = await startBroker({ topics: [{ name: 't', partitions }] })
  const kafka = new Kafka(broker.bootstrap)
  const producer = kafka.producer(options)
  return {
    ...{ broker, kafka, producer },
    async [Symbol.asyncDispose]() {
      producer.abort()
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

test('records that are sent have their offsets, and are what was sent', async () => {
  await using stage = await start()
  const orders = topic('t', { key: utf8(), value: json<{ n: number }>() })
  const sent = await Promise.all(
    [0, 1, 2].map((n) => stage.producer.send(orders, { key: `k${n}`, value: { n } })),
  )
  expect(sent.map(({ offset }) => offset)).toEqual([0, 1, 2])
  expect(sent[0]).toEqual({
    ...{ topic: 't', partition: 0, offset: 0 },
    ...{ logAppendTime: undefined, logStartOffset: 0 },
  })
  const records = await readAll(stage.broker.bootstrap, 't')
  expect(records.map(({ key, value }) => [key, value])).toEqual([
    ['k0', '{"n":0}'],
    ['k1', '{"n":1}'],
    ['k2', '{"n":2}'],
  ])
})

test('a null value is a tombstone, and headers keep their order', async () => {
  await using stage = await start()
  const { producer } = stage
  await producer.send('t', { key: 'gone', value: null, headers: { a: '1', b: [null, 'x'] } })
  await producer.send('t', {
    value: Buffer.from('v'),
    headers: [
      ['b', Buffer.from('2')],
      ['a', ''],
      ['b', null],
    ],
  })
  const [first, second] = await readAll(stage.broker.bootstrap, 't')
  expect(first).toMatchObject({ key: 'gone', value: null })
  expect(first?.headers).toEqual([
    ['a', '1'],
    ['b', null],
    ['b', 'x'],
  ])
  expect(second?.headers).toEqual([
    ['b', '2'],
    ['a', ''],
    ['b', null],
  ])
})

test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
  'thousands of records come through with %s',
  async (compression) => {
    await using stage = await start(3, { compression })
    const values = Array.from({ length: 5000 }, (_, at) => `value ${at} `.repeat(at % 50))
    const report = await stage.producer.sendAll(
      't',
      values.map((value, at) => ({ key: `${at % 7}`, value })),
    )
    expect(report.count).toBe(5000)
    const records = await readAll(stage.broker.bootstrap, 't')
    expect(new Set(records.map(({ value }) => value))).toEqual(new Set(values))
    expect(records).toHaveLength(5000)
  },
)

test.each([true, false])(
  'small batches wait for large ones that are compressed, idempotent: %s',
  async (idempotent) => {
    await using stage = await start(1, { compression: 'gzip', idempotent, acks: 'all' })
    // the broker knows the producer: several requests may be under way
    await stage.producer.send('t', { value: '0' })
    const large = 'a large one '.repeat(75_000)
    const sent: Promise<unknown>[] = []
    for (let at = 1; at <= 40; at++) {
      sent.push(stage.producer.send('t', { value: `${at} ${at % 3 === 0 ? 'small' : large}` }))
      // oxlint-disable-next-line no-await-in-loop -- so that they are in batches of their own
      await new Promise(setImmediate)
    }
    await Promise.all(sent)
    const records = await readAll(stage.broker.bootstrap, 't')
    const numbers = records.map(({ value }) => Number.parseInt(value ?? '', 10))
    expect(numbers).toEqual(Array.from({ length: 41 }, (_, at) => at))
  },
)

test('records of a key meet in the partition that Java gives them', async () => {
  await using stage = await start(100)
  // hashes of Java's `Utils.murmur2`, of which the sign bit does not count
  const hashes = [
    ['', 275_646_681],
    ['mQ==', 1_288_378_381],
    ['GDQ=', 2 ** 31 - 1_042_682_160],
    ['6Y7oHt9/rkC/', 731_806_385],
  ] as const
  for (const [key, hash] of hashes) {
    const record = { key: Buffer.from(key, 'base64'), value: 'v' }
    // oxlint-disable-next-line no-await-in-loop -- one after the other is enough
    expect((await stage.producer.send('t', record)).partition).toBe(hash % 100)
  }
})

test('without a key records go where there is room, many at a time', async () => {
  await using stage = await start(4)
  const { producer } = stage
  const first = await Promise.all(
    Array.from({ length: 100 }, () => producer.send('t', { value: 'x' })),
  )
  expect(new Set(first.map(({ partition }) => partition)).size).toBe(1)
  const seen = new Set<number>()
  for (let left = 60; left > 0; left--) {
    // oxlint-disable-next-line no-await-in-loop -- each is a batch of its own
    seen.add((await producer.send('t', { value: 'x' })).partition)
  }
  expect(seen.size).toBe(4)
})

test('an async iterable is asked for more only while there is room', async () => {
  await using stage = await start(1, { bufferBytes: 1_000_000 })
  const { producer } = stage
  let most = 0
  async function* records() {
    for (let at = 0; at < 400; at++) {
      most = Math.max(most, producer.bufferedBytes)
      await Promise.resolve()
      yield { value: 'x'.repeat(20_000) }
    }
  }
  expect(await producer.sendAll('t', records())).toEqual({ count: 400 })
  expect(most).toBeLessThan(1_100_000)
  expect(producer.bufferedBytes).toBe(0)
})

test('an iterable that throws is waited for, and its error told', async () => {
  await using stage = await start()
  function* records() {
    yield { value: 'first' }
    throw new Error('no more')
  }
  await expect(stage.producer.sendAll('t', records())).rejects.toThrow('no more')
  expect(await readAll(stage.broker.bootstrap, 't')).toHaveLength(1)
})

test('what is enqueued needs no promise: false says to wait, flush that all is there', async () => {
  await using stage = await start(1, { bufferBytes: 1_000_000 })
  const { producer } = stage
  let refused = 0
  for (let at = 0; at < 300; at++) {
    while (!producer.enqueue('t', { value: 'x'.repeat(10_000) })) {
      refused += 1
      // oxlint-disable-next-line no-await-in-loop -- this is the wait
      await producer.ready()
    }
  }
  await producer.flush()
  expect(refused).toBeGreaterThan(1)
  expect(await readAll(stage.broker.bootstrap, 't')).toHaveLength(300)
})

test('of what was enqueued flush tells the first failure, once', async () => {
  await using stage = await start()
  const { producer, broker } = stage
  await producer.send('t', { value: 'first' })
  broker.faults.answer('Produce', 'TOPIC_AUTHORIZATION_FAILED')
  expect(producer.enqueue('t', { value: 'refused' })).toBe(true)
  expect(await refusal(producer.flush())).toMatchObject({
    ...{ code: 'TOPIC_AUTHORIZATION_FAILED', kind: 'auth', outcome: 'not-written' },
    context: { topic: 't', partition: 0 },
  })
  await producer.flush()
  await producer.send('t', { value: 'goes on' })
})

test('a topic that is not there is refused when time is up', async () => {
  await using broker = await startBroker()
  await using kafka = new Kafka({ brokers: broker.bootstrap, timeoutMs: 300 })
  const producer = kafka.producer()
  expect(await refusal(producer.send('nowhere', { value: 'x' }))).toMatchObject({
    ...{ code: 'UNKNOWN_TOPIC_OR_PARTITION', kind: 'retriable', context: { topic: 'nowhere' } },
  })
})

test('a topic that is not there can be created by its first record', async () => {
  await using broker = await startBroker()
  await using kafka = new Kafka(broker.bootstrap)
  const producer = kafka.producer({ createTopics: true })
  await producer.send('new', { value: 'x' })
  expect(await readAll(broker.bootstrap, 'new')).toHaveLength(1)
})

test.each([
  [{ partition: 1 }, 'UNKNOWN_PARTITION'],
  [{ value: undefined as unknown as null }, 'ENCODING_FAILED'],
])('a record that cannot be sent is refused, and the next goes: %j', async (given, code) => {
  await using stage = await start()
  const to = topic('t', { value: json<unknown>() })
  await stage.producer.send(to, { value: 1 })
  const error = await refusal(stage.producer.send(to, { value: 2, ...given }))
  expect(error).toMatchObject({ code, kind: 'usage' })
  expect((await stage.producer.send(to, { value: 3 })).offset).toBe(1)
})

test('who looks something up before it can encode keeps the order', async () => {
  await using stage = await start()
  let isKnown = false
  const looked = {
    prepare: (value: string) => {
      if (isKnown || value !== 'slow') return undefined
      return new Promise<void>((resolve) => {
        setTimeout(() => {
          isKnown = true
          resolve()
        }, 20)
      })
    },
    encode: (value: string, sink: { text(value: string): void }) => sink.text(value),
  }
  const to = { name: 't', key: looked, value: looked }
  const values = ['a', 'slow', 'b', 'c']
  await Promise.all(values.map((value) => stage.producer.send(to, { value })))
  const records = await readAll(stage.broker.bootstrap, 't')
  expect(records.map(({ value }) => value)).toEqual(values)
})

test.each([Number.NaN, Infinity, -5, 1e300, 'garbage'])(
  'a record with a timestamp of %s is refused, and its neighbours keep theirs',
  async (timestamp) => {
    await using stage = await start()
    const [before, wrong, after] = [1000.5, timestamp as number, 3000].map((ms) =>
      stage.producer.send('t', { value: 'x', timestamp: ms }),
    )
    const why = /could not be encoded: its timestamp, /u
    await expect(wrong).rejects.toThrow(why)
    await Promise.all([before, after])
    const read: number[] = []
    await using kafka = new Kafka(stage.broker.bootstrap)
    for await (const record of kafka.reader('t', { until: 'end' })) read.push(record.timestamp)
    expect(read).toEqual([1000, 3000])
  },
)

test('a client that closes sends what is buffered, though another producer fails', async () => {
  await using stage = await start()
  const kafka = new Kafka(stage.broker.bootstrap)
  const [failing, other] = [kafka.producer(), kafka.producer()]
  await failing.send('t', { value: 'a' })
  failing.enqueue('t', { value: Buffer.alloc(3_000_000) })
  const sent = other.send('t', { value: 'b' })
  await expect(kafka.close()).rejects.toThrow('MESSAGE_TOO_LARGE')
  expect((await sent).offset).toBe(1)
})

test('serdes that always have to wait are asked once for each record', async () => {
  await using stage = await start()
  const asked: string[] = []
  const waits = {
    prepare: async (value: string) => void asked.push(value),
    encode: (value: string, sink: { text(value: string): void }) => sink.text(value),
  }
  const to = { name: 't', key: waits, value: waits }
  const { producer } = stage
  await Promise.all(['a', 'b'].map((value) => producer.send(to, { value })))
  await producer.sendAll(to, [{ value: 'c' }, { key: 'k', value: 'd' }])
  while (!producer.enqueue(to, { value: 'e' })) await producer.ready()
  await producer.flush()
  expect(asked).toEqual(['a', 'b', 'c', 'k', 'd', 'e'])
  const records = await readAll(stage.broker.bootstrap, 't')
  expect(records.map(({ value }) => value)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('an endless source that never waits leaves others their turn', async () => {
  await using stage = await start()
  let isOver = false
  setTimeout(() => (isOver = true), 5)
  async function* source(): AsyncGenerator<{ value: string }> {
    while (!isOver) yield { value: 'x' }
  }
  const { count } = await stage.producer.sendAll('t', source())
  expect(await readAll(stage.broker.bootstrap, 't')).toHaveLength(count)
})

test.each(['leader', 'none'] as const)('with acks of %s records come, too', async (acks) => {
  await using stage = await start(1, { acks })
  const sent = await Promise.all([1, 2].map((n) => stage.producer.send('t', { value: `${n}` })))
  expect(sent.map(({ offset }) => offset)).toEqual(acks === 'none' ? [-1, -1] : [0, 1])
  await expect.poll(() => readAll(stage.broker.bootstrap, 't')).toHaveLength(2)
})

test.each([
  [{ acks: 'some' as 'all' }, /acks: some is none of/u],
  [{ acks: 'leader' as const, idempotent: true }, /idempotent: true goes with acks all only/u],
  [{ compression: 'brotli' as 'gzip' }, /compression: there is no brotli/u],
  [{ bufferBytes: 5 }, /bufferBytes: must be/u],
  [{ deliveryTimeoutMs: Number.NaN }, /deliveryTimeoutMs: must be above 0/u],
])('options that cannot be are refused: %j', (options, why) => {
  const kafka = new Kafka('127.0.0.1:1')
  expect(() => kafka.producer(options)).toThrow(why)
})

test('what nobody acknowledges in time is given up, and told whether it may be there', async () => {
  const clock = new AdvanceableClock()
  await using broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka({ brokers: broker.bootstrap, clock })
  const producer = kafka.producer({ deliveryTimeoutMs: 5000 })
  await producer.send('t', { value: 'first' })
  const fault = broker.faults.loseAnswer('Produce', { times: 1000 })
  const lost = refusal(producer.send('t', { value: 'perhaps' }))
  const refused = refusal(producer.send('t', { value: 'never', partition: 0 }))
  while (fault.remaining === 1000) {
    // oxlint-disable-next-line no-await-in-loop -- until it was sent
    await new Promise(setImmediate)
  }
  broker.faults.answer('Produce', 'NOT_ENOUGH_REPLICAS', { times: 1000 })
  const ticking = setInterval(() => clock.advance(500), 2)
  expect(await lost).toMatchObject({ kind: 'retriable', outcome: 'unknown' })
  expect(await refused).toMatchObject({ kind: 'retriable' })
  clearInterval(ticking)
  broker.faults.clear()
  await producer.send('t', { value: 'goes on' })
  producer.abort()
  const records = await readAll(broker.bootstrap, 't')
  expect(records.at(-1)?.value).toBe('goes on')
})

test('closing sends what is buffered; aborting gives it up', async () => {
  await using stage = await start()
  const { kafka, broker } = stage
  const closing = kafka.producer()
  await closing.send('t', { value: '0' })
  const sent = closing.send('t', { value: '1' })
  await closing.close()
  expect((await sent).offset).toBe(1)
  expect(await refusal(closing.send('t', { value: '2' }))).toMatchObject({ code: 'CLOSED' })
  const aborting = kafka.producer()
  await aborting.send('t', { value: '2' })
  broker.faults.delay('Produce', 50)
  const given = refusal(aborting.send('t', { value: '3' }))
  await new Promise(setImmediate)
  aborting.abort()
  expect(await given).toMatchObject({ code: 'CLOSED' })
})

test('a client that is closed makes nothing any more', async () => {
  const kafka = new Kafka('127.0.0.1:1')
  await kafka.close()
  expect(() => kafka.producer()).toThrow('The client is closed')
})
