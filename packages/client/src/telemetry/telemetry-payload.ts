import { compress, Compression, compressionName } from '@pafka/protocol'

import { type Attribute, encodeMetrics, type MetricPoint, type PointTimes } from './otlp-metrics.ts'

/** Above it nothing is pushed, whatever a broker takes. */
const MOST_BYTES = 1_048_576
/** Of so many at most a payload is made. */
const MOST_POINTS = 10_000

/** What is pushed. */
export interface TelemetryPayload {
  readonly bytes: Uint8Array
  /** By its number. */
  readonly codec: number
  /** Those that are in it: the first of all. */
  readonly points: readonly MetricPoint[]
}

export interface PayloadTerms {
  /** What the broker understands, the best first. */
  readonly codecs: readonly number[]
  /** Of the payload, before it is compressed as well as then: a broker may look at either. */
  readonly maxBytes: number
  readonly times: PointTimes
  readonly resource: readonly Attribute[]
}

/** As many of the points as have room, the first before the last. */
export function telemetryPayload(
  all: readonly MetricPoint[],
  { codecs, maxBytes, times, resource }: PayloadTerms,
): TelemetryPayload {
  const mostBytes = Math.min(maxBytes, MOST_BYTES)
  let points = all.slice(0, MOST_POINTS)
  for (;;) {
    const encoded = encodeMetrics(points, times, resource)
    const packed = pack(encoded, codecs)
    const hasRoom = Math.max(encoded.length, packed.bytes.length) <= mostBytes
    if (hasRoom || points.length === 0) return { ...packed, points }
    points = points.slice(0, Math.floor(points.length / 2))
  }
}

/** With the first codec that there is; a library may not be installed on this platform. */
function pack(
  bytes: Uint8Array,
  codecs: readonly number[],
): { readonly bytes: Uint8Array; readonly codec: number } {
  if (bytes.length === 0) return { bytes, codec: Compression.none }
  for (const codec of codecs) {
    const name = compressionName(codec)
    if (name === undefined) continue
    try {
      return { bytes: compress(name, bytes), codec }
    } catch {
      // the next one
    }
  }
  return { bytes, codec: Compression.none }
}
