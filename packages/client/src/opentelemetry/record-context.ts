import {
  type Context,
  isSpanContextValid,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  trace,
} from '@opentelemetry/api'

/** What was read, as a `ConsumerRecord` or a `ShareJob` is. */
export interface TracedRecord {
  readonly headers: readonly (readonly [string, Uint8Array | null])[]
}

type HeaderPairs = readonly (readonly [string, string | Uint8Array | null])[]

/** The last of a name counts, as for other clients. */
const GETTER: TextMapGetter<HeaderPairs> = {
  keys: (headers) => headers.map(([name]) => name),
  get: (headers, name) => {
    const value = headers.findLast(([one]) => one === name)?.[1]
    return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : (value ?? undefined)
  },
}

/**
 * In which context a record was sent: `context.with(contextOf(record), ...)` goes on with its
 * trace. Nothing is in it where the record has none.
 * @param propagator the global one by default
 */
export function contextOf(
  record: TracedRecord,
  propagator: TextMapPropagator = propagation,
): Context {
  try {
    return contextIn(record.headers, propagator)
  } catch {
    return ROOT_CONTEXT // headers that cannot be decoded are told of where they are looked at
  }
}

/**
 * Links to what sent these records, each once: for a span of a whole batch.
 * @param propagator the global one by default
 */
export function linksOf(
  records: Iterable<TracedRecord>,
  propagator: TextMapPropagator = propagation,
): Link[] {
  return linksTo([...records].map((record) => contextOf(record, propagator)))
}

export function contextIn(headers: HeaderPairs, propagator: TextMapPropagator): Context {
  return headers.length === 0 ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, headers, GETTER)
}

/** Without those that are of no trace. */
export function linksTo(contexts: readonly Context[]): Link[] {
  const found = new Map<string, SpanContext>()
  for (const one of contexts) {
    const context = trace.getSpanContext(one)
    if (context === undefined || !isSpanContextValid(context)) continue
    found.set(`${context.traceId} ${context.spanId}`, context)
  }
  return [...found.values()].map((context) => ({ context }))
}
