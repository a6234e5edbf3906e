import { AdvanceableClock, KIB, MIB } from '@pafka/base'
import {
  encodeRecordBatch,
  ErrorCode,
  Fetch,
  type FetchResponse,
  joinRecordBytes,
  readBatches,
  ZERO_UUID,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { produceBytes } from '../../test/wire.ts'
import { Broker } from '../broker.ts'
import { WireClient } from '../try/wire-client.ts'

const TOPIC = 'long'
const BATCHES = 40
const PARTITIONS = [0, 1]

/** A consumer of all partitions in one fetch session, as clients have it. */
class SessionConsumer {
  readonly offsets = new Map(PARTITIONS.map((partition) => [partition, 0]))
  readonly seen = new Map(PARTITIONS.map((partition) => [partition, [] as number[]]))
  #sessionId = 0
  #epoch = 0
  readonly #client: WireClient

  constructor(client: WireClient) {
    this.#client = client
  }

  async fetch(maxBytes = 3 * MIB): Promise<FetchResponse> {
    const partitions = [...this.offsets].map(([partition, fetchOffset]) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: 2 * MIB,
    }))
    const answer = await this.#client.send(Fetch, 12, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes,
      isolationLevel: 0,
      sessionId: this.#sessionId,
      sessionEpoch: this.#epoch,
      topics: [{ topic: TOPIC, topicId: ZERO_UUID, partitions }],
      forgottenTopicsData: [],
      rackId: '',
    })
    if (answer.errorCode !== ErrorCode.NONE) throw new Error(`error ${answer.errorCode}`)
    this.#sessionId = answer.sessionId
    this.#epoch += 1
    this.#take(answer)
    return answer
  }

  get isAtEnd(): boolean {
    return [...this.offsets.values()].every((offset) => offset === BATCHES)
  }

  #take(answer: FetchResponse): void {
    for (const data of answer.responses.flatMap(({ partitions }) => partitions)) {
      if (data.errorCode !== ErrorCode.NONE) throw new Error(`error ${data.errorCode}`)
      const bytes = joinRecordBytes(data.records ?? new Uint8Array(0))
      for (const batch of readBatches(bytes)) {
        this.seen.get(data.partitionIndex)?.push(batch.baseOffset)
        this.offsets.set(data.partitionIndex, batch.baseOffset + 1)
      }
    }
  }
}

async function filledBroker(clock = new AdvanceableClock()): Promise<Broker> {
  const topics = [{ name: TOPIC, partitions: PARTITIONS.length }]
  const broker = await Broker.start({ topics, clock })
  using client = await WireClient.connect(broker.bootstrap)
  const value = Buffer.alloc(500 * KIB, 'x')
  const records = encodeRecordBatch({
    records: [{ timestamp: Date.now(), key: null, value, headers: [] }],
  })
  for (const partition of PARTITIONS) {
    for (let at = 0; at < BATCHES; at++) await produceBytes(client, TOPIC, records, { partition })
  }
  return broker
}

const inOrder = Array.from({ length: BATCHES }, (_, at) => at)

test('a consumer that goes forward sees everything once and in order', async () => {
  await using broker = await filledBroker()
  using client = await WireClient.connect(broker.bootstrap)
  const consumer = new SessionConsumer(client)
  for (let fetches = 0; !consumer.isAtEnd; fetches++) {
    await consumer.fetch()
    expect(fetches).toBeLessThan(100)
  }
  expect([...consumer.seen.values()]).toEqual([inOrder, inOrder])
})

test('a consumer that seeks, or asks for less, gets what it asks for', async () => {
  await using broker = await filledBroker()
  using client = await WireClient.connect(broker.bootstrap)
  const consumer = new SessionConsumer(client)
  await consumer.fetch()
  consumer.offsets.set(0, 17)
  const sought = await consumer.fetch()
  const first = sought.responses.flatMap(({ partitions }) => partitions)
  const ofZero = first.find(({ partitionIndex }) => partitionIndex === 0)
  const bytes = joinRecordBytes(ofZero?.records ?? new Uint8Array(0))
  expect([...readBatches(bytes)][0]?.baseOffset).toBe(17)
  const small = await consumer.fetch(600 * KIB)
  const sizes = small.responses.flatMap(({ partitions }) =>
    partitions.map(({ records }) => joinRecordBytes(records ?? new Uint8Array(0)).length),
  )
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(700 * KIB)
})

test('what nobody came for is given back', async () => {
  const clock = new AdvanceableClock()
  await using broker = await filledBroker(clock)
  using client = await WireClient.connect(broker.bootstrap)
  await new SessionConsumer(client).fetch()
  const { fetchMemory } = broker.services
  while (fetchMemory.usedBytes === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  clock.advance(2000)
  while (fetchMemory.usedBytes > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(fetchMemory.usedBytes).toBe(0)
})
