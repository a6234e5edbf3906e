import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { beforeAll, expect, test } from 'vitest'

import { type ConsumerRecord, Kafka, KafkaError, type ProducerRecord } from '../src/index.ts'
import { contextOf, linksOf, openTelemetry } from '../src/opentelemetry/index.ts'
import { refusal } from './refusal.ts'
import { beginEarliest } from './share-stage.ts'
import { idOf, parentOf, registerOpenTelemetry, startTraced, within } from './traced-stage.ts'

beforeAll(registerOpenTelemetry)

const OWN = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
const OWN_ID = `${'a'.repeat(32)} ${'b'.repeat(16)}`

type Bytes = ConsumerRecord<Uint8Array, Uint8Array>

/** All of a topic. */
async function read(kafka: Kafka, topic: string): Promise<Bytes[]> {
  const records: Bytes[] = []
  for await (const record of kafka.reader(topic, { until: 'end' })) records.push(record)
  return records
}

function names({ headers }: Bytes): string[] {
  return headers.map(([name]) => name)
}

/** Hands as many records to `handler`, and ends. */
async function handle(
  kafka: Kafka,
  handler: (record: Bytes) => unknown,
  count = 1,
): Promise<unknown> {
  const consumer = kafka.consumer('billing', 'in')
  let left = count
  return consumer.run((record) => {
    left -= 1
    if (left === 0) void consumer.close()
    return handler(record)
  })
}

test('who handles a record goes on with the trace of who sent it', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  await within('order', () => kafka.producer().send('in', { key: 'ann', value: 'tea' }))
  let seen: string | undefined
  await handle(kafka, async () => {
    await new Promise(setImmediate)
    seen = trace.getActiveSpan()?.spanContext().spanId
  })
  const [order, send, process] = ['order', 'send in', 'process in'].map((name) => stage.span(name))
  if (order === undefined || send === undefined || process === undefined) throw new Error('none')
  expect(parentOf(send)).toBe(idOf(order))
  expect(parentOf(process)).toBe(idOf(send))
  expect(process.parentSpanContext?.isRemote).toBe(true)
  expect(process.links.map((link) => link.context.spanId)).toEqual([send.spanContext().spanId])
  expect(seen).toBe(process.spanContext().spanId)
  const common = {
    ...{ 'messaging.system': 'kafka', 'messaging.destination.name': 'in' },
    ...{ 'messaging.client.id': 'shop', 'messaging.kafka.message.key': 'ann' },
    ...{ 'messaging.destination.partition.id': '0', 'messaging.kafka.offset': 0 },
  }
  expect(send.kind).toBe(SpanKind.PRODUCER)
  expect(send.attributes).toEqual({
    ...{ ...common, 'messaging.operation.name': 'send', 'messaging.operation.type': 'send' },
  })
  expect(process.kind).toBe(SpanKind.CONSUMER)
  expect(process.attributes).toEqual({
    ...{ ...common, 'messaging.consumer.group.name': 'billing' },
    ...{ 'messaging.operation.name': 'process', 'messaging.operation.type': 'process' },
  })
  expect(send.instrumentationScope).toMatchObject({ name: '@pafka/client' })
})

test('a record that waits for its topic is part of what its sender does', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  const producer = kafka.producer()
  // the topic is not known when these are sent, and nobody waits for them within their spans
  const sent: Promise<unknown>[] = []
  for (const name of ['one', 'two']) {
    // oxlint-disable-next-line no-await-in-loop -- one ends before the other begins
    await within(name, async () => void sent.push(producer.send('in', { value: name })))
  }
  await Promise.all(sent)
  const carried = (await read(kafka, 'in')).map((record) => linksOf([record])[0]?.context)
  expect(carried.map((one) => one?.traceId)).toEqual(
    ['one', 'two'].map((name) => stage.span(name).spanContext().traceId),
  )
  const spans = stage.spans('send in')
  expect(carried.map((one) => one?.spanId)).toEqual(spans.map((one) => one.spanContext().spanId))
})

const MANY: readonly ProducerRecord<string, string>[] = [{ value: 'a' }, { value: 'b' }]

test.each([
  ['a list', () => MANY],
  [
    'an async iterable',
    async function* () {
      yield* MANY
    },
  ],
])('all records of a sendAll of %s are of one span', async (_, records) => {
  await using stage = await startTraced()
  const { kafka } = stage
  await within('order', () => kafka.producer().sendAll('in', records()))
  const send = stage.span('send in')
  expect(parentOf(send)).toBe(idOf(stage.span('order')))
  expect(send.attributes['messaging.batch.message_count']).toBe(2)
  const batches: string[][] = []
  for await (const batch of kafka.consumer('billing', 'in').batches()) {
    batches.push(linksOf(batch).map((link) => link.context.spanId))
    break
  }
  expect(batches).toEqual([[send.spanContext().spanId]])
})

