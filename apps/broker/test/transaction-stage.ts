import {
  AddOffsetsToTxn,
  AddPartitionsToTxn,
  DescribeTransactions,
  encodeRecordBatch,
  EndTxn,
  ErrorCode,
  Fetch,
  InitProducerId,
  OffsetFetch,
  Produce,
  readBatches,
  readRecords,
  TxnOffsetCommit,
  ZERO_UUID,
} from '@pafka/protocol'

import type { RequestOrigin } from '../src/handlers/handler.ts'
import type { TopicPartition } from '../src/metadata/topic-partition.ts'
import { HandlerRig, type HandlerRigOptions } from './handler-rig.ts'

const NOBODY = { generationId: -1, memberId: '', groupInstanceId: null }

/** A producer with a transactional id, as it knows itself. */
export interface Producer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** What became of a request, and the producer as it goes on. */
export interface ProducerAnswer extends Producer {
  readonly errorCode: number
}

export interface Sent {
  readonly topic: string
  readonly partition?: number
  readonly value: string
  /** Of Produce: from 12 on the batch itself adds its partition. */
  readonly version?: number
  readonly acks?: number
}

/** A broker that serves transactions, and what clients ask of it. */
export class TransactionStage implements AsyncDisposable {
  readonly rig: HandlerRig
  /** Of the next batch of each partition, by producer. */
  /** What was said of the last batch that was sent, when it was refused. */
  refusal: string | null = null
  readonly #sequences: Map<string, number>

  private constructor(rig: HandlerRig, sequences: Map<string, number>) {
    this.rig = rig
    this.#sequences = sequences
  }

  /** @param sequences of producers that outlive the broker. */
  static async start(
    options: HandlerRigOptions = {},
    sequences: Map<string, number> = new Map(),
  ): Promise<TransactionStage> {
    const rig = await HandlerRig.start(options)
    rig.broker.groups.start()
    rig.broker.transactions.start()
    for (const topic of ['a', 'b']) {
      // oxlint-disable-next-line no-await-in-loop -- few
      await rig.createTopic(topic, { partitions: 2 })
    }
    return new TransactionStage(rig, sequences)
  }

  async init(
    transactionalId = 'x',
    expected: Omit<Producer, 'transactionalId'> = { producerId: -1, producerEpoch: -1 },
  ): Promise<ProducerAnswer> {
    const { producerId, producerEpoch } = expected
    const options = { transactionTimeoutMs: 60_000, enable2Pc: false, keepPreparedTxn: false }
    const asked = { transactionalId, producerId, producerEpoch, ...options }
    return { ...(await this.rig.ask(InitProducerId, 5, asked)), transactionalId }
  }

  /** @returns the error code */
  async send(
    { transactionalId, producerId, producerEpoch }: Producer,
    { topic, partition: index = 0, value, version = 12, acks = -1 }: Sent,
    origin: Partial<RequestOrigin> = {},
  ): Promise<number> {
    const key = `${producerId} ${producerEpoch} ${topic}-${index}`
    const baseSequence = this.#sequences.get(key) ?? 0
    const records = encodeRecordBatch({
      records: [{ timestamp: this.rig.clock.nowMs(), key: null, value: Buffer.from(value) }],
      producerId,
      producerEpoch,
      baseSequence,
      transactional: true,
    })
    const topicData = [{ name: topic, topicId: ZERO_UUID, partitionData: [{ index, records }] }]
    const request = { transactionalId, acks, timeoutMs: 1000, topicData }
    const { responses } = await this.rig.ask(Produce, version, request, origin)
    const { errorCode = -1, errorMessage = null } = responses[0]?.partitionResponses[0] ?? {}
    this.refusal = errorMessage
    if (errorCode === ErrorCode.NONE) this.#sequences.set(key, baseSequence + 1)
    return errorCode
  }

  async add(producer: Producer, { topic, partition }: TopicPartition): Promise<number> {
    const answer = await this.rig.ask(AddPartitionsToTxn, 3, {
      transactions: [],
      v3AndBelowTransactionalId: producer.transactionalId,
      v3AndBelowProducerId: producer.producerId,
      v3AndBelowProducerEpoch: producer.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    })
    const [result] = answer.resultsByTopicV3AndBelow
    return result?.resultsByPartition[0]?.partitionErrorCode ?? -1
  }

  async addOffsets({ transactionalId, producerId, producerEpoch }: Producer): Promise<number> {
    const asked = { transactionalId, producerId, producerEpoch, groupId: 'g' }
    return (await this.rig.ask(AddOffsetsToTxn, 3, asked)).errorCode
  }

  async end(
    { transactionalId, producerId, producerEpoch }: Producer,
    committed: boolean,
    version = 5,
  ): Promise<ProducerAnswer> {
    const asked = { transactionalId, producerId, producerEpoch, committed }
    return { ...(await this.rig.ask(EndTxn, version, asked)), transactionalId }
  }

  async commitOffset(producer: Producer, offset: number, version = 5): Promise<number> {
    const { transactionalId, producerId, producerEpoch } = producer
    const committed = { committedLeaderEpoch: -1, committedMetadata: '' }
    const answer = await this.rig.ask(TxnOffsetCommit, version, {
      transactionalId,
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
  async committed(topic: string, index = 0): Promise<string[]> {
    const partition = { partition: index, currentLeaderEpoch: -1, lastFetchedEpoch: -1 }
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
    const starts = (data?.abortedTransactions ?? []).toSorted(
      (one, other) => one.firstOffset - other.firstOffset,
    )
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
  async settled(transactionalId = 'x'): Promise<void> {
    const nobody = { producerId: -1, producerEpoch: -1 }
    await this.rig.broker.transactions.verify(transactionalId, nobody, [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rig.broker.transactions.stop()
    this.rig.broker.groups.stop()
    await this.rig[Symbol.asyncDispose]()
  }
}
