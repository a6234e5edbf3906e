import { DecodeError } from '@pafka/base'
import { Reader } from 'protobufjs/minimal.js'

/** A name and a text, as clients tell what a number is about. */
export type Attribute = readonly [name: string, value: string]

/** One number that a client measured. */
export interface MetricPoint {
  readonly name: string
  readonly kind: 'gauge' | 'counter'
  /** It is what came since the push before; else the whole. */
  readonly isDelta: boolean
  readonly attributes: readonly Attribute[]
  readonly value: number
}

export interface PushedMetrics {
  readonly points: readonly MetricPoint[]
  /** What they all have in common. */
  readonly resource: readonly Attribute[]
  /** Points beyond the bounds, and of kinds that are not read: distributions. */
  readonly skippedPoints: number
}

const MOST_POINTS = 10_000
const MOST_ATTRIBUTES = 16
const MOST_NAME_LENGTH = 200
const MOST_VALUE_LENGTH = 200

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const GROUPS: readonly number[] = [3, 4]
const DELTA = 1
/** The point says that nothing was measured. */
const NO_VALUE_FLAG = 1

/*
 * What is read of opentelemetry/proto/metrics/v1/metrics.proto. The reader is written out, as that
 * of the catalog is: loading a reflection takes longer than starting the rest of the broker may.
 *
 *   message MetricsData     { repeated ResourceMetrics resource_metrics = 1; }
 *   message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
 *   message Resource        { repeated KeyValue attributes = 1; }
 *   message ScopeMetrics    { repeated Metric metrics = 2; }
 *   message Metric          { string name = 1; oneof { Points gauge = 5; Points sum = 7; } }
 *   message Points          { repeated Point points = 1; int temporality = 2; bool monotonic = 3; }
 *   message Point           { repeated KeyValue attributes = 7; uint32 flags = 8;
 *                             oneof { double as_double = 4; sfixed64 as_int = 6; } }
 *   message KeyValue        { string key = 1; AnyValue value = 2; }
 *   message AnyValue        { oneof { string = 1; bool = 2; int64 = 3; double = 4; } }
 */
function tagOf(field: number, wireType: number): number {
  return (field << 3) | wireType
}

const FIRST = tagOf(1, BYTES)
const SECOND = tagOf(2, BYTES)
const GAUGE = tagOf(5, BYTES)
const SUM = tagOf(7, BYTES)
/** Histogram, exponential histogram, summary: their points are in field 1 as well. */
const DISTRIBUTIONS: readonly number[] = [tagOf(9, BYTES), tagOf(10, BYTES), tagOf(11, BYTES)]
const TEMPORALITY = tagOf(2, VARINT)
const MONOTONIC = tagOf(3, VARINT)
const AS_DOUBLE = tagOf(4, FIXED64)
const AS_INT = tagOf(6, FIXED64)
const POINT_ATTRIBUTES = tagOf(7, BYTES)
const FLAGS = tagOf(8, VARINT)

/** @param bytes not kept. @throws {DecodeError} for what is no OTLP. */
export function decodeMetrics(bytes: Uint8Array): PushedMetrics {
  const decoder = new MetricsDecoder(bytes)
  try {
    decoder.run()
  } catch (error) {
    if (error instanceof DecodeError) throw error
    throw new DecodeError('metrics do not decode', { cause: error })
  }
  return decoder
}

/** Reads one field whose tag was read; false leaves it to be skipped. */
type FieldReader = (tag: number) => boolean

interface MutablePoint {
  value: number | undefined
  flags: number
  attributes: Attribute[]
  isTooLong: boolean
}

class MetricsDecoder implements PushedMetrics {
  readonly points: MetricPoint[] = []
  readonly resource: Attribute[] = []
  skippedPoints = 0
  readonly #reader: Reader
  #end: number

  constructor(bytes: Uint8Array) {
    this.#reader = Reader.create(bytes)
    this.#end = this.#reader.len
  }

  run(): void {
    this.#fields((tag) => tag === FIRST && this.#message((each) => this.#resourceField(each)))
  }

