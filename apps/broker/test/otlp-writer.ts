import { Writer } from 'protobufjs/minimal.js'

/** A point as a client would push it. */
export interface WrittenPoint {
  readonly value?: number
  /** As `as_int` and not as `as_double`. */
  readonly isInteger?: boolean
  readonly flags?: number
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

export interface WrittenMetric {
  readonly name: string
  readonly type?: 'gauge' | 'delta' | 'cumulative' | 'histogram'
  readonly isMonotonic?: boolean
  readonly points: readonly WrittenPoint[]
}

const FIELDS = { gauge: 5, delta: 7, cumulative: 7, histogram: 9 } as const
const TEMPORALITIES = { gauge: 0, delta: 1, cumulative: 2, histogram: 2 } as const
const BYTES = 2
const FIXED64 = 1

/** OpenTelemetry's MetricsData, with the resource said again for each metric as Java does. */
export function writtenMetrics(
  metrics: readonly WrittenMetric[],
  resource: Readonly<Record<string, string>> = {},
): Uint8Array {
  const writer = Writer.create()
  for (const metric of metrics) {
    message(writer, 1, () => {
      message(writer, 1, () => attributes(writer, 1, resource))
      message(writer, 2, () => message(writer, 2, () => metricFields(writer, metric)))
    })
  }
  return writer.finish()
}

function metricFields(writer: Writer, metric: WrittenMetric): void {
  const { name, type = 'gauge', isMonotonic = true, points } = metric
  writer.uint32((1 << 3) | BYTES).string(name)
  writer.uint32((2 << 3) | BYTES).string('a description')
  message(writer, FIELDS[type], () => {
    for (const point of points) message(writer, 1, () => pointFields(writer, point))
    if (type === 'gauge') return
    writer.uint32(2 << 3).uint32(TEMPORALITIES[type])
    if (type !== 'histogram') writer.uint32(3 << 3).bool(isMonotonic)
  })
}

function pointFields(writer: Writer, point: WrittenPoint): void {
  const { value, isInteger = false, flags, attributes: own = {} } = point
  writer.uint32((3 << 3) | FIXED64).double(0) // a time, which is not read
  if (value !== undefined && isInteger) {
    writer.uint32((6 << 3) | FIXED64)
    writer.fixed32(((value % 2 ** 32) + 2 ** 32) % 2 ** 32).sfixed32(Math.floor(value / 2 ** 32))
  } else if (value !== undefined) {
    writer.uint32((4 << 3) | FIXED64).double(value)
  }
  if (flags !== undefined) writer.uint32(8 << 3).uint32(flags)
  attributes(writer, 7, own)
}

function attributes(
  writer: Writer,
  field: number,
  all: NonNullable<WrittenPoint['attributes']>,
): void {
  for (const [name, value] of Object.entries(all)) {
    message(writer, field, () => {
      writer.uint32((1 << 3) | BYTES).string(name)
      message(writer, 2, () => {
        if (typeof value === 'string') writer.uint32((1 << 3) | BYTES).string(value)
        else if (typeof value === 'boolean') writer.uint32(2 << 3).bool(value)
        else if (Number.isInteger(value)) writer.uint32(3 << 3).int64(value)
        else writer.uint32((4 << 3) | FIXED64).double(value)
      })
    })
  }
}

function message(writer: Writer, field: number, write: () => void): void {
  writer.uint32((field << 3) | BYTES).fork()
  write()
  writer.ldelim()
}
