import {
  type Clock,
  DecodeError,
  type Logger,
  messageOf,
  StorageError,
  ToldOnce,
} from '@pafka/base'
import { markerTypeOf, type PartitionLog } from '@pafka/log'
import {
  BATCH_HEADER_BYTES,
  ErrorCode,
  readBatches,
  readRecords,
  RecordBatchBuilder,
  type RecordBatchOptions,
  type RecordBatchView,
} from '@pafka/protocol'

import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import { OFFLINE_TEXT, type Partition, type Topic } from '../metadata/topic.ts'
import { AppendGatherer, type GatheredBatch } from './append-gatherer.ts'
import type {
  CoordinatorLog,
  CoordinatorRecord,
  CoordinatorReplay,
  TransactionalWriter,
} from './coordinator-log.ts'

const READ_BYTES = 1024 * 1024
/** A batch holds at most so much of its records, whatever more the topic would take. */
const BATCH_BYTES = 256 * 1024

/** A topic of the broker's own that a coordinator writes. */
export interface CoordinatorTopic {
  readonly name: string
  /** That it is made with. */
  readonly partitions: number
  readonly configs: ReadonlyMap<string, string>
}

interface TopicCoordinatorLogOptions {
  readonly topic: CoordinatorTopic
  readonly topics: Pick<TopicCatalog, 'byName' | 'createInternal'>
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Keeps a coordinator's records in a topic, which is made when it is first needed. All appends of
 * one turn of the event loop to one partition are one batch.
 */
export class TopicCoordinatorLog implements CoordinatorLog {
  readonly partitionCount: number
  readonly #options: TopicCoordinatorLogOptions
  readonly #gatherers = new Map<number, AppendGatherer>()
  /** A partition that cannot be loaded is read again for every request. */
  readonly #told = new ToldOnce()
  /** Partitions with appends since the last flush. */
  readonly #dirty = new Set<number>()

  constructor(options: TopicCoordinatorLogOptions) {
    this.#options = options
    const { topics, topic } = options
    this.partitionCount = topics.byName(topic.name)?.partitions.length ?? topic.partitions
  }

  epochOf(partition: number): number {
    return this.#topic()?.partitions[partition]?.leaderEpoch ?? 0
  }

  async ensureCreated(): Promise<ErrorCode> {
    const { topics, topic, logger } = this.#options
    if (topics.byName(topic.name) !== undefined) return ErrorCode.NONE
    try {
      await topics.createInternal(topic.name, this.partitionCount, topic.configs)
      return ErrorCode.NONE
    } catch (error) {
      const cause = messageOf(error)
      if (this.#told.isNew(cause)) {
        logger.error('coordinator-topic-not-created', { topic: topic.name, cause })
      }
      return ErrorCode.COORDINATOR_NOT_AVAILABLE
    }
  }

  partitionsToLoad(): readonly number[] {
    const partitions = this.#topic()?.partitions ?? []
    return partitions
      .filter(({ log }) => log === undefined || log.highWatermark > log.logStartOffset)
      .map(({ index }) => index)
  }

  append(
    partition: number,
    records: readonly CoordinatorRecord[],
    done: (errorCode: ErrorCode) => void,
  ): void {
    let gatherer = this.#gatherers.get(partition)
    if (gatherer === undefined) {
      gatherer = new AppendGatherer()
      this.#gatherers.set(partition, gatherer)
    }
    gatherer.add(records, done)
    if (this.#dirty.size === 0) setImmediate(() => void this.#flush())
    this.#dirty.add(partition)
  }

  appendInTransaction(
    partition: number,
    records: readonly CoordinatorRecord[],
    writer: TransactionalWriter,
    done: (errorCode: ErrorCode) => void,
  ): void {
    const found = this.#topic()?.partitions[partition]
    if (found === undefined) return done(ErrorCode.NOT_COORDINATOR)
    const { producerId, producerEpoch } = writer
    const transactional = { producerId, producerEpoch, baseSequence: -1, transactional: true }
    this.#write(found, { records, settle: done }, transactional)
  }

  async replay(partition: number, target: CoordinatorReplay): Promise<void> {
    const found = this.#topic()?.partitions[partition]
    if (found === undefined) return
    const { log } = found
    if (log === undefined) throw new StorageError(OFFLINE_TEXT)
    const endOffset = log.highWatermark
    let offset = log.logStartOffset
    while (offset < endOffset) {
      // oxlint-disable-next-line no-await-in-loop -- records are applied in their order
      const nextOffset = await this.#replayFrom(log, offset, target)
      if (nextOffset <= offset) throw new StorageError(`no record at ${offset} of ${log.dir}`)
      offset = nextOffset
    }
  }

  /** @returns where to go on. */
  async #replayFrom(log: PartitionLog, offset: number, target: CoordinatorReplay): Promise<number> {
    const read = await log.read(offset, READ_BYTES, { minOneBatch: true })
    try {
      if (read.errorCode !== ErrorCode.NONE) {
        throw new StorageError(`cannot read ${log.dir} at ${offset}: error ${read.errorCode}`)
      }
      this.#visitBatches(log, read.records, target)
      return read.nextOffset
    } finally {
      read.release()
    }
  }

