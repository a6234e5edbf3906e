import { ErrorCode } from '@pafka/protocol'

import type { ClientTelemetry } from '../telemetry/client-telemetry.ts'
import type { MetricsRegistry } from './metrics-registry.ts'

const OUTCOMES: readonly (readonly [ErrorCode, string])[] = [
  [ErrorCode.NONE, 'accepted'],
  [ErrorCode.THROTTLING_QUOTA_EXCEEDED, 'too early'],
  [ErrorCode.UNKNOWN_SUBSCRIPTION_ID, 'unknown subscription'],
  [ErrorCode.UNSUPPORTED_COMPRESSION_TYPE, 'unknown compression'],
  [ErrorCode.TELEMETRY_TOO_LARGE, 'too large'],
  [ErrorCode.INVALID_RECORD, 'not metrics'],
  [ErrorCode.INVALID_REQUEST, 'not expected'],
]

/** Lets be seen what clients push of their own metrics, and how much of it there is. */
export function addTelemetryMetrics(metrics: MetricsRegistry, telemetry: ClientTelemetry): void {
  const { series } = telemetry
  metrics.gauge(
    'pafka_telemetry_clients',
    'Client instances that asked for subscriptions to their metrics, or pushed some, of late.',
    () => telemetry.clientCount,
  )
  metrics.gauge(
    'pafka_telemetry_series',
    'Time series of metrics that clients push.',
    () => series.count,
  )
  metrics.counter(
    'pafka_telemetry_dropped_points_total',
    'Numbers that clients pushed and that are not shown: beyond a bound, or of an unknown kind.',
    () => series.droppedPoints,
  )
  metrics.counters(
    'pafka_telemetry_pushes_total',
    'Pushes of metrics by clients, by what came of them.',
    'outcome',
    () => OUTCOMES.map(([code, outcome]) => [outcome, telemetry.outcomes.get(code) ?? 0]),
  )
  metrics.lines(() => telemetry.text())
}
