import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  DescribeTransactions,
  encodeRecordBatch,
  EndTxn,
  ErrorCode,
  Fetch,
  InitProducerId,
  ListTransactions,
  OffsetFetch,
  Produce,
  readBatches,
  readRecords,
  TxnOffsetCommit,
  WriteTxnMarkers,
  ZERO_UUID,
} from '@pafka/protocol'
import { memoryFileSystem } from '@pafka/log'
import { expect, test } from 'vitest'

import { HandlerRig, type HandlerRigOptions } from './handler-rig.ts'

const NOBODY = { generationId: -1, memberId: '', groupInstanceId: null }

interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A broker that serves transactions, and what clients ask of it. */
class Stage implements AsyncDisposable {
  readonly rig: HandlerRig
  /** Of the next batch of each partition, by producer. */
  readonly #sequences = new Map<string, number>()

  private constructor(rig: HandlerRig) {
    this.rig = rig
  }

  static async start(options: HandlerRigOptions = {}): Promise<Stage> {
    const rig = await HandlerRig.start(options)
    rig.broker.groups.start()
    rig.broker.transactions.start()
    for (const topic of ['a', 'b']) {
      // oxlint-disable-next-line no-await-in-loop -- few
      await rig.createTopic(topic, { partitions: 2 })
    }
    return new Stage(rig)
  }

  async init(
    transactionalId = 'x',
    expected: Producer = { producerId: -1, producerEpoch: -1 },
  ): Promise<Producer & { readonly errorCode: number }> {
    const options = { transactionTimeoutMs: 60_000, enable2Pc: false, keepPreparedTxn: false }
    return this.rig.ask(InitProducerId, 5, { transactionalId, ...options, ...expected })
  }

