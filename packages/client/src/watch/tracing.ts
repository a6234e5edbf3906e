import type { ProducerRecord, SendReport } from '../producer/producer-record.ts'
import type { RecordMetadata } from '../producer/record-promises.ts'

/** What records carry, so that whoever processes them knows what they are part of. */
export interface TraceHeaders {
  readonly headers: readonly (readonly [string, string])[]
  /** A record with a header of such a name is part of something else, and stays as it is. */
  readonly names: readonly string[]
}

/** What is sent: one record, or many. */
export interface SentRecords {
  readonly topic: string
  readonly clientId: string
  /** Undefined where there may be many. */
  readonly record?: ProducerRecord<unknown, unknown>
}

/** The sending of records, until one of its ends is called. */
export interface SendTrace {
  readonly headers: TraceHeaders
  /** All are acknowledged. */
  done(outcome: RecordMetadata | SendReport): void
  failed(error: unknown): void
}

/** What a handler is given: a `ConsumerRecord` or a `ShareJob`. */
export interface HandledRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly keyBytes: Uint8Array | null
  readonly valueBytes: Uint8Array | null
  /** @throws {KafkaError} where they cannot be decoded */
  readonly headers: readonly (readonly [string, Uint8Array | null])[]
}

/** A record, and who handles it. */
export interface Handled {
  readonly record: HandledRecord
  readonly groupId: string
  readonly clientId: string
}

/**
 * Follows records from program to program. What a client does is told to it; it must not throw for
 * reasons of its own. `openTelemetry()` of `@pafka/client/opentelemetry` makes one.
 */
export interface Tracing {
  /** Told before the first of them is on its way. */
  sends(sent: SentRecords): SendTrace
  /** Of a record that is enqueued now, or emitted: nobody is told what becomes of it. */
  headers(): TraceHeaders
  /** Calls `handle` once. @returns what it returns. @throws what it throws */
  handles(handled: Handled, handle: () => unknown): unknown
}
