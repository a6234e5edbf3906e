import type { KafkaError } from '../errors/kafka-error.ts'
import type { ConsumerRecord } from './consumer-record.ts'

/** A record as it came, and its further headers. */
export interface DeadLetter {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly (readonly [string, string | Uint8Array | null])[]
  readonly timestamp?: number
}

/** Where dead letters go: a producer. */
export interface DeadLetterProducer {
  send(topic: string, record: DeadLetter): Promise<unknown>
  /** Gives up what is not written: its record is not processed either, and comes again. */
  abort(): void
}

/** Writes records that nobody can decode into a topic for them. */
export class DeadLetters {
  readonly #topic: string
  readonly #groupId: string | undefined
  readonly #open: () => DeadLetterProducer
  /** Made for the first of them: most programs never have one. */
  #producer: DeadLetterProducer | undefined

  constructor(topic: string, groupId: string | undefined, open: () => DeadLetterProducer) {
    this.#topic = topic
    this.#groupId = groupId
    this.#open = open
  }

  /** Ends when it is written for good. @throws {KafkaError} */
  async write(record: ConsumerRecord<unknown, unknown>, error: KafkaError): Promise<void> {
    this.#producer ??= this.#open()
    await this.#producer.send(this.#topic, deadLetterOf(record, error, this.#groupId))
  }

  close(): void {
    this.#producer?.abort()
  }
}

/** With the headers that Kafka's own dead letters have (KIP-1191). */
export function deadLetterOf(
  record: ConsumerRecord<unknown, unknown>,
  error: KafkaError,
  groupId: string | undefined,
): DeadLetter {
  const { topic, partition, offset, timestamp } = record
  const told = {
    ...{ topic, partition: String(partition), offset: String(offset) },
    ...(groupId === undefined ? {} : { group: groupId }),
    message: error.message,
  }
  const added = Object.entries(told).map(([name, text]) => [`__dlq.errors.${name}`, text] as const)
  return {
    ...{ key: record.keyBytes, value: record.valueBytes },
    headers: [...headersOf(record), ...added],
    ...(timestamp < 0 ? {} : { timestamp }),
  }
}

/** None where they are what cannot be decoded. */
function headersOf(record: ConsumerRecord<unknown, unknown>): ConsumerRecord<0, 0>['headers'] {
  try {
    return record.headers
  } catch {
    return []
  }
}