test('a record that is enqueued carries what it is part of, without its own span', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  const producer = kafka.producer()
  await within('order', async () => {
    while (!producer.enqueue('in', { value: 'tea' })) {
      // oxlint-disable-next-line no-await-in-loop -- the topic is not known yet
      await producer.ready()
    }
  })
  await producer.flush()
  expect(stage.spans('send in')).toEqual([])
  await handle(kafka, () => {})
  expect(parentOf(stage.span('process in'))).toBe(idOf(stage.span('order')))
})

test('baggage comes along', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  const baggage = propagation.createBaggage({ tenant: { value: 'ann & co' } })
  await context.with(propagation.setBaggage(context.active(), baggage), () =>
    kafka.producer().send('in', { value: 'tea' }),
  )
  let seen: string | undefined
  await handle(kafka, () => {
    seen = propagation.getActiveBaggage()?.getEntry('tenant')?.value
  })
  expect(seen).toBe('ann & co')
})

test.each([
  ['by name', { a: ['1', '2'], b: null }],
  [
    'as pairs',
    [
      ['a', '1'],
      ['a', '2'],
      ['b', null],
    ],
  ],
  [
    'as pairs that can be read once',
    (function* () {
      yield* [
        ['a', '1'],
        ['a', '2'],
        ['b', null],
      ]
    })(),
  ],
] as [string, NonNullable<ProducerRecord<string, string>['headers']>][])(
  'headers that are given %s come first',
  async (_, headers) => {
    await using stage = await startTraced()
    const { kafka } = stage
    await kafka.producer().send('in', { value: 'tea', headers })
    const [record] = await read(kafka, 'in')
    if (record === undefined) throw new Error('it is not there')
    expect(names(record)).toEqual(['a', 'a', 'b', 'traceparent'])
    expect(record.headers.map(([, value]) => value && String(value)).slice(0, 3)).toEqual([
      ...['1', '2', null],
    ])
  },
)

test('a record that is part of something else already stays so', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  const producer = kafka.producer()
  await within('order', async () => {
    await producer.send('in', { value: 'tea', headers: { traceparent: OWN } })
    await producer.sendAll('in', [{ value: 'tea', headers: [['traceparent', OWN]] }])
  })
  const [one, two] = await read(kafka, 'in')
  if (one === undefined || two === undefined) throw new Error('they are not there')
  expect([names(one), names(two)]).toEqual([['traceparent'], ['traceparent']])
  expect(one.header('traceparent')).toBe(OWN)
  const [send] = stage.spans('send in')
  expect(send?.links.map(({ context: of }) => `${of.traceId} ${of.spanId}`)).toEqual([OWN_ID])
  await handle(kafka, () => {}, 2)
  expect(stage.spans('process in').map(parentOf)).toEqual([OWN_ID, OWN_ID])
})

test('a record that was read can be sent as it is', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  const producer = kafka.producer()
  await new Kafka(stage.broker.bootstrap).producer().send('in', {
    ...{ key: 'ann', value: 'tea', timestamp: 5, headers: { a: '1' } },
  })
  const [record] = await read(kafka, 'in')
  if (record === undefined) throw new Error('it is not there')
  await producer.send('out', record as ProducerRecord<Uint8Array, Uint8Array>)
  const [copy] = await read(kafka, 'out')
  expect(String(copy?.keyBytes)).toBe('ann')
  expect(String(copy?.valueBytes)).toBe('tea')
  expect(copy?.timestamp).toBe(5)
  expect(copy && names(copy)).toEqual(['a', 'traceparent'])
})

test('handlers that throw, and records that cannot be sent, are errors of spans', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  const producer = kafka.producer()
  const gone = await refusal(producer.send('in', { value: 'tea', partition: 7 }))
  expect(gone).toBeInstanceOf(KafkaError)
  expect(stage.span('send in')).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: gone.message },
    attributes: { 'error.type': gone.code },
  })
  await producer.send('in', { value: null })
  const failed = handle(kafka, () => {
    throw new RangeError('not that one')
  })
  await expect(failed).rejects.toThrow('not that one')
  expect(stage.span('process in')).toMatchObject({
    status: { code: SpanStatusCode.ERROR, message: 'not that one' },
    attributes: { 'error.type': 'RangeError', 'messaging.kafka.message.tombstone': true },
    events: [{ name: 'exception' }],
  })
})

test('a span lasts as long as its handler, and is told what becomes of it', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  await kafka.producer().send('in', { value: 'tea' })
  const ended: number[] = []
  const failed = handle(kafka, async () => {
    await new Promise(setImmediate)
    ended.push(stage.spans('process in').length)
    throw new RangeError('not that one')
  })
  await expect(failed).rejects.toThrow('not that one')
  expect(ended).toEqual([0])
  expect(stage.span('process in').status.code).toBe(SpanStatusCode.ERROR)
})

