import { ConsumerProtocolAssignment, WireWriter } from '@pafka/protocol'

import { assignmentIn, subscriptionIn } from '../groups/consumer-metadata.ts'
import { type Partitions, partitionsOfSets } from './partitions.ts'
import type { TopicsView } from './topics-view.ts'

/** What a classic consumer says when it joins. */
export interface ClassicSubscription {
  readonly version: number
  readonly topicNames: readonly string[]
  readonly rackId: string | null
  /** What it has and keeps while it joins; nothing, unless it rebalances cooperatively. */
  readonly owned: Partitions
}

/** @returns undefined when the bytes are no `ConsumerProtocolSubscription` */
export function readSubscription(
  metadata: Uint8Array,
  topics: TopicsView,
): ClassicSubscription | undefined {
  const subscription = subscriptionIn(metadata)
  if (subscription === null) return undefined
  const { version, fields } = subscription
  const owned = partitionsByName(fields.ownedPartitions, topics)
  return { version, topicNames: fields.topics, rackId: fields.rackId, owned }
}

/** @returns undefined when they cannot be read, or an assignor has put data of its own there */
export function readAssignment(bytes: Uint8Array, topics: TopicsView): Partitions | undefined {
  if (bytes.length === 0) return new Map()
  const assignment = assignmentIn(bytes)
  if (assignment === null || (assignment.fields.userData?.length ?? 0) > 0) return undefined
  return partitionsByName(assignment.fields.assignedPartitions, topics)
}

/** @param version of the subscription of who reads it */
export function writeAssignment(
  partitions: Partitions,
  version: number,
  topics: TopicsView,
): Uint8Array {
  const assignedPartitions = [...partitions].flatMap(([topicId, ofTopic]) => {
    const topic = topics.byId(topicId)?.name
    return topic === undefined ? [] : [{ topic, partitions: ofTopic }]
  })
  const writer = new WireWriter()
  writer.int16(version)
  ConsumerProtocolAssignment.encode(writer, { assignedPartitions, userData: null }, version)
  return new Uint8Array(Buffer.concat(writer.finish()))
}

interface NamedPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

function partitionsByName(named: readonly NamedPartitions[], topics: TopicsView): Partitions {
  const sets = new Map<string, Set<number>>()
  for (const { topic, partitions } of named) {
    const id = topics.byName(topic)?.id
    if (id !== undefined) sets.set(id, new Set([...(sets.get(id) ?? []), ...partitions]))
  }
  return partitionsOfSets(sets)
}
