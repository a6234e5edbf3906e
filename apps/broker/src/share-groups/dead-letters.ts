import { type Clock, DecodeError, type Logger, StorageError, ToldOnce } from '@pafka/base'
import type { PartitionLog } from '@pafka/log'
import {
  ErrorCode,
  readBatches,
  readRecords,
  RecordBatchBuilder,
  type RecordHeader,
  type RecordInput,
} from '@pafka/protocol'

import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import type { Partition, Topic } from '../metadata/topic.ts'
import type { GivenUp } from './offset-runs.ts'
import type { GivenUpRange } from './share-partition.ts'
import type { SharePlace } from './share-state-record.ts'
import type { ShareGroupSettings } from './share-world.ts'

const ENABLED = 'errors.deadletterqueue.group.enable'
/** Copied at a time. */
const READ_BYTES = 1024 * 1024
/** Of records in one batch, whatever more the topic would take. */
const BATCH_BYTES = 256 * 1024
/** What a record has besides its key and value, at the most: long names of topic and group. */
const OVERHEAD_BYTES = 2048

/** As Kafka says it. */
const WHY: Readonly<Record<GivenUp, string>> = {
  rejected: 'Offset rejected by client.',
  'delivered too often': 'Offset delivery count exceeded the threshold.',
}

interface DeadLettersOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly topics: Pick<TopicCatalog, 'byId' | 'byName' | 'create'>
  readonly settingsOf: (groupId: string) => ShareGroupSettings
  /** `errors.deadletterqueue.topic.name.prefix` */
  readonly prefix: string
  /** `errors.deadletterqueue.auto.create.topics.enable` */
  readonly createsTopics: boolean
}

interface Letter {
  readonly offset: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/**
 * Puts records that share groups give up into topics for dead letters (KIP-1191): where each was,
 * why it is there, and, if the group wants, what it was. Source of names: Kafka after 4.3.
 */
export class DeadLetters {
  readonly #options: DeadLettersOptions
  readonly #told = new ToldOnce()

  constructor(options: DeadLettersOptions) {
    this.#options = options
  }

  /** Never fails: a record that cannot be put there must not hold up those behind it. */
  async bury(place: SharePlace, log: PartitionLog, dead: readonly GivenUpRange[]): Promise<void> {
    const { deadLetterTopic: topic, copiesDeadLetters } = this.#options.settingsOf(place.groupId)
    if (topic === '') return
    try {
      const target = this.#partitionFor(place, await this.#topicNamed(topic))
      for (const range of dead) {
        const headers = (offset: number): RecordHeader[] => headersOf(place, log, { range, offset })
        // oxlint-disable-next-line no-await-in-loop -- in the order of their offsets
        for await (const letters of copiesDeadLetters ? copies(log, range) : pointers(range)) {
          await this.#append(target, letters, headers)
        }
      }
    } catch (error) {
      const known = error instanceof StorageError || error instanceof DecodeError
      if (!known) throw error
      const { groupId: group } = place
      const { message: cause } = error
      if (this.#told.isNew(`${group} ${cause}`)) {
        this.#options.logger.warn('dead-letters-lost', { group, topic, cause })
      }
    }
  }

  /** @throws {StorageError} when share groups may put nothing there */
  async #topicNamed(name: string): Promise<Topic> {
    const { topics, prefix, createsTopics } = this.#options
    if (name.startsWith('__')) throw new StorageError(`${name} is a name of the broker's own`)
    const found = topics.byName(name)
    if (found !== undefined && found.configs.get(ENABLED) !== 'true') {
      throw new StorageError(`${name} is not for dead letters: ${ENABLED} is not true`)
    }
    if (!name.startsWith(prefix)) throw new StorageError(`${name} does not begin with ${prefix}`)
    if (found !== undefined) return found
    if (!createsTopics) throw new StorageError(`there is no topic ${name}`)
    const configs = new Map([[ENABLED, 'true']])
    const wanted = { name, partitions: -1, replicationFactor: -1, assignments: [], configs }
    const [outcome] = await topics.create([wanted])
    const made = topics.byName(name)
    if (made === undefined) throw new StorageError(outcome?.errorMessage ?? `cannot make ${name}`)
    return made
  }

