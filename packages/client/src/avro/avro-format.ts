import { DecodeError } from '@pafka/base'
import avsc from 'avsc'
import type { Type } from 'avsc'

import type { Sink } from '../serde/serde.ts'
import type { SchemaFormat, ValueReader, ValueWriter } from '../schema-registry/schema-format.ts'
import type { Schema, WholeSchema } from '../schema-registry/schema.ts'
import { type AvroLongs, bigintLong, unreadable, unwritable } from './avro-long.ts'
import { avroCheck } from './avro-walk.ts'
import { isBytes, withLength, withoutLength } from './raw-bytes.ts'

/** As `avsc` has them: `logicalTypes`, `wrapUnions`, and types by name in `registry`. */
export type AvroTypeOptions = NonNullable<Parameters<typeof Type.forSchema>[1]>

type AvroTypeHook = NonNullable<AvroTypeOptions['typeHook']>

type AvroTypeRegistry = NonNullable<AvroTypeOptions['registry']>

/** How values are in memory, and in bytes. */
export interface AvroWays {
  readonly types: AvroTypeOptions
  readonly longs: AvroLongs
  /** Whether a registry's tag is before them: bytes have no length of their own then. */
  readonly isTagged: boolean
}

const SCRATCH_BYTES = 4096

/** Avro, by avsc. */
export class AvroFormat<T> implements SchemaFormat<T> {
  readonly type = 'AVRO'
  readonly own: Schema | undefined
  readonly #ways: AvroWays

  /** @param schema as text; null without one of its own */
  constructor(schema: string | null, ways: AvroWays) {
    this.own = schema === null ? undefined : { type: this.type, schema }
    this.#ways = ways
  }

  nameOf({ schema }: WholeSchema): string | undefined {
    const parsed = parsedSchema(schema)
    const name = textOf(parsed, 'name')
    const namespace = textOf(parsed, 'namespace')
    if (name === undefined || name.includes('.') || namespace === undefined) return name
    return namespace === '' ? name : `${namespace}.${name}`
  }

  writer(schema: WholeSchema): ValueWriter<T> {
    return writerOf(this.#typeOf(schema), this.#ways)
  }

  reader(schema: WholeSchema, own: WholeSchema | undefined): ValueReader<T> {
    const written = this.#typeOf(schema)
    const { isTagged } = this.#ways
    return readerOf(written, own === undefined ? written : this.#typeOf(own), isTagged)
  }

  #typeOf({ schema, uses }: WholeSchema): Type {
    const { types, longs } = this.#ways
    // types that were parsed are found by their names there
    const own: AvroTypeRegistry = longs === 'bigint' ? { long: bigintLong } : {}
    const registry = { ...own, ...types.registry }
    for (const used of uses) {
      if (registry[used.name] === undefined) this.#parse(used.schema, registry)
    }
    return this.#parse(schema, registry)
  }

  #parse(schema: string, registry: AvroTypeRegistry): Type {
    const parsed = parsedSchema(schema) as Parameters<typeof Type.forSchema>[0]
    const { types, longs } = this.#ways
    const typeHook = longs === 'bigint' ? bigintHook(types) : types.typeHook
    return avsc.Type.forSchema(parsed, { ...types, registry, ...(typeHook && { typeHook }) })
  }
}

/** A long with properties, as `{"type": "long", "logicalType": …}`, is looked up by no name. */
function bigintHook(types: AvroTypeOptions): AvroTypeHook {
  const { typeHook, logicalTypes = {}, registry = {} } = types
  return (schema, options) => {
    const own = typeHook?.(schema, options)
    if (own !== undefined) return own
    const { type, logicalType } = Object(schema) as Record<string, unknown>
    if (type !== 'long' || registry['long'] !== undefined) return undefined
    // one of your own is made of values as the library has them: of this type
    return String(logicalType) in logicalTypes ? undefined : bigintLong
  }
}

function writerOf<T>(type: Type, { longs, isTagged }: AvroWays): ValueWriter<T> {
  let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  const isRaw = isTagged && isBytes(type)
  /** A view that lives until the next value. */
  function written(value: T): Uint8Array {
    try {
      const end = type.encode(value, scratch, 0)
      if (end <= scratch.length && end >= 0) return scratch.subarray(0, end)
      // it tells how many bytes are missing
      scratch = Buffer.allocUnsafeSlow(2 * (scratch.length + Math.abs(end)))
      return type.toBuffer(value)
    } catch (error) {
      throw unwritable(error, longs)
    }
  }
  return {
    encode(value: T, sink: Sink) {
      const bytes = written(value)
      sink.bytes(isRaw ? withoutLength(bytes) : bytes)
    },
  }
}

function readerOf<T>(written: Type, own: Type, isTagged: boolean): ValueReader<T> {
  const check = avroCheck(written)
  const resolver = own.equals(written) ? undefined : own.createResolver(written)
  const isRaw = isTagged && isBytes(written)
  return {
    decode(bytes) {
      check?.(bytes)
      try {
        const value: unknown = own.fromBuffer(isRaw ? withLength(bytes) : bytes, resolver)
        return value as T
      } catch (error) {
        throw unreadable(error)
      }
    },
  }
}

/** A schema that is no JSON is the name of a type. */
function parsedSchema(schema: string): unknown {
  const text = schema.trim()
  if (!/^["{[]/.test(text)) return text
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new DecodeError(`an Avro schema is no JSON: ${String(cause)}`)
  }
}

function textOf(parsed: unknown, name: string): string | undefined {
  const value: unknown =
    typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined
  return typeof value === 'string' ? value : undefined
}
