import { type LogStore, memoryFileSystem, type PartitionLog } from '@pafka/log'
import { errorName } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { batchOf, type Idempotent, idempotent, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overEachChannel } from './test-store.ts'

let store: LogStore
let log: PartitionLog
let clock: ManualClock
const files = memoryFileSystem()
let dirs = 0

overEachChannel(() => {
  beforeEach(async () => {
    dirs += 1
    clock = new ManualClock(TIME_MS)
    store = await openStore({ files, dir: `/data-${dirs}`, clock })
    log = createLog(store)
  })

  /** The base offset, or the name of the error. */
  function send(batch: Idempotent): number | string {
    const result = log.appendAsLeader(idempotent(batch), CLIENT)
    return result.errorCode === 0 ? result.baseOffset : errorName(result.errorCode)
  }

  async function restart(): Promise<void> {
    await committed(log)
    await store.close()
    store = await openStore({ files, dir: `/data-${dirs}`, clock })
    log = store.get('topic', 0) as PartitionLog
  }

  test('the largest id of a producer is known, after a restart too', async () => {
    expect(await store.largestProducerId()).toBe(-1)
    for (const producerId of [7, 4321, 12]) send({ producerId, sequence: 0 })
    expect(await store.largestProducerId()).toBe(4321)
    await restart()
    expect(await store.largestProducerId()).toBe(4321)
  })

  test('and one log that cannot tell keeps nobody from an id', async () => {
    send({ producerId: 7, sequence: 0 })
    await committed(log)
    Object.defineProperty(log.parts, 'producers', {
      get: () => {
        throw new Error('EIO')
      },
    })
    expect(await store.largestProducerId()).toBe(-1)
    Reflect.deleteProperty(log.parts, 'producers')
  })

  test('each of the last five batches is recognised when it is sent again', () => {
    for (let sequence = 0; sequence < 12; sequence += 2) send({ producerId: 1, sequence, count: 2 })
    expect(log.logEndOffset).toBe(12)
    for (const sequence of [2, 4, 6, 8, 10]) {
      expect(send({ producerId: 1, sequence, count: 2 })).toBe(sequence)
    }
    expect(send({ producerId: 1, sequence: 0, count: 2 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(log.logEndOffset).toBe(12)
  })

  test('a repeated batch is answered with both offsets of the first', () => {
    send({ producerId: 1, sequence: 0, count: 3 })
    const again = log.appendAsLeader(idempotent({ producerId: 1, sequence: 0, count: 3 }), CLIENT)
    expect(again).toMatchObject({ errorCode: 0, baseOffset: 0, lastOffset: 2 })
  })

  test('a gap in the sequence is refused, the next in order is not', () => {
    expect(send({ producerId: 1, sequence: 0 })).toBe(0)
    expect(send({ producerId: 1, sequence: 2 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(send({ producerId: 1, sequence: 1 })).toBe(1)
  })

  test('sequences wrap from 2^31 - 1 to 0', () => {
    const last = 2 ** 31 - 1
    expect(send({ producerId: 1, sequence: last - 1, count: 2 })).toBe(0)
    expect(send({ producerId: 1, sequence: 0, count: 2 })).toBe(2)
    expect(send({ producerId: 2, sequence: last, count: 3 })).toBe(4)
    expect(send({ producerId: 2, sequence: last, count: 3 })).toBe(4)
    expect(send({ producerId: 2, sequence: 2 })).toBe(7)
  })

  test('an unknown producer may begin anywhere, a newer epoch only at 0', () => {
    expect(send({ producerId: 1, sequence: 41 })).toBe(0)
    expect(send({ producerId: 1, epoch: 1, sequence: 42 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(send({ producerId: 1, epoch: 1, sequence: 0 })).toBe(1)
    expect(send({ producerId: 1, epoch: 0, sequence: 42 })).toBe('INVALID_PRODUCER_EPOCH')
  })

  test('all batches of one append go in or none', () => {
    const good = idempotent({ producerId: 1, sequence: 0 })
    const next = idempotent({ producerId: 1, sequence: 1 })
    const gap = idempotent({ producerId: 1, sequence: 3 })
    const refused = log.appendAsLeader(Buffer.concat([good, next, gap]), CLIENT)
    expect(errorName(refused.errorCode)).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(log.logEndOffset).toBe(0)
    expect(log.appendAsLeader(Buffer.concat([good, next]), CLIENT).lastOffset).toBe(1)
    expect(send({ producerId: 1, sequence: 2 })).toBe(2)
  })

  test('the last five batches of each producer are known after a clean restart', async () => {
    for (let sequence = 0; sequence < 12; sequence += 2) {
      for (const producerId of [1, 2]) send({ producerId, sequence, count: 2 })
    }
    await restart()
    for (const sequence of [2, 4, 6, 8, 10]) {
      expect(send({ producerId: 1, sequence, count: 2 })).toBe(2 * sequence)
      expect(send({ producerId: 2, sequence, count: 2 })).toBe(2 * sequence + 2)
    }
    expect(send({ producerId: 1, sequence: 0, count: 2 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(send({ producerId: 1, sequence: 13 })).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    expect(send({ producerId: 1, sequence: 12 })).toBe(24)
  })

  test('a producer that was silent for producer.id.expiration.ms is forgotten', async () => {
    send({ producerId: 1, sequence: 0 })
    clock.advance(86_400_000 - 1)
    await store.enforceRetention(clock.nowMs())
    expect(log.producers()).toHaveLength(1)
    await store.enforceRetention(clock.nowMs() + 1)
    expect(log.producers()).toHaveLength(0)
    expect(send({ producerId: 1, sequence: 9 })).toBe(1)
  })

  test('producers are described', () => {
    send({ producerId: 5, epoch: 2, sequence: 0, count: 4 })
    expect(log.producers()).toEqual([
      {
        producerId: 5,
        producerEpoch: 2,
        lastSequence: 3,
        lastTimestampMs: TIME_MS + 3,
        coordinatorEpoch: -1,
        currentTransactionFirstOffset: -1,
      },
    ])
  })

  test('a transactional batch needs a transaction', () => {
    const batch = batchOf(numbered(1), {
      producerId: 1,
      producerEpoch: 0,
      baseSequence: 0,
      transactional: true,
    })
    const refused = log.appendAsLeader(batch, CLIENT)
    expect(errorName(refused.errorCode)).toBe('INVALID_TXN_STATE')
    const verified = log.appendAsLeader(batch, { ...CLIENT, transactionVerified: true })
    expect(verified.errorCode).toBe(0)
    expect(log.producers()[0]?.currentTransactionFirstOffset).toBe(0)
  })
})