  #resourceField(tag: number): boolean {
    if (tag === FIRST) return this.#message((each) => each === FIRST && this.#resourceAttribute())
    if (tag !== SECOND) return false
    return this.#message((each) => each === SECOND && this.#metric())
  }

  /** Clients say it again with every metric. */
  #resourceAttribute(): true {
    const attribute = this.#attribute()
    const isKnown = this.resource.some(([name]) => name === attribute[0])
    const hasRoom = this.resource.length < MOST_ATTRIBUTES
    if (!isKnown && hasRoom && isShort(attribute)) this.resource.push(attribute)
    return true
  }

  #metric(): boolean {
    let name = ''
    return this.#message((tag) => {
      if (tag === FIRST) name = this.#reader.string()
      else if (tag === GAUGE) this.#points(name, 'gauge')
      else if (tag === SUM) this.#points(name, 'sum')
      else if (DISTRIBUTIONS.includes(tag)) this.#skipPoints()
      else return false
      return true
    })
  }

  /** Whether they are deltas may be said after them. */
  #points(name: string, type: 'gauge' | 'sum'): void {
    const found: MutablePoint[] = []
    let temporality = 0
    let isMonotonic = false
    this.#message((tag) => {
      if (tag === FIRST) this.#point(found)
      else if (tag === TEMPORALITY) temporality = this.#reader.uint32()
      else if (tag === MONOTONIC) isMonotonic = this.#reader.bool()
      else return false
      return true
    })
    const kind = type === 'sum' && isMonotonic ? 'counter' : 'gauge'
    const isDelta = type === 'sum' && temporality === DELTA
    const isNamed = name !== '' && name.length <= MOST_NAME_LENGTH
    for (const { value, flags, attributes, isTooLong } of found) {
      if ((flags & NO_VALUE_FLAG) !== 0) continue
      const isWhole = isNamed && value !== undefined && !isTooLong
      if (isWhole && this.points.length < MOST_POINTS) {
        this.points.push({ name, kind, isDelta, attributes, value })
      } else this.skippedPoints += 1
    }
  }

  #point(found: MutablePoint[]): void {
    const point: MutablePoint = { value: undefined, flags: 0, attributes: [], isTooLong: false }
    this.#message((tag) => {
      if (tag === AS_DOUBLE) point.value = this.#reader.double()
      else if (tag === AS_INT) point.value = this.#sfixed64()
      else if (tag === FLAGS) point.flags = this.#reader.uint32()
      else if (tag === POINT_ATTRIBUTES) this.#pointAttribute(point)
      else return false
      return true
    })
    if (this.points.length + found.length < MOST_POINTS) found.push(point)
    else this.skippedPoints += 1
  }

  #pointAttribute(point: MutablePoint): void {
    const attribute = this.#attribute()
    const hasRoom = point.attributes.length < MOST_ATTRIBUTES
    if (hasRoom && isShort(attribute)) point.attributes.push(attribute)
    else point.isTooLong = true
  }

  #skipPoints(): void {
    this.#message((tag) => {
      if (tag === FIRST) this.skippedPoints += 1
      return false
    })
  }

  #attribute(): Attribute {
    let name = ''
    let value = ''
    this.#message((tag) => {
      if (tag === FIRST) name = this.#reader.string()
      else if (tag === SECOND) value = this.#anyValue()
      else return false
      return true
    })
    return [name, value]
  }

  /** Lists and maps, which no client sends, are empty. */
  #anyValue(): string {
    let value = ''
    this.#message((tag) => {
      if (tag === FIRST) value = this.#reader.string()
      else if (tag === tagOf(2, VARINT)) value = String(this.#reader.bool())
      else if (tag === tagOf(3, VARINT)) value = this.#int64()
      else if (tag === tagOf(4, FIXED64)) value = String(this.#reader.double())
      else return false
      return true
    })
    return value
  }

  /** The library's own is of a type that depends on what else is installed. */
  #int64(): string {
    const reader = this.#reader
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = reader.buf[reader.pos]
      if (byte === undefined) break
      reader.pos += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return String(BigInt.asIntN(64, value))
    }
    throw new DecodeError('metrics have a number that does not end')
  }

  #sfixed64(): number {
    const low = this.#reader.fixed32()
    return this.#reader.sfixed32() * 2 ** 32 + low
  }

  /** A message inside the one that is read. @returns true: it was read. */
  #message(read: FieldReader): true {
    const outerEnd = this.#end
    const length = this.#reader.uint32()
    this.#end = this.#reader.pos + length
    if (this.#end > outerEnd) throw new DecodeError('metrics are cut short')
    this.#fields(read)
    this.#end = outerEnd
    return true
  }

  #fields(read: FieldReader): void {
    const reader = this.#reader
    const end = this.#end
    while (reader.pos < end) {
      const tag = reader.uint32()
      if (read(tag)) continue
      const wireType = tag & 7
      // of no use since long, and as deep as somebody likes
      if (GROUPS.includes(wireType)) throw new DecodeError('metrics have groups')
      reader.skipType(wireType)
    }
    if (reader.pos !== end) throw new DecodeError('metrics are longer than their fields')
  }
}

function isShort([name, value]: Attribute): boolean {
  return name.length <= MOST_NAME_LENGTH && value.length <= MOST_VALUE_LENGTH
}
