import {
  StreamsGroupCurrentMemberAssignmentKey,
  StreamsGroupCurrentMemberAssignmentValue,
  StreamsGroupMemberMetadataKey,
  StreamsGroupMemberMetadataValue,
  StreamsGroupMetadataKey,
  StreamsGroupMetadataValue,
  StreamsGroupTargetAssignmentMemberKey,
  StreamsGroupTargetAssignmentMemberValue,
  StreamsGroupTargetAssignmentMetadataKey,
  StreamsGroupTargetAssignmentMetadataValue,
  StreamsGroupTopologyKey,
  StreamsGroupTopologyValue,
  type WireReader,
} from '@pafka/protocol'

import {
  memberStateFrom,
  ownedFrom,
  targetEpochFields,
  targetEpochFrom,
} from '../consumer-groups/assigned-group-fields.ts'
import type { RecordFormat } from '../consumer-groups/group-writes.ts'
import type { OwnedPartitions } from '../consumer-groups/partitions.ts'
import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import { decodeRecordValue, encodeRecord } from '../coordinator-log/record-parts.ts'
import { type StreamsGroupRecord, streamsRecordKey } from './streams-group-record.ts'
import {
  NEW_STREAMS_ASSIGNMENT,
  sortedTags,
  type StreamsAssignment,
  type StreamsMetadata,
} from './streams-member.ts'
import { compareText, listOfTasks, type OwnedTasks, type TaskIds, tasksFrom } from './tasks.ts'

/** Kafka 4.3 knows version 0 of the keys. */
const VERSION = 0

/** As records of `__consumer_offsets`. Source: Kafka 4.3 `StreamsGroup*Key.json` and so on. */
export const streamsGroupFormat: RecordFormat<StreamsGroupRecord> = {
  keyOf: streamsRecordKey,
  encode: encodeStreamsRecord,
}

function encodeStreamsRecord(groupId: string, record: StreamsGroupRecord): CoordinatorRecord {
  switch (record.kind) {
    case 'group': {
      const { value } = record
      const fields = value && {
        epoch: value.epoch,
        metadataHash: value.metadataHash,
        validatedTopologyEpoch: value.validatedTopologyEpoch,
        lastAssignmentConfigs: value.configs,
      }
      return encodeRecord(StreamsGroupMetadataKey, { groupId }, StreamsGroupMetadataValue, fields)
    }
    case 'topology': {
      const { value } = record
      return encodeRecord(StreamsGroupTopologyKey, { groupId }, StreamsGroupTopologyValue, value)
    }
    case 'target-epoch': {
      const { value } = record
      return encodeRecord(
        StreamsGroupTargetAssignmentMetadataKey,
        { groupId },
        StreamsGroupTargetAssignmentMetadataValue,
        value && targetEpochFields(value),
      )
    }
    default: {
      return encodeMemberRecord(groupId, record)
    }
  }
}

type MemberRecord = Extract<StreamsGroupRecord, { readonly memberId: string }>

function encodeMemberRecord(groupId: string, record: MemberRecord): CoordinatorRecord {
  const key = { groupId, memberId: record.memberId }
  switch (record.kind) {
    case 'member': {
      return encodeRecord(
        StreamsGroupMemberMetadataKey,
        key,
        StreamsGroupMemberMetadataValue,
        record.value,
      )
    }
    case 'target': {
      const { value } = record
      const fields = value && {
        activeTasks: listOfTasks(value.active),
        standbyTasks: listOfTasks(value.standby),
        warmupTasks: listOfTasks(value.warmup),
      }
      const part = StreamsGroupTargetAssignmentMemberValue
      return encodeRecord(StreamsGroupTargetAssignmentMemberKey, key, part, fields)
    }
    default: {
      const fields = record.value && assignmentFields(record.value)
      const part = StreamsGroupCurrentMemberAssignmentValue
      return encodeRecord(StreamsGroupCurrentMemberAssignmentKey, key, part, fields)
    }
  }
}

function assignmentFields(value: StreamsAssignment): StreamsGroupCurrentMemberAssignmentValue {
  const { memberEpoch, previousEpoch, state, assigned, revoking } = value
  return {
    memberEpoch,
    previousMemberEpoch: previousEpoch,
    state,
    activeTasks: listOfActive(assigned.active),
    standbyTasks: listOfTasks(assigned.standby).map(withoutEpochs),
    warmupTasks: listOfTasks(assigned.warmup).map(withoutEpochs),
    activeTasksPendingRevocation: listOfActive(revoking.active),
    standbyTasksPendingRevocation: listOfTasks(revoking.standby).map(withoutEpochs),
    warmupTasksPendingRevocation: listOfTasks(revoking.warmup).map(withoutEpochs),
  }
}

type TaskFields = StreamsGroupCurrentMemberAssignmentValue['activeTasks'][number]

function withoutEpochs(tasks: TaskIds): TaskFields {
  return { ...tasks, assignmentEpochs: null }
}

