import {
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
  type RecordPart,
  WireReader,
  ZERO_UUID,
} from '@pafka/protocol'

import { readRecordValue } from '../coordinator-log/record-parts.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { CommittedOffset } from './offset-store.ts'

/** Offset keys from before Kafka 0.9: the same fields under another type. */
const LEGACY_OFFSET_KEY = 0
const PARTITION_BYTES = 4

/** What a key names. Keys of group types that are kept by other records are `unknown`. */
export type OffsetsKey =
  | { readonly kind: 'offset'; readonly groupId: string; readonly place: TopicPartition }
  | { readonly kind: 'group'; readonly groupId: string }
  | { readonly kind: 'unknown'; readonly recordType: number }

const NO_BYTES = new Uint8Array(0)

/**
 * Reads records of `__consumer_offsets`, of which a start reads millions: the names in a key are
 * decoded once for all partitions that follow each other, and kept once for all of them.
 */
export class OffsetsRecordReader {
  readonly #reader = new WireReader(NO_BYTES)
  /** The last offset's key, but for its partition. */
  #prefix: Uint8Array = NO_BYTES
  #groupId = ''
  #topic = ''

  /** @throws {DecodeError} */
  key(bytes: Uint8Array): OffsetsKey {
    const reader = this.#reader
    reader.reset(bytes)
    if (this.#isPrefixOf(bytes)) {
      reader.raw(this.#prefix.length)
      return this.#offsetKey(reader.int32())
    }
    const recordType = reader.int16()
    switch (recordType) {
      case LEGACY_OFFSET_KEY:
      case OffsetCommitKey.recordType: {
        const { group, topic, partition } = OffsetCommitKey.decode(reader, 0)
        this.#groupId = group
        this.#topic = topic
        this.#prefix = bytes.slice(0, reader.position - PARTITION_BYTES)
        return this.#offsetKey(partition)
      }
      case GroupMetadataKey.recordType: {
        return { kind: 'group', groupId: GroupMetadataKey.decode(reader, 0).group }
      }
      default: {
        return { kind: 'unknown', recordType }
      }
    }
  }

  /** @throws {DecodeError} */
  offset(bytes: Uint8Array): CommittedOffset {
    const value = this.#value(OffsetCommitValue, bytes)
    return {
      offset: value.offset,
      leaderEpoch: value.leaderEpoch,
      metadata: value.metadata,
      commitTimestampMs: value.commitTimestamp,
      expireTimestampMs: value.expireTimestamp,
      topicId: value.topicId ?? ZERO_UUID,
    }
  }

  /** Byte fields are views of `bytes`. @throws {DecodeError} */
  group(bytes: Uint8Array): GroupMetadataValue {
    return this.#value(GroupMetadataValue, bytes)
  }

  #offsetKey(partition: number): OffsetsKey {
    return { kind: 'offset', groupId: this.#groupId, place: { topic: this.#topic, partition } }
  }

  #isPrefixOf(bytes: Uint8Array): boolean {
    const prefix = this.#prefix
    if (prefix.length === 0 || bytes.length !== prefix.length + PARTITION_BYTES) return false
    // from its end, where keys that follow each other are more likely to differ
    for (let at = prefix.length - 1; at >= 0; at -= 1) if (prefix[at] !== bytes[at]) return false
    return true
  }

  #value<T>(part: RecordPart<T>, bytes: Uint8Array): T {
    const reader = this.#reader
    reader.reset(bytes)
    return readRecordValue(part, reader)
  }
}
