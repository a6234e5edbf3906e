import { hashOfTopics } from '../consumer-groups/topic-hash.ts'
import type { TopicsView } from '../consumer-groups/topics-view.ts'
import { decidePartitions, mostPartitions } from './partition-counts.ts'
import { compareText } from './tasks.ts'
import { type InternalTopic, requiredTopics, sourcesOf, type Topology } from './topology.ts'

/** What is told of a group that does not work as it should. Source: Kafka's `Status`. */
export const StreamsStatus = {
  STALE_TOPOLOGY: 0,
  MISSING_SOURCE_TOPICS: 1,
  INCORRECTLY_PARTITIONED_TOPICS: 2,
  MISSING_INTERNAL_TOPICS: 3,
  SHUTDOWN_APPLICATION: 4,
  ASSIGNMENT_DELAYED: 5,
} as const
export type StreamsStatus = (typeof StreamsStatus)[keyof typeof StreamsStatus]

export interface StatusDetail {
  readonly statusCode: StreamsStatus
  readonly statusDetail: string
}

/** A topic of the application itself, that the broker is to make. */
export interface TopicToMake {
  readonly name: string
  readonly partitions: number
  /** -1 is the broker's default. */
  readonly replicationFactor: number
  readonly configs: InternalTopic['topicConfigs']
}

export interface ConfiguredSubtopology {
  readonly subtopologyId: string
  readonly tasks: number
  readonly isStateful: boolean
}

/** A topology beside the topics there are. */
export interface ConfiguredTopology {
  readonly metadataHash: number
  /** By id; empty while it is not known how many tasks there are. */
  readonly subtopologies: readonly ConfiguredSubtopology[]
  readonly toMake: readonly TopicToMake[]
  /** Why no task can run yet; null when all can. */
  readonly problem: StatusDetail | null
}

const MOST_NAMED = 3
/** Of one group, and without standbys: a topology may name one large topic over and over. */
const MOST_TASKS = 100_000

/** Source: KIP-1071, Kafka 4.3 `InternalTopicManager`. */
export function configureTopology(topology: Topology, topics: TopicsView): ConfiguredTopology {
  const metadataHash = hashOfTopics(requiredTopics(topology), topics)
  const failed = (problem: StatusDetail): ConfiguredTopology => {
    return { metadataHash, subtopologies: [], toMake: [], problem }
  }
  const missing = missingSources(topology, topics)
  if (missing.length > 0) {
    const statusDetail = `Source topics ${summary(missing)} are missing.`
    return failed({ statusCode: StreamsStatus.MISSING_SOURCE_TOPICS, statusDetail })
  }
  const decided = decidePartitions(topology, topics)
  if ('problem' in decided) return failed(wrongPartitions(decided.problem))
  const { counts } = decided
  const countOf = (name: string): number =>
    topics.byName(name)?.partitions.length ?? counts.get(name) ?? 0
  const internal = internalTopics(topology)
  for (const { name } of internal) {
    const found = topics.byName(name)?.partitions.length
    const expected = counts.get(name) ?? 0
    if (found === undefined || found === expected) continue
    const text = `Existing topic ${name} has different number of partitions: `
    return failed(wrongPartitions(`${text}expected ${expected}, found ${found}`))
  }
  const subtopologies = topology.subtopologies
    .map((one) => ({
      subtopologyId: one.subtopologyId,
      tasks: mostPartitions(sourcesOf(one), countOf),
      isStateful: one.stateChangelogTopics.length > 0,
    }))
    .toSorted((one, other) => compareText(one.subtopologyId, other.subtopologyId))
  const tasks = subtopologies.reduce((sum, one) => sum + one.tasks, 0)
  if (tasks > MOST_TASKS) {
    return failed(wrongPartitions(`The topology has ${tasks} tasks, more than ${MOST_TASKS}.`))
  }
  const toMake = internal
    .filter(({ name }) => topics.byName(name) === undefined)
    .map(({ name, replicationFactor, topicConfigs }) => ({
      name,
      partitions: counts.get(name) ?? 0,
      replicationFactor: replicationFactor === 0 ? -1 : replicationFactor,
      configs: topicConfigs,
    }))
  if (toMake.length === 0) return { metadataHash, subtopologies, toMake, problem: null }
  const statusDetail = `Internal topics are missing: ${summary(toMake.map(({ name }) => name))}`
  const problem = { statusCode: StreamsStatus.MISSING_INTERNAL_TOPICS, statusDetail }
  return { metadataHash, subtopologies, toMake, problem }
}

function missingSources({ subtopologies }: Topology, topics: TopicsView): string[] {
  const sources = new Set(subtopologies.flatMap(({ sourceTopics }) => sourceTopics))
  return [...sources].filter((name) => topics.byName(name) === undefined).toSorted()
}

/** Each once, though one topic may be the sink of one subtopology and the source of another. */
function internalTopics({ subtopologies }: Topology): InternalTopic[] {
  const all = subtopologies.flatMap(({ repartitionSourceTopics, stateChangelogTopics }) => [
    ...repartitionSourceTopics,
    ...stateChangelogTopics,
  ])
  return [...new Map(all.map((topic) => [topic.name, topic])).values()]
}

function wrongPartitions(statusDetail: string): StatusDetail {
  return { statusCode: StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS, statusDetail }
}

function summary(names: readonly string[]): string {
  const more = names.length - MOST_NAMED
  const named = names.slice(0, MOST_NAMED).join(', ')
  return more > 0 ? `${named} and ${more} additional topics` : named
}
