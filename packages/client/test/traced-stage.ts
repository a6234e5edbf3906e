import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

import { Kafka, type KafkaOptions } from '../src/index.ts'
import { openTelemetry } from '../src/opentelemetry/index.ts'
import { type StageBroker, startBroker } from './stage-broker.ts'

const exporter = new InMemorySpanExporter()

/** As a program does once. */
export function registerOpenTelemetry(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const spanProcessors = [new SimpleSpanProcessor({ exporter })]
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }))
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  )
}

/** A broker, a program that is traced, and the spans that ended since this began. */
export interface TracedStage extends AsyncDisposable {
  readonly broker: StageBroker
  readonly kafka: Kafka
  spans(name: string): ReadableSpan[]
  /** Of one that there is once. */
  span(name: string): ReadableSpan
}

export async function startTraced(options: Partial<KafkaOptions> = {}): Promise<TracedStage> {
  const broker = await startBroker({
    topics: ['in', 'out'].map((name) => ({ name, partitions: 1 })),
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  exporter.reset()
  const kafka = new Kafka({
    ...{ brokers: broker.bootstrap, clientId: 'shop', tracing: openTelemetry() },
    ...options,
  })
  const spans = (name: string): ReadableSpan[] =>
    exporter.getFinishedSpans().filter((one) => one.name === name)
  return {
    ...{ broker, kafka, spans },
    span: (name) => {
      const [found, ...more] = spans(name)
      if (found === undefined || more.length > 0) throw new Error(`not one span ${name}`)
      return found
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

/** Does something within a span, as a program around the client may. */
export function within<T>(name: string, body: () => Promise<T>): Promise<T> {
  return trace.getTracer('program').startActiveSpan(name, async (span) => {
    try {
      return await body()
    } finally {
      span.end()
    }
  })
}

/** Whose child it is, and of which trace; undefined for one that begins a trace. */
export function parentOf(span: ReadableSpan): string | undefined {
  const { parentSpanContext: parent } = span
  return parent && `${parent.traceId} ${parent.spanId}`
}

export function idOf(span: ReadableSpan): string {
  const { traceId, spanId } = span.spanContext()
  return `${traceId} ${spanId}`
}
