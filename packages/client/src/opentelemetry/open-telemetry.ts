import {
  context,
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
  type Tracer,
} from '@opentelemetry/api'

import { asError } from '../errors/as-error.ts'
import { pairsOf } from '../producer/producer-record.ts'
import { softwareVersion } from '../software-version.ts'
import type { Handled, SendTrace, SentRecords, TraceHeaders, Tracing } from '../watch/tracing.ts'
import { contextIn, contextOf, linksTo } from './record-context.ts'
import {
  placeAttributes,
  processAttributes,
  SCHEMA_URL,
  sendAttributes,
} from './span-attributes.ts'

export interface OpenTelemetryOptions {
  /** Of the global provider by default. */
  readonly tracer?: Tracer
  /** The global one by default. */
  readonly propagator?: TextMapPropagator
}

/**
 * Carries traces and baggage through the headers of records, and makes spans of what is sent and
 * handled: `new Kafka({ brokers, tracing: openTelemetry() })`. A provider may be registered later.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Tracing {
  return new OpenTelemetryTracing(options)
}

const SETTER: TextMapSetter<[string, string][]> = {
  set: (headers, name, value) => void headers.push([name, value]),
}

class OpenTelemetryTracing implements Tracing {
  readonly #tracer: Tracer
  readonly #propagator: TextMapPropagator

  constructor({ tracer, propagator = propagation }: OpenTelemetryOptions) {
    this.#tracer = tracer ?? globalTracer()
    this.#propagator = propagator
  }

  sends(sent: SentRecords): SendTrace {
    const parent = context.active()
    const kind = SpanKind.PRODUCER
    const links = linksTo([this.#ownContext(sent)])
    const terms = { kind, attributes: sendAttributes(sent), links }
    const span = this.#tracer.startSpan(`send ${sent.topic}`, terms, parent)
    return {
      headers: this.#headersIn(trace.setSpan(parent, span)),
      done: (outcome) => {
        const isOne = 'offset' in outcome
        if (isOne) span.setAttributes(placeAttributes(outcome.partition, outcome.offset))
        else span.setAttribute('messaging.batch.message_count', outcome.count)
        span.end()
      },
      failed: (error) => endWith(span, error),
    }
  }

  headers(): TraceHeaders {
    return this.#headersIn(context.active())
  }

  /** A record that is part of no trace begins one: what is around `run` is older than it. */
  handles(handled: Handled, handle: () => unknown): unknown {
    const { record } = handled
    const parent = contextOf(record, this.#propagator)
    const kind = SpanKind.CONSUMER
    const links = linksTo([parent, context.active()])
    const terms = { kind, attributes: processAttributes(handled), links }
    const span = this.#tracer.startSpan(`process ${record.topic}`, terms, parent)
    try {
      const handling = context.with(trace.setSpan(parent, span), handle)
      if (isThenable(handling)) return endAfter(span, handling)
      span.end()
      return handling
    } catch (error) {
      endWith(span, error)
      throw error
    }
  }

  #headersIn(from: Context): TraceHeaders {
    const headers: [string, string][] = []
    this.#propagator.inject(from, headers, SETTER)
    return { headers, names: this.#propagator.fields() }
  }

  /** Of a record that comes with headers of a trace, which it keeps. */
  #ownContext({ record }: SentRecords): Context {
    try {
      const headers = record?.headers
      // what can be read once only is left to who writes it
      if (headers === undefined || isReadOnce(headers)) return ROOT_CONTEXT
      return contextIn([...pairsOf(headers)], this.#propagator)
    } catch {
      return ROOT_CONTEXT // who writes it is told
    }
  }
}

function globalTracer(): Tracer {
  const provider = trace.getTracerProvider()
  return provider.getTracer('@pafka/client', softwareVersion(), { schemaUrl: SCHEMA_URL })
}

function isReadOnce(headers: object): boolean {
  return Symbol.iterator in headers && !Array.isArray(headers)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' || value === null || !('then' in value)) return false
  return typeof value.then === 'function'
}

async function endAfter(span: Span, handling: PromiseLike<unknown>): Promise<unknown> {
  try {
    const handled = await handling
    span.end()
    return handled
  } catch (error) {
    endWith(span, error)
    throw error
  }
}

function endWith(span: Span, error: unknown): void {
  const told = asError(error)
  span.recordException(told)
  span.setAttribute('error.type', codeOf(told))
  span.setStatus({ code: SpanStatusCode.ERROR, message: told.message })
  span.end()
}

/** Of a `KafkaError` its code, which is stable. */
function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
