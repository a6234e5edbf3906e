import { DecodeError } from '@pafka/base'
import {
  ConsumerGroupDescribe,
  type ConsumerGroupDescribeResponse,
  DescribeGroups,
  type DescribeGroupsResponse,
  ShareGroupDescribe,
  type ShareGroupDescribeResponse,
  StreamsGroupDescribe,
  type StreamsGroupDescribeResponse,
} from '@pafka/protocol'

import type { TopicPartition } from '../cluster/topic-partition.ts'
import { decodeAssignment, decodeSubscription } from '../consumer/group/group-subscription.ts'
import { operationsOf } from './acl.ts'
import type { AdminParts, Refusal } from './admin-call.ts'
import {
  type GroupDescription,
  type GroupMemberDescription,
  groupStateOf,
  type GroupType,
  type StreamsTask,
  type StreamsTasks,
  type StreamsTopology,
} from './group-description.ts'

/** What a broker says of a group as one of a type. */
export interface DescribedGroup extends Refusal {
  readonly groupId: string
  readonly description: GroupDescription
}

export interface DescribeGroupsQuestion {
  readonly groupIds: readonly string[]
  readonly withOperations: boolean
}

/** Asks a coordinator once about groups, as such of a type. @throws {KafkaError} */
export type DescribeGroupsCall = (
  parts: AdminParts,
  nodeId: number,
  question: DescribeGroupsQuestion,
) => Promise<DescribedGroup[]>

/** Nothing of what depends on the type. */
const GROUP = { protocolType: '', topology: undefined }
const MEMBER = {
  ...{ instanceId: null, topicPattern: null, target: undefined },
  ...{ tasks: undefined, targetTasks: undefined, processId: undefined },
}
/** Of classic groups of consumers; those of others have members that speak otherwise. */
const CONSUMERS = 'consumer'

export const DESCRIBE_CALLS: Readonly<Record<GroupType, DescribeGroupsCall>> = {
  consumer: async ({ cluster }, coordinatorId, { groupIds, withOperations }) => {
    const request = { groupIds, includeAuthorizedOperations: withOperations }
    const { groups } = await cluster.ask(coordinatorId, { api: ConsumerGroupDescribe, request })
    return groups.map((group) => answered(group, consumerGroup(group, coordinatorId)))
  },
  classic: async ({ cluster }, coordinatorId, { groupIds, withOperations }) => {
    const request = { groups: groupIds, includeAuthorizedOperations: withOperations }
    const { groups } = await cluster.ask(coordinatorId, { api: DescribeGroups, request })
    return groups.map((group) => answered(group, classicGroup(group, coordinatorId)))
  },
  share: async ({ cluster }, coordinatorId, { groupIds, withOperations }) => {
    const request = { groupIds, includeAuthorizedOperations: withOperations }
    const { groups } = await cluster.ask(coordinatorId, { api: ShareGroupDescribe, request })
    return groups.map((group) => answered(group, shareGroup(group, coordinatorId)))
  },
  streams: async ({ cluster }, coordinatorId, { groupIds, withOperations }) => {
    const request = { groupIds, includeAuthorizedOperations: withOperations }
    const { groups } = await cluster.ask(coordinatorId, { api: StreamsGroupDescribe, request })
    return groups.map((group) => answered(group, streamsGroup(group, coordinatorId)))
  },
}

interface AnyGroup extends Refusal {
  readonly groupId: string
  readonly authorizedOperations: number
}

function answered(
  group: AnyGroup,
  described: Omit<GroupDescription, 'operations'>,
): DescribedGroup {
  const { groupId, errorCode, errorMessage = null, authorizedOperations } = group
  const description = { ...described, operations: operationsOf(authorizedOperations) }
  return { groupId, errorCode, errorMessage, description }
}

function classicGroup(
  group: DescribeGroupsResponse['groups'][number],
  coordinatorId: number,
): Omit<GroupDescription, 'operations'> {
  const { groupId, groupState, protocolType, protocolData: assignor } = group
  return {
    ...{ ...GROUP, groupId, type: 'classic', protocolType, assignor, coordinatorId },
    ...{ state: groupStateOf(groupState), epoch: undefined, assignmentEpoch: undefined },
    members: group.members.map((member): GroupMemberDescription => {
      const { memberId, groupInstanceId: instanceId, clientId, clientHost } = member
      const areConsumers = protocolType === CONSUMERS
      return {
        ...{ ...MEMBER, memberId, instanceId, clientId, host: hostOf(clientHost) },
        ...{ epoch: undefined, ...subscribed(areConsumers ? member.memberMetadata : NO_BYTES) },
        assignment: areConsumers ? orNothing(() => decodeAssignment(member.memberAssignment)) : [],
      }
    }),
  }
}

