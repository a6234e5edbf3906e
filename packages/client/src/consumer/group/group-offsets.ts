import { ErrorCode, OffsetCommit, OffsetFetch, ZERO_UUID } from '@pafka/protocol'

import type { Cluster } from '../../cluster/cluster.ts'
import { GroupCoordinator } from '../../cluster/group-coordinator.ts'
import type { TopicPartition } from '../../cluster/topic-partition.ts'
import type { VersionRange } from '../../connection/api-versions.ts'
import type { KafkaErrorContext } from '../../errors/kafka-error.ts'
import type { MemberIdentity } from './group-member.ts'

/** Where a group goes on in a partition. */
export interface GroupOffset extends TopicPartition {
  readonly offset: number
  /** What the program said beside it. */
  readonly metadata?: string | null
}

/** The first with all that is needed here. */
const LEAST_COMMIT_VERSION = 2
const LEAST_FETCH_VERSION = 1
/** From here on topics go by ids, and what is of one that is gone is not taken for another. */
const ID_VERSION = 10
/** From here on one request may be about many groups. */
const GROUPS_VERSION = 8
const DEFAULT_RETENTION = -1

/** The committed offsets of a group, at its coordinator. */
export class GroupOffsets {
  readonly #cluster: Cluster
  readonly #coordinator: GroupCoordinator
  readonly #groupId: string

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster
    this.#coordinator = new GroupCoordinator(cluster, groupId)
    this.#groupId = groupId
  }

  /**
   * Once.
   * @param who in groups in which the broker assigns: nobody is told what is not his to read
   * @returns those that there are. @throws {KafkaError}
   */
  async fetch(
    partitions: readonly TopicPartition[],
    who: MemberIdentity | undefined,
  ): Promise<GroupOffset[]> {
    const named = [...Map.groupBy(partitions, ({ topic }) => topic)].map(([name, own]) => {
      const partitionIndexes = own.map(({ partition }) => partition)
      return { name, topicId: this.#idOf(name), partitionIndexes }
    })
    const groupId = this.#groupId
    const response = await this.#coordinator.ask({
      api: OffsetFetch,
      versions: versionsFrom(LEAST_FETCH_VERSION, named),
      request: (version) => {
        const { memberId = null, generationId: memberEpoch = -1 } = who ?? {}
        const group = { groupId, memberId, memberEpoch, topics: named }
        const hasGroups = version >= GROUPS_VERSION
        return {
          ...{ groupId, topics: hasGroups ? null : named, groups: hasGroups ? [group] : [] },
          requireStable: true,
        }
      },
    })
    const [answer = response] = response.groups
    this.#coordinator.check(answer.errorCode, { api: 'OffsetFetch' })
    return answer.topics.flatMap((told) => {
      const topic = nameIn(named, told)
      return told.partitions.flatMap(({ partitionIndex: partition, ...rest }) => {
        const { committedOffset: offset, errorCode } = rest
        this.#check(errorCode, { api: 'OffsetFetch', topic, partition })
        return offset < 0 ? [] : [{ topic, partition, offset }]
      })
    })
  }

  /** Once. @throws {KafkaError} of the first that could not be committed */
  async commit(offsets: readonly GroupOffset[], who: MemberIdentity): Promise<void> {
    const { memberId, generationId, instanceId } = who
    const named = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, own]) => ({
      ...{ name, topicId: this.#idOf(name) },
      partitions: own.map(
        ({ partition: partitionIndex, offset: committedOffset, metadata = '' }) => {
          const rest = { committedLeaderEpoch: -1, committedMetadata: metadata }
          return { partitionIndex, committedOffset, ...rest }
        },
      ),
    }))
    const { topics } = await this.#coordinator.ask({
      api: OffsetCommit,
      versions: versionsFrom(LEAST_COMMIT_VERSION, named),
      request: {
        ...{ groupId: this.#groupId, memberId, groupInstanceId: instanceId },
        ...{ generationIdOrMemberEpoch: generationId, retentionTimeMs: DEFAULT_RETENTION },
        topics: named,
      },
    })
    for (const told of topics) {
      const topic = nameIn(named, told)
      for (const { partitionIndex: partition, errorCode } of told.partitions) {
        this.#check(errorCode, { api: 'OffsetCommit', topic, partition })
      }
    }
  }

  /** @throws {KafkaError} unless the answer is one */
  #check(errorCode: number, context: KafkaErrorContext): void {
    if (errorCode === ErrorCode.UNKNOWN_TOPIC_ID) this.#cluster.metadata.outdated()
    this.#coordinator.check(errorCode, context)
  }

  /** As far as known. */
  #idOf(topic: string): string {
    return this.#cluster.metadata.find(topic)?.id ?? ZERO_UUID
  }
}

interface NamedTopic {
  readonly name: string
  readonly topicId: string
}

function versionsFrom(min: number, topics: readonly NamedTopic[]): VersionRange {
  const hasIds = topics.every(({ topicId }) => topicId !== ZERO_UUID)
  return hasIds ? { min } : { min, max: ID_VERSION - 1 }
}

/** An answer has either of both. */
function nameIn(
  topics: readonly NamedTopic[],
  { name, topicId = '' }: { readonly name: string; readonly topicId?: string },
): string {
  if (name !== '') return name
  return topics.find((one) => one.topicId === topicId)?.name ?? topicId
}
