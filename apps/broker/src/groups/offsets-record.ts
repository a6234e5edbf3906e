import {
  GroupMetadataKey,
  GroupMetadataValue,
  joinRecordBytes,
  OffsetCommitKey,
  OffsetCommitValue,
  type RecordPart,
  WireWriter,
  ZERO_UUID,
} from '@pafka/protocol'

import type { CommittedOffset } from './offset-store.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'

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
