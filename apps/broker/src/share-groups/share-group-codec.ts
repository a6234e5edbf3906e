import {
  ShareGroupCurrentMemberAssignmentKey,
  ShareGroupCurrentMemberAssignmentValue,
  ShareGroupMemberMetadataKey,
  ShareGroupMemberMetadataValue,
  ShareGroupMetadataKey,
  ShareGroupMetadataValue,
  ShareGroupStatePartitionMetadataKey,
  ShareGroupStatePartitionMetadataValue,
  ShareGroupTargetAssignmentMemberKey,
  ShareGroupTargetAssignmentMemberValue,
  ShareGroupTargetAssignmentMetadataKey,
  ShareGroupTargetAssignmentMetadataValue,
  type WireReader,
} from '@pafka/protocol'

import { sortedNames } from '../consumer-groups/consumer-member.ts'
import { targetEpochFields, targetEpochFrom } from '../consumer-groups/assigned-group-fields.ts'
import type { RecordFormat } from '../consumer-groups/group-writes.ts'
import { listOfPartitions, partitionsFrom } from '../consumer-groups/partitions.ts'
import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { decodeRecordValue, encodeRecord } from '../coordinator-log/record-parts.ts'
import { type SharedTopics, type ShareGroupRecord, shareRecordKey } from './share-group-record.ts'

/** Of keys. */
const VERSION = 0
/** Of members: Kafka knows no other for them. */
const STABLE = 0

type MemberRecord = Extract<ShareGroupRecord, { readonly memberId: string }>

/** As a record of `__consumer_offsets`. Source: Kafka 4.3 `ShareGroup*Key.json` and so on. */
export const shareGroupFormat: RecordFormat<ShareGroupRecord> = {
  keyOf: shareRecordKey,
  encode: (groupId, record) => {
    switch (record.kind) {
      case 'group': {
        const { value } = record
        return encodeRecord(ShareGroupMetadataKey, { groupId }, ShareGroupMetadataValue, value)
      }
      case 'target-epoch': {
        const { value } = record
        return encodeRecord(
          ShareGroupTargetAssignmentMetadataKey,
          { groupId },
          ShareGroupTargetAssignmentMetadataValue,
          value && targetEpochFields(value),
        )
      }
      case 'topics': {
        return encodeRecord(
          ShareGroupStatePartitionMetadataKey,
          { groupId },
          ShareGroupStatePartitionMetadataValue,
          record.value && topicsFields(record.value),
        )
      }
      default: {
        return encodeMemberRecord(groupId, record)
      }
    }
  },
}

function encodeMemberRecord(groupId: string, record: MemberRecord): CoordinatorRecord {
  const key = { groupId, memberId: record.memberId }
  switch (record.kind) {
    case 'member': {
      const { value } = record
      return encodeRecord(
        ShareGroupMemberMetadataKey,
        key,
        ShareGroupMemberMetadataValue,
        value && { ...value, subscribedTopicNames: value.topicNames },
      )
    }
    case 'target': {
      return encodeRecord(
        ShareGroupTargetAssignmentMemberKey,
        key,
        ShareGroupTargetAssignmentMemberValue,
        record.value && { topicPartitions: listOfPartitions(record.value) },
      )
    }
    default: {
      const { value } = record
      const fields = value && {
        memberEpoch: value.memberEpoch,
        previousMemberEpoch: value.previousEpoch,
        state: STABLE,
        assignedPartitions: listOfPartitions(value.assigned),
      }
      return encodeRecord(
        ShareGroupCurrentMemberAssignmentKey,
        key,
        ShareGroupCurrentMemberAssignmentValue,
        fields,
      )
    }
  }
}

function topicsFields(topics: SharedTopics): ShareGroupStatePartitionMetadataValue {
  const initializedTopics = [...topics].map(([topicId, { name, partitions }]) => {
    return { topicId, topicName: name, partitions }
  })
  return { initializingTopics: [], initializedTopics, deletingTopics: [] }
}

/** What Kafka had just begun with is as good as what it had finished: no state is a state here. */
function topicsFrom(fields: ShareGroupStatePartitionMetadataValue): SharedTopics {
  const topics = new Map<string, { name: string; partitions: readonly number[] }>()
  const listed = [...fields.initializedTopics, ...fields.initializingTopics]
  for (const { topicId, topicName: name, partitions } of listed) {
    const known = topics.get(topicId)?.partitions ?? []
    const all = partitionsFrom([{ topicId, partitions: [...known, ...partitions] }]).get(topicId)
    topics.set(topicId, { name, partitions: all ?? [] })
  }
  return topics
}

/** A record of a share group, and whose it is. */
interface StoredShareRecord {
  readonly groupId: string
  readonly record: ShareGroupRecord
}

/**
 * Keeps nothing of the bytes.
 * @param recordType the int16 that the key starts with, already read from `reader`
 * @returns undefined when it is of another kind. @throws {DecodeError}
 */
export function decodeShareRecord(
  recordType: number,
  reader: WireReader,
  bytes: Uint8Array | null,
): StoredShareRecord | undefined {
  switch (recordType) {
    case ShareGroupMetadataKey.recordType: {
      const { groupId } = ShareGroupMetadataKey.decode(reader, VERSION)
      const value = decodeRecordValue(ShareGroupMetadataValue, bytes)
      return { groupId, record: { kind: 'group', value } }
    }
    case ShareGroupTargetAssignmentMetadataKey.recordType: {
      const { groupId } = ShareGroupTargetAssignmentMetadataKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ShareGroupTargetAssignmentMetadataValue, bytes)
      const value = fields && targetEpochFrom(fields)
      return { groupId, record: { kind: 'target-epoch', value } }
    }
    case ShareGroupStatePartitionMetadataKey.recordType: {
      const { groupId } = ShareGroupStatePartitionMetadataKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ShareGroupStatePartitionMetadataValue, bytes)
      return { groupId, record: { kind: 'topics', value: fields && topicsFrom(fields) } }
    }
    default: {
      return decodeMemberRecord(recordType, reader, bytes)
    }
  }
}

function decodeMemberRecord(
  recordType: number,
  reader: WireReader,
  bytes: Uint8Array | null,
): StoredShareRecord | undefined {
  switch (recordType) {
    case ShareGroupMemberMetadataKey.recordType: {
      const { groupId, memberId } = ShareGroupMemberMetadataKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ShareGroupMemberMetadataValue, bytes)
      const value = fields && {
        rackId: fields.rackId,
        clientId: fields.clientId,
        clientHost: fields.clientHost,
        topicNames: sortedNames(fields.subscribedTopicNames),
      }
      return { groupId, record: { kind: 'member', memberId, value } }
    }
    case ShareGroupTargetAssignmentMemberKey.recordType: {
      const { groupId, memberId } = ShareGroupTargetAssignmentMemberKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ShareGroupTargetAssignmentMemberValue, bytes)
      const value = fields && partitionsFrom(fields.topicPartitions)
      return { groupId, record: { kind: 'target', memberId, value } }
    }
    case ShareGroupCurrentMemberAssignmentKey.recordType: {
      const { groupId, memberId } = ShareGroupCurrentMemberAssignmentKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ShareGroupCurrentMemberAssignmentValue, bytes)
      const value = fields && {
        memberEpoch: fields.memberEpoch,
        previousEpoch: fields.previousMemberEpoch,
        assigned: partitionsFrom(fields.assignedPartitions),
      }
      return { groupId, record: { kind: 'current', memberId, value } }
    }
    default: {
      return undefined
    }
  }
}
