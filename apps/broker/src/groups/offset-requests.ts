import { ErrorCode } from '@pafka/protocol'

import { LiveShareGroup } from '../share-groups/live-share-group.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { AnyGroup } from './any-group.ts'
import { checkCommitOf, checkFetchOf } from './commit-check.ts'
import type { FetchAnswer, FetchClaim, OffsetCommit, OffsetDeletion } from './coordinator-answer.ts'
import { isOfConsumers, isSubscribedTo, stateOf } from './group-kinds.ts'
import type { OffsetManager, TransactionalCommitter, WantedOffsets } from './offset-manager.ts'
import type { Answered, WhenReady } from './when-ready.ts'

/** Who fetches offsets for itself, and takes what is committed now. */
export const NO_MEMBER: FetchClaim = { memberId: null, memberEpoch: -1, requireStable: false }

interface OffsetRequestsOptions {
  readonly groups: ReadonlyMap<string, AnyGroup>
  readonly offsets: OffsetManager
  /** Answers at once, or when the group's partition has been read. */
  readonly whenReady: WhenReady
  /** A new one where there is none. */
  readonly groupFor: (groupId: string) => AnyGroup
}

/** What clients ask of offsets: who may commit, fetch and delete them. */
export class OffsetRequests {
  readonly #options: OffsetRequestsOptions

  constructor(options: OffsetRequestsOptions) {
    this.#options = options
  }

  commit(groupId: string, commit: OffsetCommit): Answered<readonly ErrorCode[]> {
    const { offsets, retentionMs } = commit
    return this.#whenMayCommit(groupId, commit, false, () =>
      this.#options.offsets.commit(groupId, offsets, retentionMs),
    )
  }

  commitInTransaction(
    groupId: string,
    commit: OffsetCommit,
    writer: TransactionalCommitter,
  ): Answered<readonly ErrorCode[]> {
    return this.#whenMayCommit(groupId, commit, true, () =>
      this.#options.offsets.commitInTransaction(groupId, commit.offsets, writer),
    )
  }

  fetch(
    groupId: string,
    wanted: readonly WantedOffsets[] | null,
    { memberId, memberEpoch, requireStable }: FetchClaim,
  ): Answered<FetchAnswer> {
    const { groups, offsets, whenReady } = this.#options
    const { NONE } = ErrorCode
    return whenReady(groupId, refusedFetch, () => {
      const group = groups.get(groupId)
      const errorCode = group === undefined ? NONE : checkFetchOf(group, memberId, memberEpoch)
      if (errorCode !== NONE) return refusedFetch(errorCode)
      return { errorCode, topics: offsets.fetch(groupId, wanted, requireStable) }
    })
  }

  delete(groupId: string, places: readonly TopicPartition[]): Answered<OffsetDeletion> {
    if (groupId === '') return refusedDeletion(ErrorCode.INVALID_GROUP_ID)
    return this.#options.whenReady(groupId, refusedDeletion, async () => {
      const group = this.#options.groups.get(groupId)
      if (group === undefined || group instanceof LiveShareGroup) {
        return refusedDeletion(ErrorCode.GROUP_ID_NOT_FOUND)
      }
      // What members of another kind of group use is not known.
      if (stateOf(group) !== 'Empty' && !isOfConsumers(group)) {
        return refusedDeletion(ErrorCode.NON_EMPTY_GROUP)
      }
      const placeErrors = places.map(({ topic }) =>
        isSubscribedTo(group, topic) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE,
      )
      const doomed = places.filter(({ topic, partition }, index) => {
        if (placeErrors[index] !== ErrorCode.NONE) return false
        return this.#options.offsets.store.get(groupId)?.get(topic, partition) !== undefined
      })
      const errorCode = await this.#options.offsets.remove(groupId, doomed)
      return errorCode === ErrorCode.NONE ? { errorCode, placeErrors } : refusedDeletion(errorCode)
    })
  }

  #whenMayCommit(
    groupId: string,
    commit: OffsetCommit,
    isTransactional: boolean,
    work: () => Promise<readonly ErrorCode[]>,
  ): Answered<readonly ErrorCode[]> {
    const { groups, groupFor, whenReady } = this.#options
    const refuse = (errorCode: ErrorCode): readonly ErrorCode[] =>
      commit.offsets.map(() => errorCode)
    return whenReady(groupId, refuse, () => {
      let group = groups.get(groupId)
      if (group === undefined) {
        const { generationId, knowsGroupNotFound } = commit
        if (generationId >= 0) {
          return refuse(
            knowsGroupNotFound ? ErrorCode.GROUP_ID_NOT_FOUND : ErrorCode.ILLEGAL_GENERATION,
          )
        }
        // It assigns partitions by itself, and only keeps offsets here.
        group = groupFor(groupId)
      }
      const errorCode = checkCommitOf(group, commit, isTransactional)
      return errorCode === ErrorCode.NONE ? work() : refuse(errorCode)
    })
  }
}

function refusedFetch(errorCode: ErrorCode): FetchAnswer {
  return { errorCode, topics: [] }
}

function refusedDeletion(errorCode: ErrorCode): OffsetDeletion {
  return { errorCode, placeErrors: [] }
}
