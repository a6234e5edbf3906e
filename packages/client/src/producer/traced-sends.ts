import type { SendTrace, TraceHeaders, Tracing } from '../watch/tracing.ts'
import {
  type Headers,
  type HeaderValue,
  pairsOf,
  type ProducerRecord,
  type Records,
  type SendReport,
} from './producer-record.ts'
import type { RecordMetadata } from './record-promises.ts'

/** Lets records carry what traces them, and tells of their end. */
export class TracedSends {
  readonly #tracing: Tracing
  readonly #clientId: string

  constructor(tracing: Tracing, clientId: string) {
    this.#tracing = tracing
    this.#clientId = clientId
  }

  /** @param send rejects, and does not throw */
  one<K, V>(
    topic: string,
    record: ProducerRecord<K, V>,
    send: (record: ProducerRecord<K, V>) => Promise<RecordMetadata>,
  ): Promise<RecordMetadata> {
    const trace = this.#tracing.sends({ topic, clientId: this.#clientId, record })
    return told(send(withTrace(record, trace.headers)), trace)
  }

  /** @param send rejects, and does not throw */
  all<K, V>(
    topic: string,
    records: Records<K, V>,
    send: (records: Records<K, V>) => Promise<SendReport>,
  ): Promise<SendReport> {
    const trace = this.#tracing.sends({ topic, clientId: this.#clientId })
    return told(send(allWithTrace(records, trace.headers)), trace)
  }

  /** Of which nobody is told what becomes. */
  queued<K, V>(record: ProducerRecord<K, V>): ProducerRecord<K, V> {
    return withTrace(record, this.#tracing.headers())
  }
}

/** Nothing else of it changes; it may be of any class. */
export function withTrace<K, V>(
  record: ProducerRecord<K, V>,
  trace: TraceHeaders,
): ProducerRecord<K, V> {
  if (trace.headers.length === 0) return record
  try {
    const { key = null, value, timestamp, partition, headers } = record
    return {
      ...{ key, value },
      headers: headers === undefined ? trace.headers : tracedHeaders(headers, trace),
      ...(timestamp === undefined ? {} : { timestamp }),
      ...(partition === undefined ? {} : { partition }),
    }
  } catch {
    return record // it throws again where it is written, and that is told there
  }
}

/** Read when the record is written, as others are: what they throw is then its error. */
function tracedHeaders(
  given: Headers,
  { headers, names }: TraceHeaders,
): Iterable<readonly [string, HeaderValue]> {
  return {
    *[Symbol.iterator]() {
      let isTraced = false
      for (const pair of pairsOf(given)) {
        isTraced ||= names.includes(pair[0])
        yield pair
      }
      if (!isTraced) yield* headers
    },
  }
}

function allWithTrace<K, V>(records: Records<K, V>, trace: TraceHeaders): Records<K, V> {
  if (trace.headers.length === 0) return records
  if (Symbol.asyncIterator in records) return eachLaterWithTrace(records, trace)
  return eachWithTrace(records, trace)
}

function* eachWithTrace<K, V>(
  records: Iterable<ProducerRecord<K, V>>,
  trace: TraceHeaders,
): Generator<ProducerRecord<K, V>> {
  for (const record of records) yield withTrace(record, trace)
}

async function* eachLaterWithTrace<K, V>(
  records: AsyncIterable<ProducerRecord<K, V>>,
  trace: TraceHeaders,
): AsyncGenerator<ProducerRecord<K, V>> {
  for await (const record of records) yield withTrace(record, trace)
}

function told<T extends RecordMetadata | SendReport>(
  sent: Promise<T>,
  trace: SendTrace,
): Promise<T> {
  return sent.then(
    (outcome) => {
      trace.done(outcome)
      return outcome
    },
    (error: unknown) => {
      trace.failed(error)
      throw error
    },
  )
}
