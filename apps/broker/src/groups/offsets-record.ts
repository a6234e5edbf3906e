import { DecodeError } from '@pafka/base'
import {
  GroupMetadataKey,
  GroupMetadataValue,
  joinRecordBytes,
  OffsetCommitKey,
  OffsetCommitValue,
  type RecordPart,
  WireReader,
  WireWriter,
  ZERO_UUID,
} from '@pafka/protocol'

import type { CommittedOffset } from './offset-store.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'

/** Offset keys from before Kafka 0.9: the same fields under another type. */
const LEGACY_OFFSET_KEY = 0

/** What Kafka 4.3 writes: the last version before the flexible ones. */
const GROUP_METADATA_VERSION = 3
/** The last that carries a retention of its own, asked for by commits of v2 to v4. */
const EXPIRING_OFFSET_VERSION = 1
const OFFSET_VERSION = 3
/** The first with a topic id. */
const OFFSET_VERSION_WITH_ID = 4

/** Where one record ends in the encoder's bytes; `valueEnd` -1 is a tombstone. */
interface Extent {
  readonly keyEnd: number
  readonly valueEnd: number
}

/**
 * Writes records of `__consumer_offsets` one after the other into one piece of memory. Source of
 * the formats: Kafka 4.3 `OffsetCommitKey.json`, `GroupMetadataValue.json` and their likes.
 */
export class OffsetsRecordEncoder {
  readonly #writer: WireWriter
  readonly #extents: Extent[] = []

  /** @param records expected; for the first allocation only */
  constructor(records = 1) {
    this.#writer = new WireWriter(Math.min(records, 1024) * 128)
  }

  get count(): number {
    return this.#extents.length
  }

  offset(groupId: string, place: TopicPartition, committed: CommittedOffset): void {
    const keyEnd = this.#offsetKey(groupId, place)
    let version = OFFSET_VERSION
    if (committed.expireTimestampMs >= 0) version = EXPIRING_OFFSET_VERSION
    else if (committed.topicId !== ZERO_UUID) version = OFFSET_VERSION_WITH_ID
    this.#writer.int16(version)
    OffsetCommitValue.encode(
      this.#writer,
      {
        offset: committed.offset,
        leaderEpoch: committed.leaderEpoch,
        metadata: committed.metadata,
        commitTimestamp: committed.commitTimestampMs,
        expireTimestamp: committed.expireTimestampMs,
        topicId: committed.topicId,
      },
      version,
    )
    this.#extents.push({ keyEnd, valueEnd: this.#writer.sizeBytes })
  }

  offsetTombstone(groupId: string, place: TopicPartition): void {
    this.#extents.push({ keyEnd: this.#offsetKey(groupId, place), valueEnd: -1 })
  }

  group(groupId: string, value: GroupMetadataValue): void {
    const keyEnd = this.#key(GroupMetadataKey, { group: groupId })
    this.#writer.int16(GROUP_METADATA_VERSION)
    GroupMetadataValue.encode(this.#writer, value, GROUP_METADATA_VERSION)
    this.#extents.push({ keyEnd, valueEnd: this.#writer.sizeBytes })
  }

  groupTombstone(groupId: string): void {
    this.#extents.push({ keyEnd: this.#key(GroupMetadataKey, { group: groupId }), valueEnd: -1 })
  }

  /** The encoder must not be used after. */
  finish(): CoordinatorRecord[] {
    const bytes = joinRecordBytes(this.#writer.finish())
    let start = 0
    return this.#extents.map(({ keyEnd, valueEnd }) => {
      const key = bytes.subarray(start, keyEnd)
      const value = valueEnd < 0 ? null : bytes.subarray(keyEnd, valueEnd)
      start = Math.max(keyEnd, valueEnd)
      return { key, value }
    })
  }

  #offsetKey(groupId: string, { topic, partition }: TopicPartition): number {
    return this.#key(OffsetCommitKey, { group: groupId, topic, partition })
  }

  #key<T>(part: RecordPart<T>, key: T): number {
    this.#writer.int16(part.recordType)
    part.encode(this.#writer, key, 0)
    return this.#writer.sizeBytes
  }
}

/** What a key names. Keys of group types that this broker does not serve are `unknown`. */
export type OffsetsKey =
  | { readonly kind: 'offset'; readonly groupId: string; readonly place: TopicPartition }
  | { readonly kind: 'group'; readonly groupId: string }
  | { readonly kind: 'unknown'; readonly recordType: number }

/** @throws {DecodeError} */
export function decodeOffsetsKey(bytes: Uint8Array): OffsetsKey {
  const reader = new WireReader(bytes)
  const recordType = reader.int16()
  switch (recordType) {
    case LEGACY_OFFSET_KEY:
    case OffsetCommitKey.recordType: {
      const { group, topic, partition } = OffsetCommitKey.decode(reader, 0)
      return { kind: 'offset', groupId: group, place: { topic, partition } }
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
export function decodeOffsetValue(bytes: Uint8Array): CommittedOffset {
  const value = decodeValue(OffsetCommitValue, bytes)
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
export function decodeGroupValue(bytes: Uint8Array): GroupMetadataValue {
  return decodeValue(GroupMetadataValue, bytes)
}

function decodeValue<T>(part: RecordPart<T>, bytes: Uint8Array): T {
  const reader = new WireReader(bytes)
  const version = reader.int16()
  if (version < part.minVersion || version > part.maxVersion) {
    throw new DecodeError(`${part.name} has no version ${version}`)
  }
  return part.decode(reader, version)
}
