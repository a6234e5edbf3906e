import { DecodeError } from '@pafka/base'
import type { MarkerType } from '@pafka/log'
import { type GroupMetadataValue, WireReader } from '@pafka/protocol'

import { decodeGroupRecord } from '../consumer-groups/consumer-group-codec.ts'
import { type ConsumerGroupRecord, recordKey } from '../consumer-groups/consumer-group-record.ts'
import { decodeShareRecord } from '../share-groups/share-group-codec.ts'
import { type ShareGroupRecord, shareRecordKey } from '../share-groups/share-group-record.ts'
import { decodeStreamsRecord } from '../streams-groups/streams-group-codec.ts'
import {
  type StreamsGroupRecord,
  streamsRecordKey,
} from '../streams-groups/streams-group-record.ts'
import type { CommittedOffset } from './offset-store.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import type { PartitionReplay } from '../coordinator-log/partition-loader.ts'
import { OffsetsRecordReader } from './offsets-record-reader.ts'

/** Told what a partition holds, record by record; groups once, at the end. */
export interface LoadTarget {
  offset(groupId: string, place: TopicPartition, committed: CommittedOffset | null): void
  /** One that counts when the transaction of its producer is committed. */
  transactionalOffset(
    producerId: number,
    groupId: string,
    place: TopicPartition,
    committed: CommittedOffset,
  ): void
  ended(producerId: number, how: MarkerType): void
  /** @param stored byte fields are lent for the call. @throws {DecodeError} when it cannot be */
  group(groupId: string, stored: GroupMetadataValue): void
  /** @param records the last of each key */
  consumerGroup(groupId: string, records: readonly ConsumerGroupRecord[]): void
  /** @param records the last of each key */
  shareGroup(groupId: string, records: readonly ShareGroupRecord[]): void
  /** @param records the last of each key */
  streamsGroup(groupId: string, records: readonly StreamsGroupRecord[]): void
  /** A group whose offsets were read, once all of them were: some may be left, or none. */
  offsetsRead(groupId: string): void
}

/** One pass over a partition: later records replace earlier ones of their key. */
export class GroupReplay implements PartitionReplay {
  readonly #target: LoadTarget
  readonly #reader = new OffsetsRecordReader()
  /** Only the last record of a group is worth decoding. */
  readonly #groups = new Map<string, Uint8Array>()
  /** By what they are the last of. */
  readonly #consumerGroups = new Map<string, Map<string, ConsumerGroupRecord>>()
  readonly #shareGroups = new Map<string, Map<string, ShareGroupRecord>>()
  readonly #streamsGroups = new Map<string, Map<string, StreamsGroupRecord>>()
  readonly #withOffsets = new Set<string>()
  records = 0
  corrupt = 0
  /** Keys of kinds of groups that this broker does not serve. */
  foreign = 0

  constructor(target: LoadTarget) {
    this.#target = target
  }

  record(record: CoordinatorRecord, producerId: number): void {
    this.records += 1
    this.#guard(() => this.#apply(record, producerId))
  }

  ended(producerId: number, how: MarkerType): void {
    this.#target.ended(producerId, how)
  }

  finish(): void {
    for (const [groupId, bytes] of this.#groups) {
      this.#guard(() => this.#target.group(groupId, this.#reader.group(bytes)))
    }
    for (const [groupId, records] of this.#consumerGroups) {
      if (!this.#groups.has(groupId)) this.#target.consumerGroup(groupId, [...records.values()])
    }
    for (const [groupId, records] of this.#shareGroups) {
      if (this.#isOther(groupId)) continue
      this.#target.shareGroup(groupId, [...records.values()])
    }
    for (const [groupId, records] of this.#streamsGroups) {
      if (this.#isOther(groupId) || this.#shareGroups.has(groupId)) continue
      this.#target.streamsGroup(groupId, [...records.values()])
    }
    for (const groupId of this.#withOffsets) this.#target.offsetsRead(groupId)
  }

  #apply({ key: keyBytes, value }: CoordinatorRecord, producerId: number): void {
    const key = this.#reader.key(keyBytes)
    if (key.kind === 'unknown') {
      this.#applyOther(key.recordType, keyBytes, value)
    } else if (key.kind === 'group') {
      if (value === null) this.#groups.delete(key.groupId)
      else this.#groups.set(key.groupId, new Uint8Array(value))
    } else {
      const { groupId, place } = key
      this.#withOffsets.add(groupId)
      const committed = value === null ? null : this.#reader.offset(value)
      if (producerId < 0 || committed === null) this.#target.offset(groupId, place, committed)
      else this.#target.transactionalOffset(producerId, groupId, place, committed)
    }
  }

  #applyOther(recordType: number, keyBytes: Uint8Array, value: Uint8Array | null): void {
    const reader = new WireReader(keyBytes)
    reader.int16()
    const stored = decodeGroupRecord(recordType, reader, value)
    if (stored === undefined) return this.#applyShare(recordType, reader, value)
    if (stored.record === null) return
    const { groupId, record } = stored
    keepLast(this.#consumerGroups, groupId, { key: recordKey(record), record })
    if (record.kind === 'group' && record.value !== null) this.#founded(groupId, 'consumer')
  }

  #applyShare(recordType: number, reader: WireReader, value: Uint8Array | null): void {
    const stored = decodeShareRecord(recordType, reader, value)
    if (stored === undefined) return this.#applyStreams(recordType, reader, value)
    const { groupId, record } = stored
    keepLast(this.#shareGroups, groupId, { key: shareRecordKey(record), record })
    if (record.kind === 'group' && record.value !== null) this.#founded(groupId, 'share')
  }

  #applyStreams(recordType: number, reader: WireReader, value: Uint8Array | null): void {
    const stored = decodeStreamsRecord(recordType, reader, value)
    if (stored === undefined) {
      this.foreign += 1
      return
    }
    const { groupId, record } = stored
    keepLast(this.#streamsGroups, groupId, { key: streamsRecordKey(record), record })
    if (record.kind === 'group' && record.value !== null) this.#founded(groupId, 'streams')
  }

  /** A group of another kind that had this id, and whose end was lost, is no more. */
  #founded(groupId: string, kind: 'consumer' | 'share' | 'streams'): void {
    this.#groups.delete(groupId)
    if (kind !== 'consumer') this.#consumerGroups.delete(groupId)
    if (kind !== 'share') this.#shareGroups.delete(groupId)
    if (kind !== 'streams') this.#streamsGroups.delete(groupId)
  }

  /** What is left of several kinds has one. */
  #isOther(groupId: string): boolean {
    return this.#groups.has(groupId) || this.#consumerGroups.has(groupId)
  }

  #guard(apply: () => void): void {
    try {
      apply()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.corrupt += 1
    }
  }
}

/** Of the records of a group by what they are the last of; without one that deletes. */
function keepLast<Change extends { readonly value: unknown }>(
  groups: Map<string, Map<string, Change>>,
  groupId: string,
  { key, record }: { readonly key: string; readonly record: Change },
): void {
  const records = groups.get(groupId) ?? new Map<string, Change>()
  if (record.value === null) records.delete(key)
  else records.set(key, record)
  if (records.size === 0) groups.delete(groupId)
  else groups.set(groupId, records)
}
