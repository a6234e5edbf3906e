import { ErrorCode } from '@pafka/protocol'

import { checkConsumerCommit } from '../consumer-groups/commit-checks.ts'
import { LiveShareGroup } from '../share-groups/live-share-group.ts'
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
  const { offsets: places, knowsGroupNotFound: knowsStaleEpoch } = commit
  return checkConsumerCommit(group.group, commit, { places, knowsStaleEpoch })
}
