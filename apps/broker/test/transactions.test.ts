import { AddPartitionsToTxn, ErrorCode, ListTransactions, WriteTxnMarkers } from '@pafka/protocol'
import { memoryFileSystem } from '@pafka/log'
import { expect, test } from 'vitest'

import { type Producer, TransactionStage } from './transaction-stage.ts'

test('what is sent in a transaction counts when it is committed, in all partitions', async () => {
  await using stage = await TransactionStage.start()
  const first = await stage.init()
  expect(await stage.send(first, { topic: 'a', value: '1' })).toBe(ErrorCode.NONE)
  expect(await stage.send(first, { topic: 'b', value: '2' })).toBe(ErrorCode.NONE)
  expect([await stage.committed('a'), await stage.states()]).toEqual([[], ['Ongoing']])
  const second = await stage.end(first, true)
  expect(second).toMatchObject({ errorCode: ErrorCode.NONE, producerEpoch: 1 })
  expect(await stage.send(second, { topic: 'a', value: '3' })).toBe(ErrorCode.NONE)
  expect([await stage.committed('a'), await stage.committed('b')]).toEqual([['1'], ['2']])
  await stage.end(second, false)
  await stage.settled()
  expect([await stage.committed('a'), await stage.states()]).toEqual([['1'], ['CompleteAbort']])
})

test('clients that add partitions themselves keep their epoch', async () => {
  await using stage = await TransactionStage.start()
  const producer = await stage.init()
  expect(await stage.send(producer, { topic: 'a', value: '0', version: 11 })).toBe(
    ErrorCode.TRANSACTION_ABORTABLE,
  )
  expect(await stage.send(producer, { topic: 'a', value: '0', version: 9 })).toBe(
    ErrorCode.INVALID_TXN_STATE,
  )
  expect(await stage.add(producer, { topic: 'a', partition: 0 })).toBe(ErrorCode.NONE)
  expect(await stage.send(producer, { topic: 'a', value: '1', version: 9 })).toBe(ErrorCode.NONE)
  expect((await stage.end(producer, true, 3)).errorCode).toBe(ErrorCode.NONE)
  expect(await stage.add(producer, { topic: 'a', partition: 0 })).toBe(ErrorCode.NONE)
  expect(await stage.send(producer, { topic: 'a', value: '2', version: 9 })).toBe(ErrorCode.NONE)
  expect((await stage.end(producer, false, 3)).errorCode).toBe(ErrorCode.NONE)
  expect(await stage.send(producer, { topic: 'a', value: '3', version: 9 })).toBe(
    ErrorCode.INVALID_TXN_STATE,
  )
  await stage.settled()
  expect(await stage.committed('a')).toEqual(['1'])
})

test('a partition that is not there is added by no one, nor are those beside it', async () => {
  await using stage = await TransactionStage.start()
  const { producerId, producerEpoch } = await stage.init()
  const topics = [
    { name: 'a', partitions: [0, 9] },
    { name: 'none', partitions: [0] },
  ]
  const transaction = { transactionalId: 'x', producerId, producerEpoch, verifyOnly: false, topics }
  const answer = await stage.rig.ask(AddPartitionsToTxn, 4, {
    transactions: [transaction],
    v3AndBelowTransactionalId: '',
    v3AndBelowProducerId: 0,
    v3AndBelowProducerEpoch: 0,
    v3AndBelowTopics: [],
  })
  const codes = answer.resultsByTransaction[0]?.topicResults.map(({ resultsByPartition }) =>
    resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
  )
  const { OPERATION_NOT_ATTEMPTED: beside, UNKNOWN_TOPIC_OR_PARTITION: unknown } = ErrorCode
  expect(codes).toEqual([[beside, unknown], [unknown]])
  expect(await stage.states()).toEqual(['Empty'])
})

test('what is refused anyhow adds no partition', async () => {
  await using stage = await TransactionStage.start()
  const producer = await stage.init()
  expect(await stage.send(producer, { topic: 'a', value: '1', acks: 2 })).toBe(
    ErrorCode.INVALID_REQUIRED_ACKS,
  )
  await stage.rig.broker.groups.ensureReady()
  expect(await stage.send(producer, { topic: '__consumer_offsets', value: '1' })).toBe(
    ErrorCode.INVALID_TOPIC_EXCEPTION,
  )
  expect(await stage.states()).toEqual(['Empty'])
})

