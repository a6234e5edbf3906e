import { BufferPool, MIB, systemClock } from '@pafka/base'
import { Produce, type ProduceRequest, type ProduceResponse } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { BrokerVersions } from '../connection/api-versions.ts'
import { bytes } from '../serde/bytes.ts'
import { ClientCounts } from '../watch/client-counts.ts'
import { BrokerSender } from './broker-sender.ts'
import { BufferBudget } from './buffer-budget.ts'
import { PartitionQueue } from './partition-queue.ts'
import { KeyBytes } from './record-slab.ts'

const VERSIONS = new BrokerVersions('b', [{ apiKey: Produce.key, minVersion: 3, maxVersion: 9 }])
const ROUND_TRIP_MS = 100
const BATCH_BYTES = 1000

/** To a broker that answers when it is told to. */
function stage() {
  const clock = new ManualClock()
  const asked: ProduceRequest[] = []
  const answers: (() => void)[] = []
  const send = (call: { readonly request: ProduceRequest }): Promise<ProduceResponse> => {
    asked.push(call.request)
    return new Promise((resolve) => {
      answers.push(() => resolve({ responses: [], throttleTimeMs: 0 }))
    })
  }
  const connection = { send, isClosed: false, broker: 'b' }
  const cluster = {
    ...{ requestTimeoutMs: 30_000, metadata: { find: () => undefined } },
    counts: new ClientCounts(systemClock, undefined),
    connectionTo: () => Promise.resolve({ connection, versions: VERSIONS }),
  }
  const sender = new BrokerSender({
    ...{ clock, nodeId: 1, isIdempotent: false, cluster: cluster as never },
    terms: { acks: -1, compression: 'none', transactionalId: null, timeoutMs: 30_000 },
    ...{ versions: () => undefined, identity: () => undefined },
    ...{ identified: () => Promise.resolve(), answered: () => {}, failed: () => {} },
    unanswered: () => {},
  })
  const pool = new BufferPool({
    ...{ clock, smallestBytes: 1024, largestBytes: MIB, limitBytes: 4 * MIB, idleMs: 1000 },
  })
  const world = {
    ...{ clock, pool, budget: new BufferBudget(MIB), isIdempotent: false },
    ...{ spent: () => {}, failed: () => {}, wrote: () => {} },
    ready: (queue: PartitionQueue) => sender.ready(queue),
  }
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < 5; turns++) {
      // oxlint-disable-next-line no-await-in-loop -- until what was begun is done
      await new Promise(setImmediate)
    }
  }
  let partitions = 0
  return {
    clock,
    /** How many requests there were so far, once nothing more happens by itself. */
    requests: async () => {
      await settle()
      return asked.length
    },
    newQueue: () => new PartitionQueue({ topic: 't', partition: partitions++ }, world, BATCH_BYTES),
    answerAll: async () => {
      for (const answer of answers.splice(0)) answer()
      await settle()
    },
  }
}

function append(queue: PartitionQueue, valueBytes = 10): void {
  const key = new KeyBytes()
  key.encode(null, bytes())
  const waiter = { resolve: () => {}, reject: () => {} }
  queue.append(
    { timestamp: 1, key, headers: [] },
    Buffer.alloc(valueBytes),
    bytes(),
    waiter as never,
  )
}

/** One request is under way, and it is known how long an answer takes. */
async function busy() {
  const staged = stage()
  append(staged.newQueue())
  expect(await staged.requests()).toBe(1)
  staged.clock.advance(ROUND_TRIP_MS)
  await staged.answerAll()
  append(staged.newQueue())
  expect(await staged.requests()).toBe(2)
  return staged
}

test('an idle broker gets a record at once', async () => {
  const { newQueue, requests } = stage()
  append(newQueue())
  expect(await requests()).toBe(1)
})

test('while an answer is awaited a record waits for half a round trip', async () => {
  const { clock, newQueue, requests } = await busy()
  append(newQueue())
  clock.advance(ROUND_TRIP_MS / 2 - 1)
  expect(await requests()).toBe(2)
  append(newQueue())
  clock.advance(1)
  expect(await requests()).toBe(3)
})

test('what waits goes with the answer where that comes sooner', async () => {
  const { answerAll, newQueue, requests } = await busy()
  append(newQueue())
  expect(await requests()).toBe(2)
  await answerAll()
  expect(await requests()).toBe(3)
})

test('a batch that is full waits for no answer', async () => {
  const { newQueue, requests } = await busy()
  const queue = newQueue()
  append(queue, BATCH_BYTES / 2)
  expect(await requests()).toBe(2)
  append(queue, BATCH_BYTES)
  expect(await requests()).toBe(3)
})

test('there are five requests to a broker at a time, and no more', async () => {
  const { answerAll, clock, newQueue, requests } = await busy()
  for (let more = 0; more < 6; more++) {
    append(newQueue())
    clock.advance(ROUND_TRIP_MS)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await requests()
  }
  // the first of them was answered
  expect(await requests()).toBe(6)
  await answerAll()
  expect(await requests()).toBe(7)
})
