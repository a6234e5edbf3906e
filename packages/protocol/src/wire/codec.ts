import type { WireReader } from './wire-reader.ts'
import type { WireWriter } from './wire-writer.ts'

/** Bytes to value and back, for one version of a message at a time. Keeps nothing between calls. */
export interface Codec<T> {
  /**
   * Fields the version does not have get Kafka's default; byte fields are views of what is read.
   * @throws {DecodeError} when the bytes are not such a message
   */
  decode(reader: WireReader, version: number): T
  /**
   * Fields the version does not have are left out. A null where the version allows none becomes
   * empty. Large byte fields are kept by reference until the pieces were sent.
   */
  encode(writer: WireWriter, value: T, version: number): void
}

/** A struct outside of requests: inside of a record, a snapshot or a member's metadata. */
export interface Message<T> extends Codec<T> {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** First version with compact lengths and tagged fields, or Number.POSITIVE_INFINITY. */
  readonly flexibleFrom: number
}

/** Key or value of a record in one of Kafka's internal topics. */
export interface RecordPart<T> extends Message<T> {
  /** The int16 that a key starts with; a value starts with its version instead. */
  readonly recordType: number
  readonly topic: string
}

/** One request of the protocol and its answer. */
export interface Api<Request, Response> {
  readonly key: number
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  /** First version with compact lengths and tagged fields, or Number.POSITIVE_INFINITY. */
  readonly flexibleFrom: number
  readonly request: Codec<Request>
  readonly response: Codec<Response>
}
