import type { WholeSchema } from '../schema-registry/schema.ts'
import { type RegistryUse, SchemaSerde } from '../schema-registry/schema-serde.ts'
import type { Serde } from '../serde/serde.ts'
import {
  ProtobufFormat,
  type ProtobufType,
  type ProtoMessage,
  typeWriter,
} from './protobuf-format.ts'

/** Protobuf without a registry: bytes are the message alone. */
export function protobuf<T>(source: ProtobufType<T> | ProtoMessage<T>): Serde<T>
/**
 * Protobuf with a schema registry: before a message stands the id of its schema, and which of its
 * messages it is.
 * @param source null takes messages as they were written
 */
export function protobuf<T>(source: ProtoMessage<T> | null, options: RegistryUse): Serde<T>
export function protobuf<T>(
  source: ProtobufType<T> | ProtoMessage<T> | null,
  use?: RegistryUse,
): Serde<T> {
  if (source !== null && !('proto' in source)) return serdeOf(source)
  const format = new ProtobufFormat<T>(source ?? undefined)
  if (use !== undefined) return new SchemaSerde(format, use)
  const whole: WholeSchema = { type: 'PROTOBUF', schema: source?.proto ?? '', uses: [] }
  const writer = format.writer(whole)
  const reader = format.reader(whole, whole)
  const indexes = writer.indexes ?? []
  return {
    encode: (value, sink) => writer.encode(value, sink),
    decode: (bytes) => reader.decode(bufferOf(bytes), indexes),
  }
}

function serdeOf<T>(type: ProtobufType<T>): Serde<T> {
  const writer = typeWriter(type)
  return {
    encode: (value, sink) => writer.encode(value, sink),
    decode: (bytes) => type.decode(bufferOf(bytes)),
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
