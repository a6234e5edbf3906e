import { ErrorCode } from '@pafka/protocol'

import {
  type MorePartitions,
  type NewTopic,
  type PartitionAssignment,
  refusal,
  type Refusal,
} from './topic-change.ts'
import type { Topic } from './topic.ts'
import { collisionKey, isInternalTopic, topicNameProblem } from './topic-name.ts'

/** Kafka's bound for one request; more would hold up everybody else's changes. */
export const MAX_NEW_PARTITIONS_PER_REQUEST: number = 10_000

/** What a change is checked against. */
export interface PlanView {
  readonly nodeId: number
  readonly defaultPartitions: number
  readonly maxPartitions: number
  byName(name: string): Topic | undefined
  /** A topic whose name differs in "." and "_" at most. */
  byCollisionKey(key: string): string | undefined
  readonly totalPartitions: number
}

/** A topic that can be had as wanted, with this many partitions. */
export interface PlannedTopic {
  readonly topic: NewTopic
  readonly partitions: number
}

interface Count {
  readonly partitions: number
}

/** Decides on the topics of one request, in their order; later ones see the earlier. */
export function planTopics(
  wanted: readonly NewTopic[],
  view: PlanView,
): (PlannedTopic | Refusal)[] {
  const planned = new Set<string>()
  const plannedKeys = new Map<string, string>()
  let added = 0
  return wanted.map((topic) => {
    if (planned.has(topic.name)) {
      return refusal(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${topic.name}' already exists.`)
    }
    const key = collisionKey(topic.name)
    const plan = planTopic(topic, view, plannedKeys.get(key) ?? view.byCollisionKey(key))
    if ('errorCode' in plan) return plan
    const tooMany = tooManyPartitions(plan.partitions, added, view)
    if (tooMany !== undefined) return tooMany
    added += plan.partitions
    planned.add(topic.name)
    plannedKeys.set(key, topic.name)
    return { topic, partitions: plan.partitions }
  })
}

function planTopic(topic: NewTopic, view: PlanView, rival: string | undefined): Count | Refusal {
  const { name } = topic
  const problem = topicNameProblem(name)
  if (problem !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, problem)
  if (view.byName(name) !== undefined) {
    return refusal(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
  }
  if (isInternalTopic(name)) {
    const reason = `Topic '${name}' is the broker's own: it is created when it is needed.`
    return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, reason)
  }
  if (rival !== undefined) {
    const reason = `Topic '${name}' collides with '${rival}': "." and "_" count as the same.`
    return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, reason)
  }
  return topic.assignments.length > 0 ? planAssigned(topic, view) : planCounted(topic, view)
}

function planCounted({ partitions, replicationFactor }: NewTopic, view: PlanView): Count | Refusal {
  if (replicationFactor !== -1 && replicationFactor !== 1) {
    const reason =
      replicationFactor < 1
        ? 'The replication factor must be larger than 0.'
        : `The replication factor cannot be ${replicationFactor}: there is 1 broker.`
    return refusal(ErrorCode.INVALID_REPLICATION_FACTOR, reason)
  }
  if (partitions === -1) return { partitions: view.defaultPartitions }
  if (partitions < 1) {
    const reason = `The number of partitions must be larger than 0, not ${partitions}.`
    return refusal(ErrorCode.INVALID_PARTITIONS, reason)
  }
  return { partitions }
}

/** Source of the rules and codes: Kafka 4.3 `ReplicationControlManager.createTopic`. */
function planAssigned(topic: NewTopic, view: PlanView): Count | Refusal {
  const { assignments } = topic
  if (topic.replicationFactor !== -1 || topic.partitions !== -1) {
    const reason =
      'With an assignment of replicas, partitions and replication factor must both be -1.'
    return refusal(ErrorCode.INVALID_REQUEST, reason)
  }
  const indexes = assignments.map(({ partitionIndex }) => partitionIndex)
  const sorted = indexes.toSorted((a, b) => a - b)
  if (sorted.some((index, at) => index !== at)) {
    const reason = 'The partitions assigned must be 0, 1, 2 and so on, each once.'
    return refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, reason)
  }
  const wrong = assignments.find(({ brokerIds }) => !isHere(brokerIds, view.nodeId))
  if (wrong !== undefined) return misassigned(wrong, view)
  return { partitions: assignments.length }
}

function isHere(brokerIds: readonly number[], nodeId: number): boolean {
  return brokerIds.length === 1 && brokerIds[0] === nodeId
}

function misassigned({ brokerIds, partitionIndex }: PartitionAssignment, view: PlanView): Refusal {
  const reason =
    `Partition ${partitionIndex} is assigned to [${brokerIds.join(', ')}], ` +
    `but the only broker is ${view.nodeId}.`
  return refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, reason)
}

/** @returns how many partitions to add, at least 1, or why none. */
export function planMorePartitions(
  wanted: MorePartitions,
  view: PlanView,
  alreadyAdded: number,
): Count | Refusal {
  const topic = view.byName(wanted.name)
  if (topic === undefined) {
    const reason = `Topic '${wanted.name}' does not exist.`
    return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, reason)
  }
  if (topic.internal) {
    const reason = `Topic '${wanted.name}' is the broker's own: its partitions stay as they are.`
    return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, reason)
  }
  const before = topic.partitions.length
  if (wanted.count <= before) {
    const reason =
      wanted.count === before
        ? `Topic '${wanted.name}' has ${before} partition(s) already.`
        : `Topic '${wanted.name}' has ${before} partitions; there cannot be fewer.`
    return refusal(ErrorCode.INVALID_PARTITIONS, reason)
  }
  const added = wanted.count - before
  const tooMany = tooManyPartitions(added, alreadyAdded, view)
  if (tooMany !== undefined) return tooMany
  const { assignments } = wanted
  if (assignments !== null && assignments.length !== added) {
    const reason = `${added} partitions are added, but ${assignments.length} assigned.`
    return refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, reason)
  }
  const at = assignments?.findIndex(({ brokerIds }) => !isHere(brokerIds, view.nodeId)) ?? -1
  const wrong = assignments?.[at]
  if (wrong === undefined) return { partitions: added }
  return misassigned({ brokerIds: wrong.brokerIds, partitionIndex: before + at }, view)
}

function tooManyPartitions(more: number, added: number, view: PlanView): Refusal | undefined {
  if (added + more > MAX_NEW_PARTITIONS_PER_REQUEST) {
    const reason = `One request can add ${MAX_NEW_PARTITIONS_PER_REQUEST} partitions.`
    return refusal(ErrorCode.POLICY_VIOLATION, reason)
  }
  if (view.totalPartitions + added + more <= view.maxPartitions) return undefined
  const reason =
    `This broker holds at most ${view.maxPartitions} partitions; ` +
    `it has ${view.totalPartitions + added}, and ${more} more are asked for.`
  return refusal(ErrorCode.POLICY_VIOLATION, reason)
}
