import { ErrorCode, type StreamsGroupHeartbeatRequest } from '@pafka/protocol'

import { LEAVE_EPOCH, LEAVE_STATIC_EPOCH } from '../consumer-groups/consumer-member.ts'
import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import { isInternalTopic, topicNameProblem } from '../metadata/topic-name.ts'
import { type Subtopology, sourcesOf, type Topology } from './topology.ts'

/** What is wrong with a request, whatever its group. Source of the rules: Kafka 4.3. */
export function checkStreamsHeartbeat(request: StreamsGroupHeartbeatRequest): Refusal | undefined {
  const invalid =
    unknownFeature(request) ?? idProblem(request) ?? epochProblem(request) ?? tasksProblem(request)
  if (invalid !== undefined) return refusal(ErrorCode.INVALID_REQUEST, invalid)
  const problem = request.topology === null ? undefined : badTopology(request.topology)
  if (problem === undefined) return undefined
  return refusal(ErrorCode.STREAMS_INVALID_TOPOLOGY, problem)
}

/** What Kafka 4.3 has fields for, and nothing behind them. */
function unknownFeature(request: StreamsGroupHeartbeatRequest): string | undefined {
  const { instanceId, taskOffsets, taskEndOffsets, warmupTasks, topology } = request
  if (instanceId !== null) return 'Static membership is not yet supported.'
  if (taskOffsets !== null) return 'TaskOffsets are not supported yet.'
  if (taskEndOffsets !== null) return 'TaskEndOffsets are not supported yet.'
  if (warmupTasks !== null && warmupTasks.length > 0) return 'WarmupTasks are not supported yet.'
  const hasPatterns = topology?.subtopologies.some((one) => one.sourceTopicRegex.length > 0)
  if (hasPatterns !== true) return undefined
  return 'Regular expressions for source topics are not supported yet.'
}

function idProblem({
  memberId,
  groupId,
  rackId,
}: StreamsGroupHeartbeatRequest): string | undefined {
  if (memberId === '') return 'MemberId must not be empty.'
  if (groupId === '') return 'GroupId must not be empty.'
  return rackId === '' ? 'RackId must not be empty.' : undefined
}

function epochProblem(request: StreamsGroupHeartbeatRequest): string | undefined {
  const { memberEpoch, topology } = request
  if (memberEpoch < LEAVE_STATIC_EPOCH) return 'There is no such MemberEpoch.'
  if (memberEpoch === LEAVE_STATIC_EPOCH) return 'Only a member with an InstanceId may be back.'
  if (memberEpoch !== 0) {
    return topology === null ? undefined : 'Only who joins may give a Topology.'
  }
  if (request.rebalanceTimeoutMs === -1) return 'Who joins must give a RebalanceTimeoutMs.'
  const tasks = [request.activeTasks, request.standbyTasks, request.warmupTasks]
  if (tasks.some((some) => some === null || some.length > 0)) {
    return 'Who joins must have no tasks, and say so.'
  }
  return topology === null ? 'Who joins must give a Topology.' : undefined
}

function tasksProblem(request: StreamsGroupHeartbeatRequest): string | undefined {
  if (request.memberEpoch === LEAVE_EPOCH) return undefined
  const { activeTasks, standbyTasks, warmupTasks } = request
  const said = [activeTasks, standbyTasks, warmupTasks].filter((some) => some !== null)
  const isHalf = said.length > 0 && said.length < 3
  return isHalf ? 'Tasks of all three kinds must be said, or of none.' : undefined
}

function badTopology({ epoch, subtopologies }: Topology): string | undefined {
  if (epoch < 0) return 'The epoch of a topology is not negative.'
  const ids = new Set(subtopologies.map(({ subtopologyId }) => subtopologyId))
  if (ids.size < subtopologies.length) return 'Two subtopologies have the same id.'
  for (const subtopology of subtopologies) {
    const problem = badSubtopology(subtopology) ?? badNames(subtopology)
    if (problem !== undefined) return problem
  }
  return undefined
}

function badSubtopology(subtopology: Subtopology): string | undefined {
  const { subtopologyId, sourceTopics, repartitionSourceTopics } = subtopology
  if (sourcesOf(subtopology).length === 0) {
    return `No source topics found for subtopology ${subtopologyId}`
  }
  const log = subtopology.stateChangelogTopics.find(({ partitions }) => partitions !== 0)
  if (log !== undefined) {
    const text = 'must have an undefined partition count, but it is set to'
    return `Changelog topic ${log.name} ${text} ${log.partitions}.`
  }
  const negative = repartitionSourceTopics.find(({ partitions }) => partitions < 0)
  if (negative !== undefined) return `Topic ${negative.name} cannot have so few partitions.`
  const isOutside = subtopology.copartitionGroups.some(
    (group) =>
      group.sourceTopics.some((at) => sourceTopics[at] === undefined) ||
      group.repartitionSourceTopics.some((at) => repartitionSourceTopics[at] === undefined),
  )
  return isOutside ? `Copartition groups of ${subtopologyId} name no topics of it.` : undefined
}

function badNames(subtopology: Subtopology): string | undefined {
  const { repartitionSinkTopics, stateChangelogTopics } = subtopology
  const changelogs = stateChangelogTopics.map(({ name }) => name)
  const names = [...sourcesOf(subtopology), ...repartitionSinkTopics, ...changelogs]
  const internal = names.find(isInternalTopic)
  if (internal !== undefined) {
    return `Use of Kafka internal topics ${internal} in a Kafka Streams topology is prohibited.`
  }
  const invalid = names.find((name) => topicNameProblem(name) !== undefined)
  return invalid && `Topic names ${invalid} are not valid topic names.`
}
