import {
  doubleField,
  fixed64Field,
  messageField,
  textField,
  varintField,
} from './protobuf-bytes.ts'

/** What a number is about: a name and a text. */
export type Attribute = readonly [name: string, value: string]

/** One number. */
export interface MetricPoint {
  readonly name: string
  /** A sum counts from a beginning on; a gauge is what it is now. */
  readonly kind: 'gauge' | 'sum'
  readonly value: number
  readonly attributes?: readonly Attribute[]
}

/** When points were taken, in milliseconds since the epoch, and what their sums are. */
export interface PointTimes {
  readonly nowMs: number
  /** From when on sums count. */
  readonly sinceMs: number
  /** Sums are what came since the push before, and not the whole. */
  readonly isDelta: boolean
}

const DELTA = 1
const CUMULATIVE = 2
const NANOS_IN_MS = 1_000_000n

/**
 * OpenTelemetry's MetricsData, points of a name in one metric. Source of the numbers:
 * opentelemetry/proto/metrics/v1/metrics.proto.
 *
 *   message MetricsData     { repeated ResourceMetrics resource_metrics = 1; }
 *   message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
 *   message Resource        { repeated KeyValue attributes = 1; }
 *   message ScopeMetrics    { repeated Metric metrics = 2; }
 *   message Metric          { string name = 1; oneof { Points gauge = 5; Points sum = 7; } }
 *   message Points          { repeated Point points = 1; int temporality = 2; bool monotonic = 3; }
 *   message Point           { fixed64 start_nanos = 2; fixed64 nanos = 3; double value = 4;
 *                             repeated KeyValue attributes = 7; }
 *   message KeyValue        { string key = 1; AnyValue value = 2; }
 *   message AnyValue        { string value = 1; }
 *
 * @param resource what all points have in common
 */
export function encodeMetrics(
  points: readonly MetricPoint[],
  times: PointTimes,
  resource: readonly Attribute[],
): Buffer {
  if (points.length === 0) return Buffer.alloc(0)
  const byName = Map.groupBy(points, ({ name }) => name)
  const metrics = Array.from(byName, ([name, own]) => metricField(name, own, times))
  const about = messageField(1, ...attributeFields(1, resource))
  return messageField(1, about, messageField(2, ...metrics))
}

function metricField(name: string, points: readonly MetricPoint[], times: PointTimes): Buffer {
  const isSum = points[0]?.kind === 'sum'
  const own = points.map((point) => pointField(point, times))
  if (!isSum) return messageField(2, textField(1, name), messageField(5, ...own))
  const temporality = varintField(2, times.isDelta ? DELTA : CUMULATIVE)
  const isMonotonic = varintField(3, 1)
  return messageField(2, textField(1, name), messageField(7, ...own, temporality, isMonotonic))
}

function pointField(
  { kind, value, attributes = [] }: MetricPoint,
  { nowMs, sinceMs }: PointTimes,
): Buffer {
  const start = kind === 'sum' ? [fixed64Field(2, nanos(sinceMs))] : []
  const about = attributeFields(7, attributes)
  return messageField(1, ...start, fixed64Field(3, nanos(nowMs)), doubleField(4, value), ...about)
}

function attributeFields(field: number, attributes: readonly Attribute[]): Buffer[] {
  return attributes.map(([name, value]) => {
    return messageField(field, textField(1, name), messageField(2, textField(1, value)))
  })
}

function nanos(ms: number): bigint {
  return BigInt(Math.max(0, Math.round(ms))) * NANOS_IN_MS
}
