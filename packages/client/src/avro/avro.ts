import avsc from 'avsc'
import type { Type } from 'avsc'

import type { WholeSchema } from '../schema-registry/schema.ts'
import { type RegistryUse, SchemaSerde } from '../schema-registry/schema-serde.ts'
import type { Serde } from '../serde/serde.ts'
import { AvroFormat, type AvroTypeOptions } from './avro-format.ts'
import type { AvroLongs } from './avro-long.ts'

/** A schema as JSON, as an object, or as a type that avsc made of one. */
export type AvroSchema = string | object | Type

export interface AvroOptions {
  readonly types?: AvroTypeOptions | undefined
  /** What a `long` is: a `number` (the default), or a `bigint`, for those beyond 2^53. */
  readonly longs?: AvroLongs | undefined
}

/** Avro without a registry: bytes are the value alone, and both sides have the same schema. */
export function avro<T>(schema: AvroSchema, options?: AvroOptions): Serde<T>
/**
 * Avro with a schema registry: before a value stands the id of the schema that it was written with,
 * and it is read as one of this program's schema, by Avro's rules of resolution. Values of a schema
 * that is `bytes` have no length before them then, as with Confluent's serdes.
 * @param schema null takes values as they were written
 */
export function avro<T>(schema: AvroSchema | null, options: AvroOptions & RegistryUse): Serde<T>
export function avro<T>(
  schema: AvroSchema | null,
  options: AvroOptions & Partial<RegistryUse> = {},
): Serde<T> {
  const { types = {}, longs = 'number', registry, ...use } = options
  const text = schema === null ? null : textOf(schema)
  const format = new AvroFormat<T>(text, { types, longs, isTagged: registry !== undefined })
  if (registry !== undefined) return new SchemaSerde(format, { ...use, registry })
  const whole: WholeSchema = { type: 'AVRO', schema: text ?? '', uses: [] }
  const writer = format.writer(whole)
  const reader = format.reader(whole, undefined)
  return {
    encode: (value, sink) => writer.encode(value, sink),
    decode: (bytes) => reader.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), []),
  }
}

function textOf(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema
  const isType = schema instanceof avsc.Type
  return JSON.stringify(isType ? schema.schema({ exportAttrs: true }) : schema)
}
