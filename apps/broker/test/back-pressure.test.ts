import { Produce, ZERO_UUID, encodeRecordBatch } from '@pafka/protocol'
import { Kafka, logLevel } from 'kafkajs'
import { expect, test, vi } from 'vitest'

import { AdvanceableClock, Broker } from '../src/index.ts'
import { WireClient } from '../src/try/wire-client.ts'
import { createTopic, fetchOnce, produceBytes, valuesOf } from './wire.ts'

const TOPIC = 'pressed'

function batchOf(value: string): Uint8Array {
  const record = { timestamp: 0, key: null, value: Buffer.from(value), headers: [] }
  return encodeRecordBatch({ records: [record] })
}

/** @returns a way to say how far storage is behind. */
function pressOn(broker: Broker): (pressure: number) => void {
  const pressure = vi.spyOn(broker.services.storagePressure, 'pressure', 'get')
  return (value) => void pressure.mockReturnValue(value)
}

async function throttleOf(client: WireClient, apiVersion: number): Promise<number> {
  const partitionData = [{ index: 0, records: batchOf('x') }]
  const topicData = [{ name: TOPIC, topicId: ZERO_UUID, partitionData }]
  const request = { transactionalId: null, acks: -1, timeoutMs: 5000, topicData }
  return (await client.send(Produce, apiVersion, request)).throttleTimeMs
}

/** Long enough for an answer that nothing holds back. */
const aWhile = (): Promise<'nothing'> => {
  return new Promise((resolve) => setTimeout(() => resolve('nothing'), 50))
}

test.each([3, 5, 9, 12])(
  'version %d: the answer comes at once with the throttle time, and then nobody reads for so long',
  async (apiVersion) => {
    const clock = new AdvanceableClock()
    await using broker = await Broker.start({ clock })
    using client = await WireClient.connect(broker.bootstrap)
    await createTopic(client, TOPIC)
    expect(await throttleOf(client, apiVersion)).toBe(0)
    const press = pressOn(broker)
    press(0.8)
    expect(await throttleOf(client, apiVersion)).toBe(360)
    press(0)
    const next = throttleOf(client, apiVersion)
    expect(await Promise.race([next, aWhile()])).toBe('nothing')
    clock.advance(360)
    expect(await next).toBe(0)
  },
)

test('with acks=0 no answer says it, and still nobody reads for so long', async () => {
  const clock = new AdvanceableClock()
  await using broker = await Broker.start({ clock })
  using client = await WireClient.connect(broker.bootstrap)
  using other = await WireClient.connect(broker.bootstrap)
  await createTopic(client, TOPIC)
  pressOn(broker)(0.9)
  void produceBytes(client, TOPIC, batchOf('unanswered'), { acks: 0 }).catch(() => {})
  await vi.waitFor(async () => expect(valuesOf(await fetchOnce(other, TOPIC))).toHaveLength(1))
  const next = fetchOnce(client, TOPIC)
  expect(await Promise.race([next, aWhile()])).toBe('nothing')
  clock.advance(640)
  expect(valuesOf(await next)).toHaveLength(1)
})

test('beyond the bound a producer is held and a reader is not; nothing is lost', async () => {
  await using broker = await Broker.start({ topics: [TOPIC] })
  const press = pressOn(broker)
  const producer = new Kafka({
    brokers: [broker.bootstrap],
    logLevel: logLevel.NOTHING,
  }).producer()
  await producer.connect()
  await producer.send({ topic: TOPIC, messages: [{ value: 'before' }] })
  using reader = await WireClient.connect(broker.bootstrap)
  press(1.5)
  const late = producer.send({ topic: TOPIC, messages: [{ value: 'late' }] })
  expect(await Promise.race([late, aWhile()])).toBe('nothing')
  expect(valuesOf(await fetchOnce(reader, TOPIC))).toEqual([[0, 'before']])
  press(0.1)
  expect((await late)[0]?.errorCode).toBe(0)
  expect(valuesOf(await fetchOnce(reader, TOPIC))).toEqual([
    [0, 'before'],
    [1, 'late'],
  ])
  await producer.disconnect()
})
