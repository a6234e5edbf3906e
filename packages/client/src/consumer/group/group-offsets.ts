import { OffsetCommit, OffsetFetch } from '@pafka/protocol'

import type { Cluster } from '../../cluster/cluster.ts'
import { GroupCoordinator } from '../../cluster/group-coordinator.ts'
import type { TopicPartition } from '../../cluster/topic-partition.ts'
import type { MemberIdentity } from './group-member.ts'

/** Where a group goes on in a partition. */
export interface GroupOffset extends TopicPartition {
  readonly offset: number
  /** What the program said beside it. */
  readonly metadata?: string | null
}

/** From version 10 on topics go by ids; 2 is the first with all that is needed here. */
const COMMIT_VERSIONS = { min: 2, max: 9 }
const FETCH_VERSIONS = { min: 1, max: 9 }
/** From here on one request may be about many groups. */
const GROUPS_VERSION = 8
const DEFAULT_RETENTION = -1

/** The committed offsets of a group, at its coordinator. */
export class GroupOffsets {
  readonly #coordinator: GroupCoordinator
  readonly #groupId: string

  constructor(cluster: Cluster, groupId: string) {
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
      return { name, partitionIndexes: own.map(({ partition }) => partition) }
    })
    const groupId = this.#groupId
    const response = await this.#coordinator.ask({
      api: OffsetFetch,
      versions: FETCH_VERSIONS,
      request: (version) => {
        const topics = named.map((topic) => ({ ...topic, topicId: '' }))
        const { memberId = null, generationId: memberEpoch = -1 } = who ?? {}
        const group = { groupId, memberId, memberEpoch, topics }
        const hasGroups = version >= GROUPS_VERSION
        return {
          ...{ groupId, topics: hasGroups ? null : named, groups: hasGroups ? [group] : [] },
          requireStable: true,
        }
      },
    })
    const [answer = response] = response.groups
    this.#coordinator.check(answer.errorCode, { api: 'OffsetFetch' })
    return answer.topics.flatMap(({ name: topic, partitions: own }) =>
      own.flatMap(({ partitionIndex: partition, committedOffset: offset, errorCode }) => {
        this.#coordinator.check(errorCode, { api: 'OffsetFetch', topic, partition })
        return offset < 0 ? [] : [{ topic, partition, offset }]
      }),
    )
  }

  /** Once. @throws {KafkaError} of the first that could not be committed */
  async commit(offsets: readonly GroupOffset[], who: MemberIdentity): Promise<void> {
    const { memberId, generationId, instanceId } = who
    const { topics } = await this.#coordinator.ask({
      api: OffsetCommit,
      versions: COMMIT_VERSIONS,
      request: {
        ...{ groupId: this.#groupId, memberId, groupInstanceId: instanceId },
        ...{ generationIdOrMemberEpoch: generationId, retentionTimeMs: DEFAULT_RETENTION },
        topics: [...Map.groupBy(offsets, ({ topic }) => topic)].map(([name, own]) => ({
          ...{ name, topicId: '' },
          partitions: own.map(
            ({ partition: partitionIndex, offset: committedOffset, metadata = '' }) => {
              const rest = { committedLeaderEpoch: -1, committedMetadata: metadata }
              return { partitionIndex, committedOffset, ...rest }
            },
          ),
        })),
      },
    })
    for (const { name: topic, partitions } of topics) {
      for (const { partitionIndex: partition, errorCode } of partitions) {
        this.#coordinator.check(errorCode, { api: 'OffsetCommit', topic, partition })
      }
    }
  }
}
