import {
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
  ConsumerGroupMetadataKey,
  ConsumerGroupMetadataValue,
  ConsumerGroupPartitionMetadataKey,
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
  type WireReader,
} from '@pafka/protocol'

import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { decodeRecordValue, encodeRecord } from '../coordinator-log/record-parts.ts'
import { type ConsumerGroupRecord, recordKey } from './consumer-group-record.ts'
import {
  memberStateFrom,
  ownedFrom,
  targetEpochFields,
  targetEpochFrom,
} from './assigned-group-fields.ts'
import {
  type CurrentAssignment,
  type MemberMetadata,
  NEW_ASSIGNMENT,
  sortedNames,
} from './consumer-member.ts'
import type { RecordFormat } from './group-writes.ts'
import { listOfPartitions, type OwnedPartitions, partitionsFrom } from './partitions.ts'

/** Kafka 4.3 writes, and knows, version 0 of them all. */
const VERSION = 0

/** As a record of `__consumer_offsets`. Source: Kafka 4.3 `ConsumerGroup*Key.json` and so on. */
export function encodeGroupRecord(groupId: string, record: ConsumerGroupRecord): CoordinatorRecord {
  switch (record.kind) {
    case 'group': {
      return encodeRecord(
        ConsumerGroupMetadataKey,
        { groupId },
        ConsumerGroupMetadataValue,
        record.value,
      )
    }
    case 'target-epoch': {
      const { value } = record
      return encodeRecord(
        ConsumerGroupTargetAssignmentMetadataKey,
        { groupId },
        ConsumerGroupTargetAssignmentMetadataValue,
        value && targetEpochFields(value),
      )
    }
    case 'pattern': {
      const key = { groupId, regularExpression: record.pattern }
      const { value } = record
      const fields = value && {
        topics: value.topicNames,
        version: value.version,
        timestamp: value.timestampMs,
      }
      return encodeRecord(
        ConsumerGroupRegularExpressionKey,
        key,
        ConsumerGroupRegularExpressionValue,
        fields,
      )
    }
    default: {
      return encodeMemberRecord(groupId, record)
    }
  }
}

export const consumerGroupFormat: RecordFormat<ConsumerGroupRecord> = {
  keyOf: recordKey,
  encode: encodeGroupRecord,
}

type MemberRecord = Extract<ConsumerGroupRecord, { readonly memberId: string }>

function encodeMemberRecord(groupId: string, record: MemberRecord): CoordinatorRecord {
  const key = { groupId, memberId: record.memberId }
  switch (record.kind) {
    case 'member': {
      return encodeRecord(
        ConsumerGroupMemberMetadataKey,
        key,
        ConsumerGroupMemberMetadataValue,
        record.value && metadataFields(record.value),
      )
    }
    case 'target': {
      return encodeRecord(
        ConsumerGroupTargetAssignmentMemberKey,
        key,
        ConsumerGroupTargetAssignmentMemberValue,
        record.value && { topicPartitions: listOfPartitions(record.value) },
      )
    }
    default: {
      return encodeRecord(
        ConsumerGroupCurrentMemberAssignmentKey,
        key,
        ConsumerGroupCurrentMemberAssignmentValue,
        record.value && assignmentFields(record.value),
      )
    }
  }
}

function metadataFields(metadata: MemberMetadata): ConsumerGroupMemberMetadataValue {
  const { instanceId, rackId, clientId, clientHost, classic } = metadata
  return {
    instanceId,
    rackId,
    clientId,
    clientHost,
    subscribedTopicNames: metadata.topicNames,
    subscribedTopicRegex: metadata.topicPattern,
    rebalanceTimeoutMs: metadata.rebalanceTimeoutMs,
    serverAssignor: metadata.serverAssignor,
    classicMemberMetadata: classic && {
      sessionTimeoutMs: classic.sessionTimeoutMs,
      supportedProtocols: classic.protocols,
    },
  }
}

function assignmentFields(current: CurrentAssignment): ConsumerGroupCurrentMemberAssignmentValue {
  return {
    memberEpoch: current.memberEpoch,
    previousMemberEpoch: current.previousEpoch,
    state: current.state,
    assignedPartitions: listOfOwned(current.assigned),
    partitionsPendingRevocation: listOfOwned(current.revoking),
  }
}

type OwnedFields = ConsumerGroupCurrentMemberAssignmentValue['assignedPartitions']

function listOfOwned(owned: OwnedPartitions): OwnedFields {
  return [...owned].map(([topicId, epochs]) => ({
    topicId,
    partitions: [...epochs.keys()],
    assignmentEpochs: [...epochs.values()],
  }))
}

/** A record of a consumer group, and whose it is. */
export interface StoredGroupRecord {
  readonly groupId: string
  /** Null for one that means nothing any more: what Kafka before 4.1 kept of topics. */
  readonly record: ConsumerGroupRecord | null
}

