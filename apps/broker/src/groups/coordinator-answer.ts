import type { ErrorCode } from '@pafka/protocol'

import type { ListedGroup } from './group-view.ts'
import type { MemberClaim } from './member-checks.ts'
import type { FetchedOffsets, OffsetToCommit } from './offset-manager.ts'

export interface OffsetCommit extends MemberClaim {
  readonly offsets: readonly OffsetToCommit[]
  /** -1: the broker's. Only clients from before 2.1 ask. */
  readonly retentionMs: number
  /**
   * The client knows the errors of the consumer protocol (v9): GROUP_ID_NOT_FOUND, else it is told
   * ILLEGAL_GENERATION, and STALE_MEMBER_EPOCH.
   */
  readonly knowsGroupNotFound: boolean
}

/** Who fetches offsets, as a member of a consumer group (v9) or not, and how. */
export interface FetchClaim {
  readonly memberId: string | null
  /** -1 when it is no member. */
  readonly memberEpoch: number
  /** What a transaction may change yet is UNSTABLE_OFFSET_COMMIT. */
  readonly requireStable: boolean
}

export interface FetchAnswer {
  readonly errorCode: ErrorCode
  readonly topics: readonly FetchedOffsets[]
}

export interface GroupList {
  readonly errorCode: ErrorCode
  readonly groups: readonly ListedGroup[]
}

export interface OffsetDeletion {
  readonly errorCode: ErrorCode
  /** One per place, in order; empty with an error of the whole request. */
  readonly placeErrors: readonly ErrorCode[]
}
