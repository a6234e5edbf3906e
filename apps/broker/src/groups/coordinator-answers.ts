import { ErrorCode } from '@pafka/protocol'

import { type SyncAnswer, syncError } from './group-answer.ts'
import type { ListedGroup } from './group-view.ts'
import type { FetchedOffsets } from './offset-manager.ts'

export interface LeaveAnswer {
  readonly errorCode: ErrorCode
  /** One per member, in order; empty with an error of the whole request. */
  readonly memberErrors: readonly ErrorCode[]
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

export function refused(errorCode: ErrorCode): ErrorCode {
  return errorCode
}

/** The rebalance that it belongs to was lost with the memory of it: the member must join again. */
export function refusedSync(errorCode: ErrorCode): SyncAnswer {
  const isLoading = errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
  return syncError(isLoading ? ErrorCode.REBALANCE_IN_PROGRESS : errorCode)
}

/** While groups are read nobody is told that they are gone. */
export function refusedHeartbeat(errorCode: ErrorCode): ErrorCode {
  return errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : errorCode
}

export function refusedLeave(errorCode: ErrorCode): LeaveAnswer {
  return { errorCode, memberErrors: [] }
}

export function refusedFetch(errorCode: ErrorCode): FetchAnswer {
  return { errorCode, topics: [] }
}

export function refusedDeletion(errorCode: ErrorCode): OffsetDeletion {
  return { errorCode, placeErrors: [] }
}