/**
 * Keeps nothing of the bytes.
 * @param recordType the int16 that the key starts with, already read from `reader`
 * @returns undefined when it is of another kind. @throws {DecodeError}
 */
export function decodeGroupRecord(
  recordType: number,
  reader: WireReader,
  value: Uint8Array | null,
): StoredGroupRecord | undefined {
  switch (recordType) {
    case ConsumerGroupMetadataKey.recordType: {
      const { groupId } = ConsumerGroupMetadataKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ConsumerGroupMetadataValue, value)
      const epoch = fields && { epoch: fields.epoch, metadataHash: fields.metadataHash ?? 0 }
      return { groupId, record: { kind: 'group', value: epoch } }
    }
    case ConsumerGroupTargetAssignmentMetadataKey.recordType: {
      const { groupId } = ConsumerGroupTargetAssignmentMetadataKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ConsumerGroupTargetAssignmentMetadataValue, value)
      const target = fields && targetEpochFrom(fields)
      return { groupId, record: { kind: 'target-epoch', value: target } }
    }
    case ConsumerGroupRegularExpressionKey.recordType: {
      const key = ConsumerGroupRegularExpressionKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ConsumerGroupRegularExpressionValue, value)
      const { groupId, regularExpression: pattern } = key
      const resolved = fields && {
        topicNames: sortedNames(fields.topics),
        version: fields.version,
        timestampMs: fields.timestamp,
      }
      return { groupId, record: { kind: 'pattern', pattern, value: resolved } }
    }
    case ConsumerGroupPartitionMetadataKey.recordType: {
      const { groupId } = ConsumerGroupPartitionMetadataKey.decode(reader, VERSION)
      return { groupId, record: null }
    }
    default: {
      return decodeMemberRecord(recordType, reader, value)
    }
  }
}

function decodeMemberRecord(
  recordType: number,
  reader: WireReader,
  value: Uint8Array | null,
): StoredGroupRecord | undefined {
  switch (recordType) {
    case ConsumerGroupMemberMetadataKey.recordType: {
      const { groupId, memberId } = ConsumerGroupMemberMetadataKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ConsumerGroupMemberMetadataValue, value)
      const metadata = fields && metadataFrom(fields)
      return { groupId, record: { kind: 'member', memberId, value: metadata } }
    }
    case ConsumerGroupTargetAssignmentMemberKey.recordType: {
      const key = ConsumerGroupTargetAssignmentMemberKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ConsumerGroupTargetAssignmentMemberValue, value)
      const target = fields && partitionsFrom(fields.topicPartitions)
      const { groupId, memberId } = key
      return { groupId, record: { kind: 'target', memberId, value: target } }
    }
    case ConsumerGroupCurrentMemberAssignmentKey.recordType: {
      const key = ConsumerGroupCurrentMemberAssignmentKey.decode(reader, VERSION)
      const fields = decodeRecordValue(ConsumerGroupCurrentMemberAssignmentValue, value)
      const { groupId, memberId } = key
      const current = fields && assignmentFrom(fields)
      return { groupId, record: { kind: 'current', memberId, value: current } }
    }
    default: {
      return undefined
    }
  }
}

function metadataFrom(fields: ConsumerGroupMemberMetadataValue): MemberMetadata {
  const { instanceId, rackId, clientId, clientHost, classicMemberMetadata } = fields
  return {
    instanceId,
    rackId,
    clientId,
    clientHost,
    topicNames: sortedNames(fields.subscribedTopicNames),
    topicPattern: fields.subscribedTopicRegex,
    rebalanceTimeoutMs: fields.rebalanceTimeoutMs,
    serverAssignor: fields.serverAssignor,
    classic:
      classicMemberMetadata === null || classicMemberMetadata === undefined
        ? null
        : {
            sessionTimeoutMs: classicMemberMetadata.sessionTimeoutMs,
            protocols: classicMemberMetadata.supportedProtocols.map(({ name, metadata }) => ({
              name,
              metadata: new Uint8Array(metadata),
            })),
          },
  }
}

/** A member in a state of a later Kafka is fenced when it comes, and starts over. */
function assignmentFrom(fields: ConsumerGroupCurrentMemberAssignmentValue): CurrentAssignment {
  const state = memberStateFrom(fields.state)
  if (state === undefined) return NEW_ASSIGNMENT
  return {
    memberEpoch: fields.memberEpoch,
    previousEpoch: fields.previousMemberEpoch,
    state,
    assigned: ownedFrom(fields.assignedPartitions, fields.memberEpoch),
    revoking: ownedFrom(fields.partitionsPendingRevocation, fields.memberEpoch),
  }
}
