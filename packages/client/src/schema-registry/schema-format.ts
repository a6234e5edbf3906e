import type { Sink } from '../serde/serde.ts'
import type { Schema, SchemaType, WholeSchema } from './schema.ts'

/** Writes values of one schema. */
export interface ValueWriter<T> {
  /** Of Protobuf: where the message is in its schema. */
  readonly indexes?: readonly number[] | undefined
  /** @throws whatever is wrong with the value */
  encode(value: T, sink: Sink): void
}

/** Reads values that were written with one schema. */
export interface ValueReader<T> {
  /** @param indexes of Protobuf: which message of the schema it is. @throws what is wrong */
  decode(bytes: Buffer, indexes: readonly number[]): T
}

/** Avro, Protobuf or JSON Schema, with what this program wants of it. */
export interface SchemaFormat<T> {
  readonly type: SchemaType
  /** What this program has itself; undefined when it takes what there is. */
  readonly own: Schema | undefined
  /** Of a schema, as subjects are named after it. */
  nameOf(schema: WholeSchema): string | undefined
  /** @throws when values of this program cannot be written with it */
  writer(schema: WholeSchema): ValueWriter<T>
  /** @param own this program's, with all that it uses. @throws when values are nothing for it */
  reader(schema: WholeSchema, own: WholeSchema | undefined): ValueReader<T>
}
