import { type Clock, DecodeError, type Logger, StorageError, ToldOnce } from '@pafka/base'
import type { PartitionLog } from '@pafka/log'
import {
  BATCH_HEADER_BYTES,
  ErrorCode,
  readBatches,
  readRecords,
  RecordBatchBuilder,
  type RecordBatchView,
} from '@pafka/protocol'

import type { BrokerConfig } from '../config/broker-config.ts'
import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import { OFFLINE_TEXT, type Partition, type Topic } from '../metadata/topic.ts'
import { AppendGatherer, type GatheredBatch } from './append-gatherer.ts'
import { OFFSETS_TOPIC, type OffsetsLog, type OffsetsRecord } from './offsets-log.ts'

const READ_BYTES = 1024 * 1024
/** A batch holds at most so much of its records, whatever more the topic would take. */
const BATCH_BYTES = 256 * 1024

interface TopicOffsetsLogOptions {
  readonly topics: Pick<TopicCatalog, 'byName' | 'createInternal'>
  readonly clock: Clock
  readonly logger: Logger
  readonly config: Pick<BrokerConfig, 'offsetsTopicNumPartitions' | 'offsetsTopicSegmentBytes'>
}

/**
 * Keeps the coordinator's records in `__consumer_offsets`, which is made when it is first needed.
 * All appends of one turn of the event loop to one partition are one batch.
 */
export class TopicOffsetsLog implements OffsetsLog {
  readonly partitionCount: number
  readonly #options: TopicOffsetsLogOptions
  readonly #gatherers = new Map<number, AppendGatherer>()
  /** A partition that cannot be loaded is read again for every request. */
  readonly #told = new ToldOnce()
  /** Partitions with appends since the last flush. */
  readonly #dirty = new Set<number>()

  constructor(options: TopicOffsetsLogOptions) {
    this.#options = options
    const { topics, config } = options
    this.partitionCount =
      topics.byName(OFFSETS_TOPIC)?.partitions.length ?? config.offsetsTopicNumPartitions
  }

  async ensureCreated(): Promise<ErrorCode> {
    const { topics, config, logger } = this.#options
    if (topics.byName(OFFSETS_TOPIC) !== undefined) return ErrorCode.NONE
    const configs = new Map([
      ['cleanup.policy', 'compact'],
      ['compression.type', 'producer'],
      ['segment.bytes', String(config.offsetsTopicSegmentBytes)],
    ])
    try {
      await topics.createInternal(OFFSETS_TOPIC, this.partitionCount, configs)
      return ErrorCode.NONE
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      if (this.#told.isNew(cause)) logger.error('offsets-topic-not-created', { cause })
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
    records: readonly OffsetsRecord[],
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

  async replay(partition: number, visit: (record: OffsetsRecord) => void): Promise<void> {
    const found = this.#topic()?.partitions[partition]
    if (found === undefined) return
    const { log } = found
    if (log === undefined) throw new StorageError(OFFLINE_TEXT)
    const endOffset = log.highWatermark
    let offset = log.logStartOffset
    while (offset < endOffset) {
      // oxlint-disable-next-line no-await-in-loop -- records are applied in their order
      const nextOffset = await this.#replayFrom(log, offset, visit)
      if (nextOffset <= offset) throw new StorageError(`no record at ${offset} of ${log.dir}`)
      offset = nextOffset
    }
  }

  /** @returns where to go on. */
  async #replayFrom(
    log: PartitionLog,
    offset: number,
    visit: (record: OffsetsRecord) => void,
  ): Promise<number> {
    const read = await log.read(offset, READ_BYTES, { minOneBatch: true })
    try {
      if (read.errorCode !== ErrorCode.NONE) {
        throw new StorageError(`cannot read ${log.dir} at ${offset}: error ${read.errorCode}`)
      }
      this.#visitBatches(log, read.records, visit)
      return read.nextOffset
    } finally {
      read.release()
    }
  }

  /** What cannot be read is left out: the rest of the offsets is worth more than none. */
  #visitBatches(
    log: PartitionLog,
    bytes: Uint8Array,
    visit: (record: OffsetsRecord) => void,
  ): void {
    let offset = -1
    try {
      for (const batch of readBatches(bytes)) {
        offset = batch.baseOffset
        if (!batch.control) this.#visitRecords(log, batch, visit)
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const { partition } = log
      if (this.#told.isNew(`cut ${partition} ${offset}`)) {
        this.#options.logger.error('offsets-read-cut-short', { partition, afterBatch: offset })
      }
    }
  }

  #visitRecords(
    log: PartitionLog,
    batch: RecordBatchView,
    visit: (record: OffsetsRecord) => void,
  ): void {
    try {
      if (!batch.valid) throw new DecodeError('the CRC is wrong')
      for (const { key, value } of readRecords(batch)) {
        if (key !== null) visit({ key, value })
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const { partition } = log
      const { baseOffset } = batch
      if (this.#told.isNew(`skipped ${partition} ${baseOffset}`)) {
        this.#options.logger.warn('offsets-batch-skipped', { partition, baseOffset })
      }
    }
  }

  #topic(): Topic | undefined {
    return this.#options.topics.byName(OFFSETS_TOPIC)
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

  #write({ log, leaderEpoch }: Partition, batch: GatheredBatch): void {
    if (log === undefined) return batch.settle(ErrorCode.KAFKA_STORAGE_ERROR)
    const timestamp = this.#options.clock.nowMs()
    const builder = new RecordBatchBuilder()
    for (const { key, value } of batch.records) builder.append({ timestamp, key, value })
    const result = log.appendAsLeader(builder.build(), { origin: 'coordinator', leaderEpoch })
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