  /** What cannot be read is left out: the rest of the offsets is worth more than none. */
  #visitBatches(log: PartitionLog, bytes: Uint8Array, target: CoordinatorReplay): void {
    let offset = -1
    try {
      for (const batch of readBatches(bytes)) {
        offset = batch.baseOffset
        if (batch.control) visitMarker(bytes, batch, target)
        else this.#visitRecords(log, batch, target)
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const { partition } = log
      if (this.#told.isNew(`cut ${partition} ${offset}`)) {
        const { name: topic } = this.#options.topic
        const told = { topic, partition, afterBatch: offset }
        this.#options.logger.error('coordinator-read-cut-short', told)
      }
    }
  }

  #visitRecords(log: PartitionLog, batch: RecordBatchView, target: CoordinatorReplay): void {
    try {
      if (!batch.valid) throw new DecodeError('the CRC is wrong')
      const producerId = batch.transactional ? batch.producerId : -1
      for (const { key, value } of readRecords(batch)) {
        if (key !== null) target.record({ key, value }, producerId)
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const { partition } = log
      const { baseOffset } = batch
      if (this.#told.isNew(`skipped ${partition} ${baseOffset}`)) {
        const { name: topic } = this.#options.topic
        const told = { topic, partition, baseOffset }
        this.#options.logger.warn('coordinator-batch-skipped', told)
      }
    }
  }

  #topic(): Topic | undefined {
    return this.#options.topics.byName(this.#options.topic.name)
  }

  async #flush(): Promise<void> {
    const errorCode = this.#topic() === undefined ? await this.ensureCreated() : ErrorCode.NONE
    const topic = this.#topic()
    const dirty = [...this.#dirty]
    this.#dirty.clear()
    for (const index of dirty) {
      const partition = topic?.partitions[index]
      const maxBytes = Math.min(partition?.log?.config.maxMessageBytes ?? BATCH_BYTES, BATCH_BYTES)
      for (const batch of this.#gatherers.get(index)?.take(maxBytes - BATCH_HEADER_BYTES) ?? []) {
        if (partition !== undefined) this.#write(partition, batch)
        else batch.settle(errorCode === ErrorCode.NONE ? ErrorCode.NOT_COORDINATOR : errorCode)
      }
    }
  }

  #write(
    { log, leaderEpoch }: Partition,
    batch: GatheredBatch,
    options: RecordBatchOptions = {},
  ): void {
    if (log === undefined) return batch.settle(ErrorCode.KAFKA_STORAGE_ERROR)
    const timestamp = this.#options.clock.nowMs()
    const builder = new RecordBatchBuilder()
    for (const { key, value } of batch.records) builder.append({ timestamp, key, value })
    const result = log.appendAsLeader(builder.build(options), {
      origin: 'coordinator',
      leaderEpoch,
    })
    if (result.errorCode !== ErrorCode.NONE) {
      batch.settle(result.errorCode)
      return
    }
    log.whenCommitted(result.lastOffset + 1, {
      committed: () => batch.settle(ErrorCode.NONE),
      failed: () => batch.settle(ErrorCode.KAFKA_STORAGE_ERROR),
    })
  }
}

function visitMarker(bytes: Uint8Array, batch: RecordBatchView, target: CoordinatorReplay): void {
  const how = markerTypeOf(bytes, batch.at)
  if (how !== undefined) target.ended(batch.producerId, how)
}