test('another producer of the id fences the first, and aborts what it left open', async () => {
  await using stage = await TransactionStage.start()
  const first = await stage.init()
  await stage.send(first, { topic: 'a', value: '1' })
  const second = await stage.init()
  expect(second).toMatchObject({ errorCode: ErrorCode.NONE, producerEpoch: 2 })
  expect(await stage.send(first, { topic: 'a', value: '2' })).toBe(ErrorCode.INVALID_PRODUCER_EPOCH)
  expect(stage.refusal).toBe(
    'The epoch is an old one: another producer has the id, or the transaction was aborted.',
  )
  expect((await stage.end(first, true)).errorCode).toBe(ErrorCode.PRODUCER_FENCED)
  expect((await stage.end(first, true, 1)).errorCode).toBe(ErrorCode.INVALID_PRODUCER_EPOCH)
  expect(await stage.send(second, { topic: 'a', value: '3' })).toBe(ErrorCode.NONE)
  await stage.end(second, true)
  await stage.settled()
  expect(await stage.committed('a')).toEqual(['3'])
})

test('a transaction that runs for too long is aborted', async () => {
  await using stage = await TransactionStage.start()
  const producer = await stage.init()
  await stage.send(producer, { topic: 'a', value: '1' })
  stage.rig.clock.advance(59_000)
  await stage.settled()
  expect(await stage.states()).toEqual(['Ongoing'])
  stage.rig.clock.advance(11_001)
  await stage.settled()
  expect([await stage.states(), await stage.committed('a')]).toEqual([['CompleteAbort'], []])
  expect((await stage.end(producer, true)).errorCode).toBe(ErrorCode.INVALID_TXN_STATE)
})

test('a producer whose transaction took too long goes on when it aborts', async () => {
  await using stage = await TransactionStage.start()
  const late = await stage.init()
  await stage.send(late, { topic: 'a', value: '1' })
  stage.rig.clock.advance(70_001)
  await stage.settled()
  const refused = await stage.send(late, { topic: 'a', value: '2' })
  expect(refused).toBe(ErrorCode.INVALID_PRODUCER_EPOCH)
  const producer = await stage.end(late, false)
  expect(producer).toMatchObject({ errorCode: ErrorCode.NONE, producerEpoch: 1 })
  expect(await stage.send(producer, { topic: 'a', value: '3' })).toBe(ErrorCode.NONE)
  await stage.end(producer, true)
  await stage.settled()
  expect(await stage.committed('a')).toEqual(['3'])
})

test('offsets count when their transaction does, and are unstable until then', async () => {
  await using stage = await TransactionStage.start()
  let producer: Producer = await stage.init()
  expect(await stage.commitOffset(producer, 5)).toBe(ErrorCode.NONE)
  const unstable = `error ${ErrorCode.UNSTABLE_OFFSET_COMMIT}`
  expect([await stage.offset(), await stage.offset(true)]).toEqual([-1, unstable])
  producer = await stage.end(producer, true)
  await stage.settled()
  expect([await stage.offset(), await stage.offset(true)]).toEqual([5, 5])
  await stage.commitOffset(producer, 7)
  producer = await stage.end(producer, false)
  await stage.settled()
  expect([await stage.offset(), await stage.offset(true)]).toEqual([5, 5])
})

test('offsets of clients that add the group themselves', async () => {
  await using stage = await TransactionStage.start()
  const producer = await stage.init()
  expect(await stage.commitOffset(producer, 5, 4)).toBe(ErrorCode.TRANSACTION_ABORTABLE)
  expect(await stage.commitOffset(producer, 5, 3)).toBe(ErrorCode.INVALID_TXN_STATE)
  expect(await stage.addOffsets(producer)).toBe(ErrorCode.NONE)
  expect(await stage.commitOffset(producer, 5, 3)).toBe(ErrorCode.NONE)
  await stage.end(producer, true, 3)
  await stage.settled()
  expect(await stage.offset(true)).toBe(5)
})

test('of offsets in several transactions that counts which was written last', async () => {
  await using stage = await TransactionStage.start()
  const [first, second] = [await stage.init('x'), await stage.init('y')]
  await stage.commitOffset(first, 5)
  await stage.commitOffset(second, 7)
  await stage.end(second, true)
  await stage.end(first, true)
  await Promise.all([stage.settled('x'), stage.settled('y')])
  expect(await stage.offset(true)).toBe(7)
})

test('a batch that comes behind the marker of its transaction is refused', async () => {
  await using stage = await TransactionStage.start()
  const producer = await stage.init()
  const held = Promise.withResolvers<void>()
  const goOnWhen = (ready: Promise<void>, work: () => void): void => {
    void Promise.all([ready, held.promise]).then(work)
  }
  const sending = stage.send(producer, { topic: 'a', value: '1' }, { goOnWhen })
  while ((await stage.states())[0] !== 'Ongoing') await stage.settled()
  stage.rig.clock.advance(100_000)
  await stage.settled()
  held.resolve()
  expect(await sending).toBe(ErrorCode.INVALID_TXN_STATE)
  expect(stage.rig.broker.topics.byName('a')?.partitions[0]?.log?.lastStableOffset).toBe(1)
})

