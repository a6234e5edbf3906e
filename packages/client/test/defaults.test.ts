import { setImmediate as othersTurn } from 'node:timers/promises'

import { AdvanceableClock } from '@pafka/broker'
import { OffsetCommit } from '@pafka/protocol'
import { expect, test, vi } from 'vitest'

import { Kafka, type Sink } from '../src/index.ts'
import { RecordingProxy } from './recording-proxy.ts'
import { refusal } from './refusal.ts'
import { startBroker } from './stage-broker.ts'

const SOON = { timeout: 10_000, interval: 10 }

async function start() {
  const clock = new AdvanceableClock()
  const broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
  const proxy = new RecordingProxy(broker.bootstrap)
  const kafka = new Kafka({ brokers: await proxy.open(), clock })
  return {
    ...{ clock, proxy, kafka },
    async [Symbol.asyncDispose]() {
      await kafka.close({ timeoutMs: 0 })
      await proxy[Symbol.asyncDispose]()
      await broker[Symbol.asyncDispose]()
    },
  }
}

test('what was processed is committed every five seconds', async () => {
  await using stage = await start()
  const { clock, kafka, proxy } = stage
  await kafka.producer().sendAll('t', [{ value: 'a' }, { value: 'b' }])
  const consumer = kafka.consumer('g', 't')
  await consumer.next()
  await consumer.next()
  clock.advance(3000)
  await othersTurn()
  expect(proxy.requests(OffsetCommit)).toEqual([])
  clock.advance(2000)
  await vi.waitFor(() => expect(proxy.requests(OffsetCommit)).toHaveLength(1), SOON)
  const [committed] = proxy.requests(OffsetCommit)
  expect(committed?.topics[0]?.partitions[0]?.committedOffset).toBe(1)
})

test('records are given up after two minutes', async () => {
  await using stage = await start()
  const { clock, kafka } = stage
  const never = {
    prepare: () => new Promise<never>(() => {}),
    encode: (value: string, sink: Sink) => sink.text(value),
  }
  const producer = kafka.producer()
  await producer.send('t', { value: 'first' })
  let isOver = false
  const told = refusal(producer.send({ name: 't', key: never, value: never }, { value: 'x' }))
  void told.then(() => (isOver = true))
  clock.advance(110_000)
  await othersTurn()
  expect(isOver).toBe(false)
  clock.advance(10_000)
  expect(await told).toMatchObject({ code: 'DELIVERY_TIMED_OUT', outcome: 'not-written' })
})
