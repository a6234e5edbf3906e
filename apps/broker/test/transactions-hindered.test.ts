import type { PartitionLog } from '@pafka/log'
import { encodeRecordBatch, ErrorCode, Produce, ZERO_UUID } from '@pafka/protocol'
import { afterEach, expect, test, vi } from 'vitest'

import { partitionOfKey } from '../src/coordinator-log/coordinator-log.ts'
import { appendMarker } from '../src/transactions/append-marker.ts'
import { TransactionStage } from './transaction-stage.ts'

const SECOND_MS = 1000

afterEach(() => void vi.restoreAllMocks())

/** Nothing that the broker itself writes is taken by a log. @returns ends that */
function hinder(log: PartitionLog): () => void {
  const append = log.appendAsLeader.bind(log)
  const spy = vi.spyOn(log, 'appendAsLeader').mockImplementation((records, options) => {
    if (options.origin === 'client') return append(records, options)
    const errorCode = ErrorCode.KAFKA_STORAGE_ERROR
    const nothing = { baseOffset: -1, lastOffset: -1, logAppendTimeMs: -1, logStartOffset: 0 }
    return { ...nothing, errorCode, errorMessage: 'hindered' }
  })
  return () => spy.mockRestore()
}

function logOf(stage: TransactionStage, topic: string, partition = 0): PartitionLog {
  const log = stage.rig.broker.topics.byName(topic)?.partitions[partition]?.log
  if (log === undefined) throw new Error(`there is no ${topic}-${partition}`)
  return log
}

/** Where the state of the transactional id `x` is kept. */
function stateLog(stage: TransactionStage): PartitionLog {
  const { length } = stage.rig.broker.topics.byName('__transaction_state')?.partitions ?? []
  return logOf(stage, '__transaction_state', partitionOfKey('x', length ?? 0))
}

/** So that what hangs on nothing but the event loop has been done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    // oxlint-disable-next-line no-await-in-loop -- one turn after the other
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

test('a batch of the next transaction waits for the marker of the one before', async () => {
  await using stage = await TransactionStage.start()
  const first = await stage.init()
  await stage.send(first, { topic: 'a', value: '1' })
  const release = hinder(logOf(stage, 'a'))
  const second = await stage.end(first, true)
  expect(second.errorCode).toBe(ErrorCode.NONE)
  const early = stage.send(second, { topic: 'a', value: '2' })
  await settled()
  stage.rig.clock.advance(SECOND_MS)
  expect(await early).toBe(ErrorCode.CONCURRENT_TRANSACTIONS)
  release()
  stage.rig.clock.advance(SECOND_MS)
  await settled()
  expect(await stage.send(second, { topic: 'a', value: '3' })).toBe(ErrorCode.NONE)
  await stage.end(second, false)
  await stage.settled()
  expect(await stage.committed('a')).toEqual(['1'])
})

test('a transaction is complete with its markers, whether that can be noted or not', async () => {
  await using stage = await TransactionStage.start()
  const producer = await stage.init()
  await stage.send(producer, { topic: 'a', value: '1' })
  const releaseMarkers = hinder(logOf(stage, 'a'))
  expect((await stage.end(producer, true)).errorCode).toBe(ErrorCode.NONE)
  expect(await stage.states()).toEqual(['PrepareCommit'])
  const releaseState = hinder(stateLog(stage))
  releaseMarkers()
  stage.rig.clock.advance(SECOND_MS)
  await settled()
  expect([await stage.committed('a'), await stage.states()]).toEqual([['1'], ['CompleteCommit']])
  expect((await stage.init()).errorCode).toBe(ErrorCode.NOT_COORDINATOR)
  releaseState()
  expect(await stage.init()).toMatchObject({ errorCode: ErrorCode.NONE, producerEpoch: 2 })
})

test('who takes an id over is not kept waiting for markers that cannot be written', async () => {
  await using stage = await TransactionStage.start()
  const first = await stage.init()
  await stage.send(first, { topic: 'a', value: '1' })
  const release = hinder(logOf(stage, 'a'))
  const second = stage.init()
  await settled()
  stage.rig.clock.advance(SECOND_MS)
  expect((await second).errorCode).toBe(ErrorCode.CONCURRENT_TRANSACTIONS)
  release()
  stage.rig.clock.advance(SECOND_MS)
  await settled()
  expect(await stage.states()).toEqual(['CompleteAbort'])
  // nobody had the epoch that a late answer would have told
  expect(await stage.init()).toMatchObject({ errorCode: ErrorCode.NONE, producerEpoch: 2 })
  expect(await stage.committed('a')).toEqual([])
})

test('markers for a topic that is deleted are not waited for', async () => {
  await using stage = await TransactionStage.start()
  const producer = await stage.init()
  await stage.send(producer, { topic: 'a', value: '1' })
  await stage.send(producer, { topic: 'b', value: '2' })
  hinder(logOf(stage, 'a'))
  expect((await stage.end(producer, true)).errorCode).toBe(ErrorCode.NONE)
  const [deleted] = await stage.rig.broker.topics.delete([{ name: 'a', id: null }])
  expect(deleted?.errorCode).toBe(ErrorCode.NONE)
  stage.rig.clock.advance(SECOND_MS)
  await settled()
  expect([await stage.states(), await stage.committed('b')]).toEqual([['CompleteCommit'], ['2']])
})

test('a batch hides no other behind it', async () => {
  await using stage = await TransactionStage.start()
  const { producerId, producerEpoch } = await stage.init()
  const batch = (transactional: boolean, claim: object): Uint8Array =>
    encodeRecordBatch({
      records: [{ timestamp: 0, key: null, value: Buffer.from('v') }],
      baseSequence: 0,
      transactional,
      ...claim,
    })
  const send = async (...batches: Uint8Array[]): Promise<number | undefined> => {
    const partitionData = [{ index: 0, records: Buffer.concat(batches) }]
    const { responses } = await stage.rig.ask(Produce, 12, {
      transactionalId: 'x',
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: 'a', topicId: ZERO_UUID, partitionData }],
    })
    return responses[0]?.partitionResponses[0]?.errorCode
  }
  const stranger = batch(true, { producerId: producerId + 1000, producerEpoch: 0 })
  const plain = batch(false, { producerId: -1, producerEpoch: -1, baseSequence: -1 })
  expect(await send(plain, stranger)).toBe(ErrorCode.INVALID_TXN_STATE)
  const own = batch(true, { producerId, producerEpoch })
  expect(await send(own, stranger)).toBe(ErrorCode.INVALID_RECORD)
  expect(logOf(stage, 'a').logEndOffset).toBe(0)
})

test('the end of a transaction is told before what stands behind its marker', async () => {
  await using stage = await TransactionStage.start()
  const { producerId, producerEpoch } = await stage.init()
  const partition = stage.rig.broker.topics.byName('a')?.partitions[0]
  if (partition?.log === undefined) throw new Error('there is no a-0')
  const marker = { producerId, producerEpoch, coordinatorEpoch: 0, isCommit: true, nowMs: 0 }
  const order: string[] = []
  const written = appendMarker(partition, marker, () => order.push('marker'))
  const behind = stage.rig.append('a', [{ value: Buffer.from('v') }])
  partition.log.whenCommitted(partition.log.logEndOffset, {
    committed: () => order.push('behind'),
    failed: () => order.push('failed'),
  })
  await Promise.all([written, behind])
  expect(order).toEqual(['marker', 'behind'])
})
