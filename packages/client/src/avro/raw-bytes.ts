import avsc from 'avsc'
import type { Type } from 'avsc'

// Where a registry's tag stands before values, those of a schema that is `bytes`, with or without
// a logical type, are without the length that Avro has before bytes: they end where the record's
// key or value ends. Source: Confluent's "Wire format", and `AbstractKafkaAvroSerializer` and
// `AbstractKafkaAvroDeserializer` of its clients, which look at the type that values are written
// with. Bytes within a record, a union or a list are as Avro has them.

const BYTES = avsc.Type.forSchema('bytes')

/** Whether values of a type are bytes, and nothing around them. */
export function isBytes(type: Type): boolean {
  const { typeName } = type instanceof avsc.types.LogicalType ? type.underlyingType : type
  return typeName === 'bytes'
}

/** @param written bytes as Avro has them @returns a view of them without their length */
export function withoutLength(written: Uint8Array): Uint8Array {
  const lastOfLength = written.findIndex((byte) => byte < 0x80)
  return written.subarray(lastOfLength + 1)
}

/** @returns a copy, as Avro has it */
export function withLength(bytes: Buffer): Buffer {
  return BYTES.toBuffer(bytes)
}