test('what cannot be read fails the sending, and the transaction, as without tracing', async () => {
  await using stage = await startTraced()
  const producer = stage.kafka.producer()
  const headers = (function* (): Generator<[string, string]> {
    yield ['a', '1']
    throw new Error('no more')
  })()
  const { code } = await refusal(producer.send('in', { value: 'tea', headers }))
  expect(code).toBe('ENCODING_FAILED')
  const value = {
    get value(): string {
      throw new Error('none')
    },
  }
  await expect(producer.send('in', value)).rejects.toThrow('none')
  const failed = producer.transaction((transaction) => {
    void transaction.send('in', value)
  })
  await expect(failed).rejects.toThrow('none')
})

test('what is sent in a transaction is part of what it was read for', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  const producer = kafka.producer()
  await producer.send('in', { value: 'tea' })
  await handle(kafka, async (record) => {
    await producer.transaction(async (transaction) => {
      void transaction.send('out', { value: record.value })
      transaction.ack(record)
    })
  })
  expect(parentOf(stage.span('send out'))).toBe(idOf(stage.span('process in')))
})

test.each([true, false])('a pipe brings traces on, exactly once: %s', async (exactlyOnce) => {
  await using stage = await startTraced()
  const { kafka } = stage
  await kafka.producer().send('in', { value: 'tea' })
  const stop = new AbortController()
  const options = { group: 'enrich', from: 'in', to: 'out', exactlyOnce, signal: stop.signal }
  const piping = within('program', () =>
    kafka.pipe(options, async ({ value }, emit) => {
      await new Promise(setImmediate)
      emit({ value })
      emit({ value, headers: { a: '1' } })
      stop.abort()
    }),
  )
  await expect(piping).rejects.toThrow('aborted')
  const process = stage.span('process in')
  expect(parentOf(process)).toBe(idOf(stage.span('send in')))
  expect(process.attributes['messaging.consumer.group.name']).toBe('enrich')
  const copies = async (): Promise<Bytes[]> => read(kafka, 'out')
  await expect
    .poll(async () => (await copies()).map(names))
    .toEqual([['traceparent'], ['a', 'traceparent']])
  const links = linksOf(await copies()).map((link) => link.context.spanId)
  expect(links).toEqual([process.spanContext().spanId])
})

test('a job of a share group is part of the trace of who sent it', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  await beginEarliest(stage.broker.bootstrap, 'workers')
  await kafka.producer().send('in', { value: 'tea' })
  const consumer = kafka.shareConsumer('workers', 'in')
  let seen: string | undefined
  await consumer.run((job) => {
    seen = trace.getSpanContext(contextOf(job))?.spanId
    void consumer.close()
  })
  const send = stage.span('send in')
  expect(parentOf(stage.span('process in'))).toBe(idOf(send))
  expect(seen).toBe(send.spanContext().spanId)
})

test('a loop goes on with a trace by hand', async () => {
  await using stage = await startTraced()
  const { kafka } = stage
  await kafka.producer().send('in', { value: 'tea' })
  for await (const record of kafka.consumer('billing', 'in')) {
    await context.with(contextOf(record), () => kafka.producer().send('out', { value: 'tea' }))
    break
  }
  expect(parentOf(stage.span('send out'))).toBe(idOf(stage.span('send in')))
})

test('a record without a trace begins one, wherever it is handled', async () => {
  await using stage = await startTraced()
  const untraced = new Kafka(stage.broker.bootstrap)
  await untraced.producer().send('in', { value: 'tea' })
  await untraced.close()
  await within('program', () => handle(stage.kafka, () => {}))
  const process = stage.span('process in')
  expect(parentOf(process)).toBeUndefined()
  const [program] = process.links
  expect(program?.context.spanId).toBe(stage.span('program').spanContext().spanId)
})

test('a program without tracing sends no headers, and makes no spans', async () => {
  await using stage = await startTraced()
  await using kafka = new Kafka(stage.broker.bootstrap)
  await within('order', () => kafka.producer().send('in', { value: 'tea' }))
  const [record] = await read(kafka, 'in')
  expect(record?.headers).toEqual([])
  let active: unknown = 'none'
  await handle(kafka, () => {
    active = trace.getActiveSpan()
  })
  expect(active).toBeUndefined()
  expect([...stage.spans('send in'), ...stage.spans('process in')]).toEqual([])
})

test('a tracer and a propagator of one’s own are used', async () => {
  const used: string[] = []
  const tracer = trace.getTracer('mine')
  const propagator = {
    fields: () => ['mine'],
    inject: (_: unknown, headers: unknown, setter: { set(...args: unknown[]): void }) => {
      setter.set(headers, 'mine', 'yes')
    },
    extract: <T>(from: T, headers: unknown, getter: { get(...args: unknown[]): unknown }): T => {
      used.push(String(getter.get(headers, 'mine')))
      return from
    },
  }
  await using stage = await startTraced({ tracing: openTelemetry({ tracer, propagator }) })
  await stage.kafka.producer().send('in', { value: 'tea' })
  await handle(stage.kafka, (record) => void contextOf(record, propagator))
  expect(used).toEqual(['yes', 'yes'])
  expect(stage.span('send in').instrumentationScope.name).toBe('mine')
})
