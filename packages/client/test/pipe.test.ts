import { silentLogger } from '@pafka/base'
import { expect, test } from 'vitest'

import { json, Kafka, topic, utf8 } from '../src/index.ts'
import { committedValues } from './committed-values.ts'
import { refusal } from './refusal.ts'
import { startBroker } from './stage-broker.ts'

interface Order {
  readonly n: number
}

const orders = topic('orders', { key: utf8(), value: json<Order>() })
const doubled = topic('doubled', { key: utf8(), value: json<Order>() })
const odd = topic('odd', { value: utf8() })

async function start(count: number) {
  const broker = await startBroker({
    topics: ['orders', 'doubled', 'odd'].map((name) => ({ name, partitions: 3 })),
    config: {
      'group.initial.rebalance.delay.ms': 0,
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
    },
  })
  const kafka = new Kafka(broker.bootstrap)
  const stop = new AbortController()
  await kafka.producer().sendAll(
    orders,
    Array.from({ length: count }, (_, n) => ({ key: `k${n % 5}`, value: { n } })),
  )
  return {
    ...{ broker, kafka, stop },
    async numbersIn(name: string): Promise<number[]> {
      const values = (await committedValues(kafka, name)).flat()
      return values.map((value) => (JSON.parse(value) as Order).n).toSorted((a, b) => a - b)
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

const UPTO = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

test.each([true, false])(
  'each record becomes what it is to become: exactly once %s',
  async (once) => {
    await using stage = await start(500)
    const { kafka, stop } = stage
    const options = { group: 'g', from: orders, to: doubled, exactlyOnce: once }
    let left = 500
    const piping = kafka.pipe({ ...options, signal: stop.signal }, async ({ key, value }, emit) => {
      if (value === null) return
      if (value.n % 2 === 1) await Promise.resolve()
      emit({ key, value: { n: value.n * 2 } })
      if (value.n % 2 === 1) emit(odd, { value: `${value.n}` })
      left -= 1
      if (left === 0) stop.abort()
    })
    expect(await refusal(piping)).toMatchObject({ name: 'AbortError' })
    expect(await stage.numbersIn('doubled')).toEqual(UPTO(500).map((n) => n * 2))
    expect((await committedValues(kafka, 'odd')).flat()).toHaveLength(250)
    // the group goes on behind all of them
    await kafka.producer().send(orders, { key: 'new', value: { n: 500 } })
    for await (const { value } of kafka.consumer('g', orders)) {
      expect(value?.n).toBe(500)
      break
    }
  },
)

test('what a transform throws ends the pipe, and nothing of its transaction is left', async () => {
  await using stage = await start(50)
  const { kafka } = stage
  const from = { group: 'g', from: orders, to: doubled }
  const piping = kafka.pipe(from, ({ value }, emit) => {
    if (value?.n === 30) throw new Error('30 is too much')
    emit({ key: null, value })
  })
  expect(await refusal(piping)).toMatchObject({ message: '30 is too much' })
  expect((await stage.numbersIn('doubled')).includes(30)).toBe(false)
  const again = kafka.pipe(from, ({ value }, emit) => emit({ key: null, value }))
  await expect.poll(async () => stage.numbersIn('doubled')).toEqual(UPTO(50))
  await kafka.close()
  await again
})

test('a pipe outlives a time in which no transaction can be begun', async () => {
  await using stage = await start(20)
  const { broker } = stage
  const aborts: unknown[] = []
  const logger = { ...silentLogger, warn: (event: string) => void aborts.push(event) }
  await using kafka = new Kafka({ brokers: [broker.bootstrap], timeoutMs: 200, logger })
  // it is not known whether the first one ended, nor can it be asked for
  broker.faults.answer('EndTxn', 'COORDINATOR_NOT_AVAILABLE', { times: 10_000 })
  const piping = kafka.pipe({ group: 'g', from: orders, to: doubled }, ({ value }, emit) =>
    emit({ key: null, value }),
  )
  const ended = refusal(piping)
  await expect.poll(() => aborts.length, { timeout: 20_000 }).toBeGreaterThan(2)
  broker.faults.clear()
  await expect.poll(async () => stage.numbersIn('doubled'), { timeout: 20_000 }).toEqual(UPTO(20))
  await kafka.close()
  expect(await ended).toEqual({ code: 'none' })
})

test('names alone are of bytes', async () => {
  await using stage = await start(20)
  const { kafka } = stage
  const piping = kafka.pipe({ group: 'g', from: 'orders', to: 'doubled' }, ({ value }, emit) =>
    emit({ value }),
  )
  await expect.poll(async () => stage.numbersIn('doubled')).toEqual(UPTO(20))
  await kafka.close()
  await piping
})

test('a batch that is too long for one transaction is brought on in several', async () => {
  await using stage = await start(0)
  const { kafka, stop } = stage
  const numbers = UPTO(60).map((n) => ({ partition: 0, value: { n } }))
  await kafka.producer().sendAll(orders, numbers)
  const seen: number[] = []
  const piping = kafka.pipe(
    {
      ...{ group: 'g', from: orders, to: doubled, signal: stop.signal, commitIntervalMs: 20 },
      producer: { transactionTimeoutMs: 300 },
    },
    async ({ value }, emit) => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      emit({ partition: 0, value })
      if (seen.push(value?.n ?? -1) === 60) stop.abort()
    },
  )
  expect(await refusal(piping)).toMatchObject({ name: 'AbortError' })
  expect(seen).toEqual(UPTO(60))
  expect(await stage.numbersIn('doubled')).toEqual(UPTO(60))
  // the end of each transaction has an offset of its own
  const [end] = (await kafka.admin().partitions.offsets('doubled', 'latest')).done
  expect(end?.offset).toBeGreaterThan(65)
})

test.each([true, false])(
  'what a pipe has not begun goes to another member at once: exactly once %s',
  async (exactlyOnce) => {
    await using stage = await start(0)
    const { broker, kafka, stop } = stage
    for (const name of ['idle', 'busy']) await kafka.admin().topics.create(name, { partitions: 1 })
    await kafka.producer().sendAll(
      'busy',
      UPTO(1000).map((n) => ({ value: `{"n":${n}}` })),
    )
    // half of the time for a rebalance, for which it would wait, is longer than the test may take
    const member = { sessionTimeoutMs: 6000, rebalanceTimeoutMs: 600_000 }
    const begun = Promise.withResolvers<void>()
    const piping = kafka.pipe(
      {
        ...{ group: 'g', from: ['idle', 'busy'], to: 'doubled', signal: stop.signal, exactlyOnce },
        ...{ commitIntervalMs: 20, consumer: member },
      },
      async ({ value }, emit) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        emit({ value })
        begun.resolve()
      },
    )
    const ended = refusal(piping)
    await begun.promise
    await using other = new Kafka(broker.bootstrap)
    // the only one of the two topics that it takes
    const { value: next } = await other.consumer('g', 'busy', member).next()
    await expect.poll(async () => stage.numbersIn('doubled')).toEqual(UPTO(next?.offset ?? -1))
    stop.abort()
    expect(await ended).toMatchObject({ name: 'AbortError' })
  },
)

test('a transform that is too slow for a transaction with others has one of its own', async () => {
  await using stage = await start(0)
  const { kafka, stop } = stage
  const numbers = UPTO(4).map((n) => ({ partition: 0, value: { n } }))
  await kafka.producer().sendAll(orders, numbers)
  let left = 20
  const piping = kafka.pipe(
    {
      ...{ group: 'g', from: orders, to: doubled, signal: stop.signal },
      producer: { transactionTimeoutMs: 100 },
    },
    async ({ value }, emit) => {
      emit({ partition: 0, value })
      if (value?.n === 1) await new Promise((resolve) => setTimeout(resolve, 400))
      if (value?.n === 3 || --left === 0) stop.abort()
    },
  )
  expect(await refusal(piping)).toMatchObject({ name: 'AbortError' })
  expect(await stage.numbersIn('doubled')).toEqual(UPTO(4))
})
