import {
  ErrorCode,
  type OffsetCommitRequestTopic,
  type OffsetCommitResponseTopic,
  type TxnOffsetCommitRequestTopic,
} from '@pafka/protocol'

import type { OffsetToCommit } from '../groups/offset-manager.ts'
import type { Topic } from '../metadata/topic.ts'

type TopicToCommit = Pick<OffsetCommitRequestTopic, 'name' | 'topicId'> & {
  readonly partitions:
    | OffsetCommitRequestTopic['partitions']
    | TxnOffsetCommitRequestTopic['partitions']
}

interface PartitionAnswer {
  readonly partitionIndex: number
  errorCode: ErrorCode
}

/** The answer to a commit as it takes shape, and the offsets whose partitions there are. */
export class CommitPlan {
  readonly topics: OffsetCommitResponseTopic[] = []
  readonly offsets: OffsetToCommit[] = []
  /** In the order of `offsets`. */
  readonly #undecided: PartitionAnswer[] = []

  /** @param unknownTopic for the partitions of a topic that `topic` is undefined for */
  add(
    { name, topicId, partitions }: TopicToCommit,
    topic: Topic | undefined,
    unknownTopic: ErrorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ): void {
    const answers: PartitionAnswer[] = []
    this.topics.push({ name, topicId, partitions: answers })
    for (const one of partitions) {
      const { partitionIndex } = one
      if (topic?.partitions[partitionIndex] === undefined) {
        const errorCode = topic ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : unknownTopic
        answers.push({ partitionIndex, errorCode })
        continue
      }
      this.offsets.push({
        topic: topic.name,
        topicId: topic.id,
        partition: partitionIndex,
        offset: one.committedOffset,
        leaderEpoch: one.committedLeaderEpoch,
        metadata: one.committedMetadata,
      })
      const undecided: PartitionAnswer = { partitionIndex, errorCode: ErrorCode.NONE }
      this.#undecided.push(undecided)
      answers.push(undecided)
    }
  }

  /** @param errorCodes in the order of `offsets` */
  settle(errorCodes: readonly (ErrorCode | undefined)[]): void {
    for (const [index, undecided] of this.#undecided.entries()) {
      undecided.errorCode = errorCodes[index] ?? ErrorCode.UNKNOWN_SERVER_ERROR
    }
  }
}
