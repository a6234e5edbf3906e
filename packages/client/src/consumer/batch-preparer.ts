import type { Clock, Logger, Random } from '@pafka/base'

import { asError } from '../errors/as-error.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import { retrying } from '../time/retrying.ts'
import type { ConsumerRecord, RecordSource } from './consumer-record.ts'
import { type DeadLetterProducer, DeadLetters } from './dead-letters.ts'
import { type DecodePolicy, decodePolicy } from './decode-policy.ts'
import type { FetchedBatch, RecordSequence } from './fetched-batch.ts'
import { PreparedBatch } from './prepared-batch.ts'

/** How records are decoded. */
export interface DecodeTerms {
  readonly policy: DecodePolicy | undefined
  readonly logger: Logger
  readonly groupId?: string | undefined
  readonly producer: () => DeadLetterProducer
}

export interface BatchPreparerOptions extends DecodeTerms {
  readonly clock: Clock
  readonly random: Random
}

/**
 * Does with a batch what must be done before its records are given out: serdes look up what they
 * need, and records that cannot be decoded are sorted out, when the policy says so.
 */
export class BatchPreparer {
  readonly #options: BatchPreparerOptions
  readonly #isLazy: boolean
  readonly #deadLetters: DeadLetters | undefined
  readonly #closed = new AbortController()

  /** @throws {ConfigError} */
  constructor(options: BatchPreparerOptions) {
    const policy = decodePolicy(options.policy)
    this.#options = options
    this.#isLazy = policy === 'throw'
    this.#deadLetters =
      typeof policy === 'string'
        ? undefined
        : new DeadLetters(policy.deadLetterTopic, options.groupId, options.producer)
  }

  /** @returns undefined for a batch that can be given out as it is */
  prepare<K, V>(
    batch: FetchedBatch,
    source: RecordSource<K, V>,
  ): Promise<RecordSequence> | undefined {
    const { key, value } = source
    const needsNothing = key.prepareDecode === undefined && value.prepareDecode === undefined
    return this.#isLazy && needsNothing ? undefined : this.#prepare(batch, source)
  }

  close(): void {
    this.#closed.abort(new Error('the consumer was closed'))
    this.#deadLetters?.close()
  }

  async #prepare<K, V>(batch: FetchedBatch, source: RecordSource<K, V>): Promise<PreparedBatch> {
    const records = allOf(batch, source)
    const { clock, random, logger } = this.#options
    const { signal } = this.#closed
    const { topic, partition } = source
    await retrying(
      async (failures) => {
        try {
          await lookedUp(records)
        } catch (error) {
          const why = asError(error).message
          if (failures === 0) logger.warn('lookup-for-decoding-failed', { topic, partition, why })
          throw error
        }
      },
      { clock, random, deadlineMs: Infinity, signal },
    )
    const passedOver = this.#isLazy ? [] : undecodable(records)
    if (passedOver.length > 0) {
      const count = passedOver.length
      logger.warn('records-not-decoded', { topic, partition, count })
      const deadLetters = this.#deadLetters
      await Promise.all(
        passedOver.map(async ({ record, error }) => deadLetters?.write(record, error)),
      )
    }
    const offsets = new Set(passedOver.map(({ record }) => record.offset))
    return new PreparedBatch(batch, records, offsets)
  }
}

/** @throws {KafkaError} CORRUPT_MESSAGE */
function allOf<K, V>(batch: FetchedBatch, source: RecordSource<K, V>): ConsumerRecord<K, V>[] {
  const records: ConsumerRecord<K, V>[] = []
  try {
    for (let one = batch.next(source); one !== undefined; one = batch.next(source)) {
      records.push(one)
    }
  } catch (cause) {
    const { topic, partition } = source
    const text = `${topic}/${partition} has a batch that is damaged before ${batch.lastOffset}`
    const context = { topic, partition }
    throw new KafkaError('CORRUPT_MESSAGE', text, { kind: 'fatal', context, cause })
  }
  return records
}

async function lookedUp(records: readonly ConsumerRecord<unknown, unknown>[]): Promise<void> {
  await Promise.all(records.map((record) => record.prepare()).filter((one) => one !== undefined))
}

interface Undecodable {
  readonly record: ConsumerRecord<unknown, unknown>
  readonly error: KafkaError
}

function undecodable(records: readonly ConsumerRecord<unknown, unknown>[]): Undecodable[] {
  return records.flatMap((record) => {
    try {
      void [record.headers, record.key, record.value]
      return []
    } catch (error) {
      if (error instanceof KafkaError) return [{ record, error }]
      throw error
    }
  })
}
