import { ErrorCode } from '@pafka/protocol'

import { checkConsumerCommit, checkConsumerFetch } from '../consumer-groups/commit-checks.ts'
import { LiveGroup } from '../consumer-groups/live-group.ts'
import { LiveShareGroup } from '../share-groups/live-share-group.ts'
import { checkStreamsCommit, checkStreamsFetch } from '../streams-groups/streams-commit-checks.ts'
import type { AnyGroup } from './any-group.ts'
import { ClassicGroup } from './classic-group.ts'
import { checkCommit, type MemberClaim } from './member-checks.ts'
import type { OffsetToCommit } from './offset-manager.ts'

interface CheckedCommit extends MemberClaim {
  readonly offsets: readonly OffsetToCommit[]
  /** The client knows the errors of the consumer protocol (v9). */
  readonly knowsGroupNotFound: boolean
}

/** Whether offsets may be committed to a group of any kind. */
export function checkCommitOf(
  group: AnyGroup,
  commit: CheckedCommit,
  isTransactional: boolean,
): ErrorCode {
  if (group instanceof ClassicGroup) return checkCommit(group, commit, isTransactional)
  if (group instanceof LiveShareGroup) return ErrorCode.GROUP_ID_NOT_FOUND // it has none
  const { memberId, generationId } = commit
  // so do the clients that know no members in transactions
  if (isTransactional && memberId === '' && generationId < 0) return ErrorCode.NONE
  const { offsets: places } = commit
  const how = { places, knowsStaleEpoch: commit.knowsGroupNotFound || isTransactional }
  const code =
    group instanceof LiveGroup
      ? checkConsumerCommit(group.group, commit, how)
      : checkStreamsCommit(group.group, commit, how)
  // what clients know in transactions
  const isStale = isTransactional && code === ErrorCode.STALE_MEMBER_EPOCH
  return isStale ? ErrorCode.ILLEGAL_GENERATION : code
}

/** @param memberId null when who asks is no member */
export function checkFetchOf(
  group: AnyGroup,
  memberId: string | null,
  memberEpoch: number,
): ErrorCode {
  // a share group has no offsets, which is no error
  if (group instanceof ClassicGroup || group instanceof LiveShareGroup) return ErrorCode.NONE
  if (group instanceof LiveGroup) return checkConsumerFetch(group.group, memberId, memberEpoch)
  return checkStreamsFetch(group.group, memberId, memberEpoch)
}