  /** @returns the error code */
  async send(producer: Producer, topic: string, value: string, version = 12): Promise<number> {
    const { producerId, producerEpoch } = producer
    const key = `${producerId} ${producerEpoch} ${topic}`
    const baseSequence = this.#sequences.get(key) ?? 0
    const records = encodeRecordBatch({
      records: [{ timestamp: this.rig.clock.nowMs(), key: null, value: Buffer.from(value) }],
      producerId,
      producerEpoch,
      baseSequence,
      transactional: true,
    })
    const { responses } = await this.rig.ask(Produce, version, {
      transactionalId: 'x',
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name: topic, topicId: ZERO_UUID, partitionData: [{ index: 0, records }] }],
    })
    const { errorCode = -1 } = responses[0]?.partitionResponses[0] ?? {}
    if (errorCode === ErrorCode.NONE) this.#sequences.set(key, baseSequence + 1)
    return errorCode
  }

  async add(producer: Producer, topic: string): Promise<number> {
    const answer = await this.rig.ask(AddPartitionsToTxn, 3, {
      transactions: [],
      v3AndBelowTransactionalId: 'x',
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [0] }],
    })
    const [result] = answer.resultsByTopicV3AndBelow
    return result?.resultsByPartition[0]?.partitionErrorCode ?? -1
  }

  async end(
    { producerId, producerEpoch }: Producer,
    committed: boolean,
    version = 5,
  ): Promise<Producer & { readonly errorCode: number }> {
    const asked = { transactionalId: 'x', producerId, producerEpoch, committed }
    return this.rig.ask(EndTxn, version, asked)
  }

  async commitOffset(producer: Producer, offset: number, version = 5): Promise<number> {
    const { producerId, producerEpoch } = producer
    const committed = { committedLeaderEpoch: -1, committedMetadata: '' }
    const answer = await this.rig.ask(TxnOffsetCommit, version, {
      transactionalId: 'x',
      groupId: 'g',
      producerId,
      producerEpoch,
      ...NOBODY,
      topics: [
        { name: 'a', partitions: [{ partitionIndex: 0, committedOffset: offset, ...committed }] },
      ],
    })
    return answer.topics[0]?.partitions[0]?.errorCode ?? -1
  }

  /** The offset of `a`-0, or what is said instead. */
  async offset(requireStable = false): Promise<number | string> {
    const topics = [{ name: 'a', topicId: ZERO_UUID, partitionIndexes: [0] }]
    const { groups } = await this.rig.ask(OffsetFetch, 8, {
      groupId: '',
      topics: null,
      groups: [{ groupId: 'g', memberId: null, memberEpoch: -1, topics }],
      requireStable,
    })
    const found = groups[0]?.topics[0]?.partitions[0]
    return found?.errorCode === ErrorCode.NONE ? found.committedOffset : `error ${found?.errorCode}`
  }

  /** Values that a reader of committed records gets, aborted ones left out as clients do. */
  async committed(topic: string): Promise<string[]> {
    const partition = { partition: 0, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }
    const place = { fetchOffset: 0, logStartOffset: -1, partitionMaxBytes: 100_000 }
    const { responses } = await this.rig.ask(Fetch, 12, {
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 100_000,
      isolationLevel: 1,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic, partitions: [{ ...partition, ...place }] }],
      forgottenTopicsData: [],
      rackId: '',
    } as never)
    const data = responses[0]?.partitions[0]
    const starts = [...(data?.abortedTransactions ?? [])]
    const values: string[] = []
    const aborting = new Set<number>()
    for (const batch of readBatches((data?.records ?? Buffer.of()) as Uint8Array)) {
      while (starts[0] !== undefined && starts[0].firstOffset <= batch.baseOffset) {
        aborting.add(starts.shift()?.producerId ?? -1)
      }
      if (batch.control) aborting.delete(batch.producerId)
      else if (!aborting.has(batch.producerId)) {
        for (const { value } of readRecords(batch)) values.push(Buffer.from(value ?? []).toString())
      }
    }
    return values
  }

  async states(): Promise<(string | number)[]> {
    const asked = { transactionalIds: ['x'] }
    const { transactionStates } = await this.rig.ask(DescribeTransactions, 0, asked)
    return transactionStates.map((one) => one.errorCode || one.transactionState)
  }

  /** Markers are written behind the answer of an end. */
  async settled(): Promise<void> {
    await this.rig.broker.transactions.verify('x', { producerId: -1, producerEpoch: -1 }, [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rig.broker.transactions.stop()
    this.rig.broker.groups.stop()
    await this.rig[Symbol.asyncDispose]()
  }
}

test('what is sent in a transaction counts when it is committed, in all partitions', async () => {
  await using stage = await Stage.start()
  const first = await stage.init()
  expect(await stage.send(first, 'a', '1')).toBe(ErrorCode.NONE)
  expect(await stage.send(first, 'b', '2')).toBe(ErrorCode.NONE)
  expect([await stage.committed('a'), await stage.states()]).toEqual([[], ['Ongoing']])
  const second = await stage.end(first, true)
  expect(second).toMatchObject({ errorCode: ErrorCode.NONE, producerEpoch: 1 })
  expect(await stage.send(second, 'a', '3')).toBe(ErrorCode.NONE)
  expect([await stage.committed('a'), await stage.committed('b')]).toEqual([['1'], ['2']])
  await stage.end(second, false)
  await stage.settled()
  expect([await stage.committed('a'), await stage.states()]).toEqual([['1'], ['CompleteAbort']])
})

test('clients that add partitions themselves keep their epoch', async () => {
  await using stage = await Stage.start()
  const producer = await stage.init()
  expect(await stage.send(producer, 'a', '0', 11)).toBe(ErrorCode.TRANSACTION_ABORTABLE)
  expect(await stage.send(producer, 'a', '0', 9)).toBe(ErrorCode.INVALID_TXN_STATE)
  expect(await stage.add(producer, 'a')).toBe(ErrorCode.NONE)
  expect(await stage.send(producer, 'a', '1', 9)).toBe(ErrorCode.NONE)
  expect((await stage.end(producer, true, 3)).errorCode).toBe(ErrorCode.NONE)
  expect(await stage.add(producer, 'a')).toBe(ErrorCode.NONE)
  expect(await stage.send(producer, 'a', '2', 9)).toBe(ErrorCode.NONE)
  expect((await stage.end(producer, false, 3)).errorCode).toBe(ErrorCode.NONE)
  expect(await stage.send(producer, 'a', '3', 9)).toBe(ErrorCode.INVALID_TXN_STATE)
  await stage.settled()
  expect(await stage.committed('a')).toEqual(['1'])
})

test('a partition that is not there is added by no one, nor are those beside it', async () => {
  await using stage = await Stage.start()
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

test('another producer of the id fences the first, and aborts what it left open', async () => {
  await using stage = await Stage.start()
  const first = await stage.init()
  await stage.send(first, 'a', '1')
  const second = await stage.init()
  expect(second).toMatchObject({ errorCode: ErrorCode.NONE, producerEpoch: 3 })
  expect(await stage.send(first, 'a', '2')).toBe(ErrorCode.INVALID_PRODUCER_EPOCH)
  expect((await stage.end(first, true)).errorCode).toBe(ErrorCode.PRODUCER_FENCED)
  expect((await stage.end(first, true, 1)).errorCode).toBe(ErrorCode.INVALID_PRODUCER_EPOCH)
  expect(await stage.send(second, 'a', '3')).toBe(ErrorCode.NONE)
  await stage.end(second, true)
  await stage.settled()
  expect(await stage.committed('a')).toEqual(['3'])
})

test('a transaction that runs for too long is aborted', async () => {
  await using stage = await Stage.start()
  const producer = await stage.init()
  await stage.send(producer, 'a', '1')
  stage.rig.clock.advance(59_000)
  await stage.settled()
  expect(await stage.states()).toEqual(['Ongoing'])
  stage.rig.clock.advance(11_001)
  await stage.settled()
  expect([await stage.states(), await stage.committed('a')]).toEqual([['CompleteAbort'], []])
  expect((await stage.end(producer, true)).errorCode).toBe(ErrorCode.PRODUCER_FENCED)
})

test('offsets count when their transaction does, and are unstable until then', async () => {
  await using stage = await Stage.start()
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
  await using stage = await Stage.start()
  const producer = await stage.init()
  expect(await stage.commitOffset(producer, 5, 4)).toBe(ErrorCode.TRANSACTION_ABORTABLE)
  expect(await stage.commitOffset(producer, 5, 3)).toBe(ErrorCode.INVALID_TXN_STATE)
  const { producerId, producerEpoch } = producer
  const asked = { transactionalId: 'x', producerId, producerEpoch, groupId: 'g' }
  expect((await stage.rig.ask(AddOffsetsToTxn, 3, asked)).errorCode).toBe(ErrorCode.NONE)
  expect(await stage.commitOffset(producer, 5, 3)).toBe(ErrorCode.NONE)
  await stage.end(producer, true, 3)
  await stage.settled()
  expect(await stage.offset(true)).toBe(5)
})

test('a restart goes on where it was: open, ending, and offsets that wait for an end', async () => {
  const files = memoryFileSystem()
  const before = await Stage.start({ files })
  const producer = await before.init()
  await before.send(producer, 'a', '1')
  await before.commitOffset(producer, 5)
  await before[Symbol.asyncDispose]()

  const between = await Stage.start({ files })
  expect(await between.states()).toEqual(['Ongoing'])
  expect(await between.offset(true)).toBe(`error ${ErrorCode.UNSTABLE_OFFSET_COMMIT}`)
  // its markers are not written before it stops
  between.rig.broker.transactions.stop()
  await between[Symbol.asyncDispose]()

  await using after = await Stage.start({ files })
  expect((await after.end(producer, true)).errorCode).toBe(ErrorCode.NONE)
  await after.settled()
  expect([await after.committed('a'), await after.offset(true)]).toEqual([['1'], 5])
})

test('an id that is not used for long is forgotten', async () => {
  await using stage = await Stage.start({
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
  expect(await stage.send(producer, 'a', '1')).toBe(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
  expect(await stage.init()).toMatchObject({ errorCode: ErrorCode.NONE, producerEpoch: 0 })
})

test('transactions are listed by state, producer and how long they run', async () => {
  await using stage = await Stage.start()
  const { producerId } = await stage.init()
  const other = await stage.init('y')
  const ids = async (more: object): Promise<string[]> => {
    const asked = { stateFilters: [], producerIdFilters: [], durationFilter: -1, ...more }
    const answer = await stage.rig.ask(ListTransactions, 1, asked as never)
    return [
      ...answer.transactionStates.map(({ transactionalId }) => transactionalId),
      ...answer.unknownStateFilters,
    ]
  }
  await stage.send({ ...(await stage.init()) }, 'a', '1')
  stage.rig.clock.advance(5000)
  expect((await ids({})).toSorted()).toEqual(['x', 'y'])
  expect(await ids({ stateFilters: ['Ongoing', 'Sleeping'] })).toEqual(['x', 'Sleeping'])
  expect(await ids({ producerIdFilters: [other.producerId] })).toEqual(['y'])
  expect(await ids({ producerIdFilters: [producerId], stateFilters: ['Empty'] })).toEqual([])
  expect(await ids({ durationFilter: 4000, stateFilters: ['Ongoing'] })).toEqual(['x'])
  expect(await ids({ durationFilter: 6000, stateFilters: ['Ongoing'] })).toEqual([])
})

test('an operator ends what hangs in a partition', async () => {
  await using stage = await Stage.start()
  const { producerId, producerEpoch } = await stage.init()
  await stage.send({ producerId, producerEpoch }, 'a', '1')
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
