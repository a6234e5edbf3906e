import { DecodeError } from '@pafka/base'
import avsc from 'avsc'
import type { Type } from 'avsc'

import type { Sink } from '../serde/serde.ts'
import type { SchemaFormat, ValueReader, ValueWriter } from '../schema-registry/schema-format.ts'
import type { Schema, WholeSchema } from '../schema-registry/schema.ts'
import { avroCheck } from './avro-walk.ts'

/** As `avsc` has them: `logicalTypes`, `wrapUnions`, and types by name in `registry`. */
export type AvroTypeOptions = NonNullable<Parameters<typeof Type.forSchema>[1]>

const SCRATCH_BYTES = 4096

/** Avro, by avsc. */
export class AvroFormat<T> implements SchemaFormat<T> {
  readonly type = 'AVRO'
  readonly own: Schema | undefined
  readonly #options: AvroTypeOptions

  /** @param schema as text; null without one of its own */
  constructor(schema: string | null, options: AvroTypeOptions) {
    this.own = schema === null ? undefined : { type: this.type, schema }
    this.#options = options
  }

  nameOf({ schema }: WholeSchema): string | undefined {
    const parsed = parsedSchema(schema)
    const name = textOf(parsed, 'name')
    const namespace = textOf(parsed, 'namespace')
    if (name === undefined || name.includes('.') || namespace === undefined) return name
    return namespace === '' ? name : `${namespace}.${name}`
  }

  writer(schema: WholeSchema): ValueWriter<T> {
    return writerOf(this.#typeOf(schema))
  }

  reader(schema: WholeSchema, own: WholeSchema | undefined): ValueReader<T> {
    const written = this.#typeOf(schema)
    return readerOf(written, own === undefined ? written : this.#typeOf(own))
  }

  #typeOf({ schema, uses }: WholeSchema): Type {
    // types that were parsed are found by their names there
    const registry = { ...this.#options.registry }
    for (const used of uses) {
      if (registry[used.name] === undefined) this.#parse(used.schema, registry)
    }
    return this.#parse(schema, registry)
  }

  #parse(schema: string, registry: NonNullable<AvroTypeOptions['registry']>): Type {
    const parsed = parsedSchema(schema) as Parameters<typeof Type.forSchema>[0]
    return avsc.Type.forSchema(parsed, { ...this.#options, registry })
  }
}

function writerOf<T>(type: Type): ValueWriter<T> {
  let scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  return {
    encode(value: T, sink: Sink) {
      const end = type.encode(value, scratch, 0)
      if (end <= scratch.length && end >= 0) {
        sink.bytes(scratch.subarray(0, end))
        return
      }
      // it tells how many bytes are missing
      scratch = Buffer.allocUnsafeSlow(2 * (scratch.length + Math.abs(end)))
      sink.bytes(type.toBuffer(value))
    },
  }
}

function readerOf<T>(written: Type, own: Type): ValueReader<T> {
  const check = avroCheck(written)
  const resolver = own.equals(written) ? undefined : own.createResolver(written)
  return {
    decode(bytes) {
      check?.(bytes)
      const value: unknown = own.fromBuffer(bytes, resolver)
      return value as T
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