  #partitionFor({ partition }: SharePlace, { partitions, name }: Topic): Partition {
    const target = partitions[partition % partitions.length]
    if (target === undefined) throw new StorageError(`${name} has no partitions`)
    return target
  }

  async #append(
    { log, leaderEpoch }: Partition,
    letters: readonly Letter[],
    headersFor: (offset: number) => RecordHeader[],
  ): Promise<void> {
    if (log === undefined) throw new StorageError('the log of dead letters is offline')
    const timestamp = this.#options.clock.nowMs()
    const mostBytes = Math.min(log.config.maxMessageBytes, BATCH_BYTES)
    let builder = new RecordBatchBuilder()
    let count = 0
    for (const { offset, key, value } of letters) {
      const bytes = (key?.length ?? 0) + (value?.length ?? 0) + OVERHEAD_BYTES
      // what is too large to be copied can still be pointed at
      const copied = bytes <= log.config.maxMessageBytes ? { key, value } : NOTHING
      const record: RecordInput = { timestamp, ...copied, headers: headersFor(offset) }
      if (count > 0 && builder.sizeBytes + bytes > mostBytes) {
        // oxlint-disable-next-line no-await-in-loop -- in the order of their offsets
        await committed(log, builder.build(), leaderEpoch)
        builder = new RecordBatchBuilder()
        count = 0
      }
      builder.append(record)
      count += 1
    }
    if (count > 0) await committed(log, builder.build(), leaderEpoch)
  }
}

const NOTHING = { key: null, value: null }
/** Pointers at a time. */
const LETTERS = 500

async function* pointers({ firstOffset, lastOffset }: GivenUpRange): AsyncGenerator<Letter[]> {
  for (let offset = firstOffset; offset <= lastOffset; offset += LETTERS) {
    yield lettersTo(offset, Math.min(lastOffset, offset + LETTERS - 1), new Map())
  }
}

/** What was read is lent until the next is asked for. */
async function* copies(log: PartitionLog, range: GivenUpRange): AsyncGenerator<Letter[]> {
  const { lastOffset } = range
  let offset = Math.max(range.firstOffset, log.logStartOffset)
  while (offset <= lastOffset) {
    // oxlint-disable-next-line no-await-in-loop -- so that not all of it is in memory
    const read = await log.read(offset, READ_BYTES, { minOneBatch: true })
    try {
      if (read.errorCode !== ErrorCode.NONE || read.nextOffset <= offset) return
      const last = Math.min(lastOffset, read.nextOffset - 1)
      yield lettersTo(offset, last, recordsOf(read.records, offset, last))
      offset = last + 1
    } finally {
      read.release()
    }
  }
}

function recordsOf(bytes: Uint8Array, first: number, last: number): Map<number, Letter> {
  const found = new Map<number, Letter>()
  for (const batch of readBatches(bytes)) {
    if (batch.control) continue
    for (const { offset, key, value } of readRecords(batch)) {
      if (offset >= first && offset <= last) found.set(offset, { offset, key, value })
    }
  }
  return found
}

function lettersTo(first: number, last: number, found: ReadonlyMap<number, Letter>): Letter[] {
  return Array.from({ length: last - first + 1 }, (_, at) => {
    return found.get(first + at) ?? { offset: first + at, ...NOTHING }
  })
}

function headersOf(
  { groupId, partition }: SharePlace,
  { topic }: PartitionLog,
  { range, offset }: { readonly range: GivenUpRange; readonly offset: number },
): RecordHeader[] {
  const texts = {
    topic,
    partition: String(partition),
    offset: String(offset),
    group: groupId,
    'delivery.count': String(range.deliveryCount),
    message: WHY[range.why],
  }
  return Object.entries(texts).map(([name, text]) => {
    return { key: `__dlq.errors.${name}`, value: Buffer.from(text) }
  })
}

function committed(log: PartitionLog, batch: Uint8Array, leaderEpoch: number): Promise<void> {
  const result = log.appendAsLeader(batch, { origin: 'coordinator', leaderEpoch })
  if (result.errorCode !== ErrorCode.NONE)
    throw new StorageError(result.errorMessage ?? 'an append was refused')
  return new Promise((resolve, reject) => {
    log.whenCommitted(result.lastOffset + 1, {
      committed: () => resolve(),
      failed: (_log, error) => reject(error),
    })
  })
}
