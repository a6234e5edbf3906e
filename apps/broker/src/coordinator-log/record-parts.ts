import { DecodeError } from '@pafka/base'
import { joinRecordBytes, type RecordPart, WireReader, WireWriter } from '@pafka/protocol'

import type { CoordinatorRecord } from './coordinator-log.ts'

/** Kafka 4.3 writes version 0 of the records of groups that it assigns, and of their state. */
const VERSION = 0

/** A record with a null value deletes what its key names. */
export function encodeRecord<Key, Value>(
  keyPart: RecordPart<Key>,
  key: Key,
  valuePart: RecordPart<Value>,
  value: Value | null,
): CoordinatorRecord {
  const writer = new WireWriter(128)
  writer.int16(keyPart.recordType)
  keyPart.encode(writer, key, VERSION)
  const keyEnd = writer.sizeBytes
  if (value !== null) {
    writer.int16(VERSION)
    valuePart.encode(writer, value, VERSION)
  }
  const bytes = joinRecordBytes(writer.finish())
  return { key: bytes.subarray(0, keyEnd), value: value === null ? null : bytes.subarray(keyEnd) }
}

/** @throws {DecodeError} */
export function decodeRecordValue<T>(part: RecordPart<T>, bytes: Uint8Array | null): T | null {
  return bytes === null ? null : readRecordValue(part, new WireReader(bytes))
}

/** @param reader at the version that a value begins with. @throws {DecodeError} */
export function readRecordValue<T>(part: RecordPart<T>, reader: WireReader): T {
  const version = reader.int16()
  if (version < part.minVersion || version > part.maxVersion) {
    throw new DecodeError(`${part.name} has no version ${version}`)
  }
  return part.decode(reader, version)
}