test('a restart goes on where it was: open, ending, and offsets that wait for an end', async () => {
  const files = memoryFileSystem()
  const before = await TransactionStage.start({ files })
  const producer = await before.init()
  await before.send(producer, { topic: 'a', value: '1' })
  await before.commitOffset(producer, 5)
  await before[Symbol.asyncDispose]()

  const between = await TransactionStage.start({ files })
  expect(await between.states()).toEqual(['Ongoing'])
  expect(await between.offset(true)).toBe(`error ${ErrorCode.UNSTABLE_OFFSET_COMMIT}`)
  // its markers are not written before it stops
  between.rig.broker.transactions.stop()
  await between[Symbol.asyncDispose]()

  await using after = await TransactionStage.start({ files })
  expect((await after.end(producer, true)).errorCode).toBe(ErrorCode.NONE)
  await after.settled()
  expect([await after.committed('a'), await after.offset(true)]).toEqual([['1'], 5])
})

test('an id that is not used for long is forgotten', async () => {
  await using stage = await TransactionStage.start({
    settings: {
      'transactional.id.expiration.ms': 100_000,
      'transaction.remove.expired.transaction.cleanup.interval.ms': 10_000,
    },
  })
  const producer = await stage.init()
  stage.rig.clock.advance(99_000)
  await stage.settled()
  expect(await stage.states()).toEqual(['Empty'])
  stage.rig.clock.advance(10_000)
  await stage.settled()
  expect(await stage.states()).toEqual([ErrorCode.TRANSACTIONAL_ID_NOT_FOUND])
  expect(await stage.send(producer, { topic: 'a', value: '1' })).toBe(
    ErrorCode.INVALID_PRODUCER_ID_MAPPING,
  )
  expect(await stage.init()).toMatchObject({ errorCode: ErrorCode.NONE, producerEpoch: 0 })
})

test('transactions are listed by state, producer and how long they run', async () => {
  await using stage = await TransactionStage.start()
  const { producerId } = await stage.init()
  const other = await stage.init('y')
  const ids = async (more: object): Promise<string[]> => {
    const any = { stateFilters: [], producerIdFilters: [], durationFilter: -1 }
    const asked = { ...any, transactionalIdPattern: null, ...more }
    const answer = await stage.rig.ask(ListTransactions, 2, asked)
    if (answer.errorCode !== ErrorCode.NONE) return [`error ${answer.errorCode}`]
    return [
      ...answer.transactionStates.map(({ transactionalId }) => transactionalId),
      ...answer.unknownStateFilters,
    ]
  }
  await stage.send(await stage.init(), { topic: 'a', value: '1' })
  stage.rig.clock.advance(5000)
  expect((await ids({})).toSorted()).toEqual(['x', 'y'])
  expect(await ids({ stateFilters: ['Ongoing', 'Sleeping'] })).toEqual(['x', 'Sleeping'])
  expect(await ids({ producerIdFilters: [other.producerId] })).toEqual(['y'])
  expect(await ids({ producerIdFilters: [producerId], stateFilters: ['Empty'] })).toEqual([])
  expect(await ids({ transactionalIdPattern: 'x|z.*' })).toEqual(['x'])
  expect(await ids({ transactionalIdPattern: '(' })).toEqual([
    `error ${ErrorCode.INVALID_REGULAR_EXPRESSION}`,
  ])
  expect(await ids({ durationFilter: 4000, stateFilters: ['Ongoing'] })).toEqual(['x'])
  expect(await ids({ durationFilter: 6000, stateFilters: ['Ongoing'] })).toEqual([])
})

test('an operator ends what hangs in a partition', async () => {
  await using stage = await TransactionStage.start()
  const producer = await stage.init()
  const { producerId, producerEpoch } = producer
  await stage.send(producer, { topic: 'a', value: '1' })
  const ended = async (epoch: number, partition: number): Promise<number> => {
    const topics = [{ name: 'a', partitionIndexes: [partition] }]
    const marker = { producerId, transactionResult: false, coordinatorEpoch: 0 }
    const { markers } = await stage.rig.ask(WriteTxnMarkers, 1, {
      markers: [{ ...marker, producerEpoch: epoch, topics, transactionVersion: 0 }],
    })
    return markers[0]?.topics[0]?.partitions[0]?.errorCode ?? -1
  }
  expect(await ended(producerEpoch - 1, 0)).toBe(ErrorCode.INVALID_PRODUCER_EPOCH)
  expect(await ended(producerEpoch, 9)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  expect(await ended(producerEpoch, 0)).toBe(ErrorCode.NONE)
  expect(stage.rig.broker.topics.byName('a')?.partitions[0]?.log?.lastStableOffset).toBe(2)
  expect(await stage.committed('a')).toEqual([])
})