function listOfActive(active: OwnedPartitions): TaskFields[] {
  const sorted = [...active].toSorted(([one], [other]) => compareText(one, other))
  return sorted.map(([subtopologyId, epochs]) => {
    const tasks = [...epochs].toSorted(([one], [other]) => one - other)
    return {
      subtopologyId,
      partitions: tasks.map(([partition]) => partition),
      assignmentEpochs: tasks.map(([, epoch]) => epoch),
    }
  })
}

/** A record of a streams group, and whose it is. */
export interface StoredStreamsRecord {
  readonly groupId: string
  readonly record: StreamsGroupRecord
}

/**
 * Keeps nothing of the bytes.
 * @param recordType the int16 that the key starts with, already read from `reader`
 * @returns undefined when it is of another kind. @throws {DecodeError}
 */
export function decodeStreamsRecord(
  recordType: number,
  reader: WireReader,
  value: Uint8Array | null,
): StoredStreamsRecord | undefined {
  switch (recordType) {
    case StreamsGroupMetadataKey.recordType: {
      const { groupId } = StreamsGroupMetadataKey.decode(reader, VERSION)
      const fields = decodeRecordValue(StreamsGroupMetadataValue, value)
      const epoch = fields && {
        epoch: fields.epoch,
        metadataHash: fields.metadataHash,
        validatedTopologyEpoch: fields.validatedTopologyEpoch ?? -1,
        configs: fields.lastAssignmentConfigs ?? [],
      }
      return { groupId, record: { kind: 'group', value: epoch } }
    }
    case StreamsGroupTopologyKey.recordType: {
      const { groupId } = StreamsGroupTopologyKey.decode(reader, VERSION)
      const topology = decodeRecordValue(StreamsGroupTopologyValue, value)
      return { groupId, record: { kind: 'topology', value: topology } }
    }
    case StreamsGroupTargetAssignmentMetadataKey.recordType: {
      const { groupId } = StreamsGroupTargetAssignmentMetadataKey.decode(reader, VERSION)
      const fields = decodeRecordValue(StreamsGroupTargetAssignmentMetadataValue, value)
      const target = fields && targetEpochFrom(fields)
      return { groupId, record: { kind: 'target-epoch', value: target } }
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
): StoredStreamsRecord | undefined {
  switch (recordType) {
    case StreamsGroupMemberMetadataKey.recordType: {
      const { groupId, memberId } = StreamsGroupMemberMetadataKey.decode(reader, VERSION)
      const fields = decodeRecordValue(StreamsGroupMemberMetadataValue, value)
      const metadata = fields && metadataFrom(fields)
      return { groupId, record: { kind: 'member', memberId, value: metadata } }
    }
    case StreamsGroupTargetAssignmentMemberKey.recordType: {
      const { groupId, memberId } = StreamsGroupTargetAssignmentMemberKey.decode(reader, VERSION)
      const fields = decodeRecordValue(StreamsGroupTargetAssignmentMemberValue, value)
      const target = fields && {
        active: tasksFrom(fields.activeTasks),
        standby: tasksFrom(fields.standbyTasks),
        warmup: tasksFrom(fields.warmupTasks),
      }
      return { groupId, record: { kind: 'target', memberId, value: target } }
    }
    case StreamsGroupCurrentMemberAssignmentKey.recordType: {
      const { groupId, memberId } = StreamsGroupCurrentMemberAssignmentKey.decode(reader, VERSION)
      const fields = decodeRecordValue(StreamsGroupCurrentMemberAssignmentValue, value)
      const current = fields && assignmentFrom(fields)
      return { groupId, record: { kind: 'current', memberId, value: current } }
    }
    default: {
      return undefined
    }
  }
}

function metadataFrom(fields: StreamsGroupMemberMetadataValue): StreamsMetadata {
  return { ...fields, clientTags: sortedTags(fields.clientTags) }
}

/** A member in a state of a later Kafka is fenced when it comes, and starts over. */
function assignmentFrom(fields: StreamsGroupCurrentMemberAssignmentValue): StreamsAssignment {
  const state = memberStateFrom(fields.state)
  if (state === undefined) return NEW_STREAMS_ASSIGNMENT
  const { memberEpoch, previousMemberEpoch: previousEpoch } = fields
  const assigned: OwnedTasks = {
    active: activeFrom(fields.activeTasks, memberEpoch),
    standby: tasksFrom(fields.standbyTasks),
    warmup: tasksFrom(fields.warmupTasks),
  }
  const revoking: OwnedTasks = {
    active: activeFrom(fields.activeTasksPendingRevocation, memberEpoch),
    standby: tasksFrom(fields.standbyTasksPendingRevocation),
    warmup: tasksFrom(fields.warmupTasksPendingRevocation),
  }
  return { memberEpoch, previousEpoch, state, assigned, revoking }
}

/** @param epoch for tasks without one of their own, as Kafka before 4.3 wrote them. */
function activeFrom(fields: readonly TaskFields[], epoch: number): OwnedPartitions {
  const listed = fields.map(({ subtopologyId: topicId, ...tasks }) => ({ topicId, ...tasks }))
  return ownedFrom(listed, epoch)
}
