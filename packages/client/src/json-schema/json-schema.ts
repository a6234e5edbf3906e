import type { WholeSchema } from '../schema-registry/schema.ts'
import { type RegistryUse, SchemaSerde } from '../schema-registry/schema-serde.ts'
import type { Serde } from '../serde/serde.ts'
import { JsonSchemaFormat, type JsonSchemaOptions } from './json-schema-format.ts'

/** JSON that is checked by a schema, without a registry. */
export function jsonSchema<T>(schema: string | object, options?: JsonSchemaOptions): Serde<T>
/**
 * JSON with a schema registry: before a value stands the id of its schema.
 * @param schema null takes values as they were written
 */
export function jsonSchema<T>(
  schema: string | object | null,
  options: JsonSchemaOptions & RegistryUse,
): Serde<T>
export function jsonSchema<T>(
  schema: string | object | null,
  options: JsonSchemaOptions & Partial<RegistryUse> = {},
): Serde<T> {
  const { validate, ajv, registry, ...use } = options
  const text = typeof schema === 'object' && schema !== null ? JSON.stringify(schema) : schema
  const format = new JsonSchemaFormat<T>(text, { validate, ajv })
  if (registry !== undefined) return new SchemaSerde(format, { ...use, registry })
  const whole: WholeSchema = { type: 'JSON', schema: text ?? '', uses: [] }
  const writer = format.writer(whole)
  const reader = format.reader(whole, undefined)
  return {
    encode: (value, sink) => writer.encode(value, sink),
    decode: (bytes) => reader.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), []),
  }
}