function consumerGroup(
  group: ConsumerGroupDescribeResponse['groups'][number],
  coordinatorId: number,
): Omit<GroupDescription, 'operations'> {
  const { groupId, groupState, assignorName: assignor, groupEpoch, assignmentEpoch } = group
  return {
    ...{ ...GROUP, groupId, type: 'consumer', protocolType: CONSUMERS, assignor, coordinatorId },
    ...{ state: groupStateOf(groupState), epoch: groupEpoch, assignmentEpoch },
    members: group.members.map((member): GroupMemberDescription => {
      const { memberId, instanceId, clientId, clientHost, rackId, memberEpoch } = member
      return {
        ...{ ...MEMBER, memberId, instanceId, clientId, host: hostOf(clientHost), rack: rackId },
        ...{ epoch: memberEpoch, topics: member.subscribedTopicNames },
        topicPattern: member.subscribedTopicRegex === '' ? null : member.subscribedTopicRegex,
        assignment: listed(member.assignment.topicPartitions),
        target: listed(member.targetAssignment.topicPartitions),
      }
    }),
  }
}

function shareGroup(
  group: ShareGroupDescribeResponse['groups'][number],
  coordinatorId: number,
): Omit<GroupDescription, 'operations'> {
  const { groupId, groupState, assignorName: assignor, groupEpoch, assignmentEpoch } = group
  return {
    ...{ ...GROUP, groupId, type: 'share', protocolType: 'share', assignor, coordinatorId },
    ...{ state: groupStateOf(groupState), epoch: groupEpoch, assignmentEpoch },
    members: group.members.map((member): GroupMemberDescription => {
      const { memberId, clientId, clientHost, rackId, memberEpoch } = member
      return {
        ...{ ...MEMBER, memberId, clientId, host: hostOf(clientHost), rack: rackId },
        ...{ epoch: memberEpoch, topics: member.subscribedTopicNames },
        assignment: listed(member.assignment.topicPartitions),
      }
    }),
  }
}

type StreamsGroup = StreamsGroupDescribeResponse['groups'][number]

function streamsGroup(
  group: StreamsGroup,
  coordinatorId: number,
): Omit<GroupDescription, 'operations'> {
  const { groupId, groupState, groupEpoch, assignmentEpoch } = group
  return {
    ...{ groupId, type: 'streams', protocolType: 'streams', assignor: '', coordinatorId },
    ...{ state: groupStateOf(groupState), epoch: groupEpoch, assignmentEpoch },
    topology: topologyOf(group.topology),
    members: group.members.map((member): GroupMemberDescription => {
      const { memberId, instanceId, clientId, clientHost, rackId, memberEpoch } = member
      return {
        ...{ ...MEMBER, memberId, instanceId, clientId, host: hostOf(clientHost), rack: rackId },
        ...{ epoch: memberEpoch, topics: [], assignment: [], processId: member.processId },
        ...{ tasks: tasksOf(member.assignment), targetTasks: tasksOf(member.targetAssignment) },
      }
    }),
  }
}

function topologyOf(topology: StreamsGroup['topology']): StreamsTopology | undefined {
  if (topology === null) return undefined
  return {
    epoch: topology.epoch,
    subtopologies: (topology.subtopologies ?? []).map((one) => ({
      ...{ id: one.subtopologyId, sources: one.sourceTopics },
      repartitionSinks: one.repartitionSinkTopics,
      repartitionSources: one.repartitionSourceTopics.map(({ name }) => name),
      changelogs: one.stateChangelogTopics.map(({ name }) => name),
    })),
  }
}

interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

function tasksOf(assignment: StreamsGroup['members'][number]['assignment']): StreamsTasks {
  const { activeTasks, standbyTasks, warmupTasks } = assignment
  return { active: tasks(activeTasks), standby: tasks(standbyTasks), warmup: tasks(warmupTasks) }
}

function tasks(ids: readonly TaskIds[]): StreamsTask[] {
  return ids.flatMap(({ subtopologyId: subtopology, partitions }) =>
    partitions.map((partition) => ({ subtopology, partition })),
  )
}

const NO_BYTES = new Uint8Array()

function subscribed(bytes: Uint8Array): Pick<GroupMemberDescription, 'topics' | 'rack'> {
  if (bytes.length === 0) return { topics: [], rack: null }
  const [subscription] = orNothing(() => [decodeSubscription(bytes)])
  return { topics: subscription?.topics ?? [], rack: subscription?.rack ?? null }
}

/** Members say what they like: what is not understood is as good as nothing. */
function orNothing<T>(decode: () => T[]): T[] {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return []
    throw error
  }
}

/** Kafka puts a slash before an address. */
function hostOf(clientHost: string): string {
  return clientHost.replace(/^\//u, '')
}

interface AssignedTopic {
  readonly topicName: string
  readonly partitions: readonly number[]
}

function listed(topics: readonly AssignedTopic[]): TopicPartition[] {
  return topics.flatMap(({ topicName: topic, partitions }) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}
