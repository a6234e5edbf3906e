import type { ErrorCode } from '@pafka/protocol'

/** What one JoinGroup request is told. Field names are those of `JoinGroupResponse`. */
export interface JoinAnswer {
  readonly errorCode: ErrorCode
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** Member id of the leader. */
  readonly leader: string
  /** KIP-814: a static leader came back, the assignment it made still stands. */
  readonly skipAssignment: boolean
  readonly memberId: string
  /** Only for the leader. */
  readonly members: readonly JoinAnswerMember[]
}

export interface JoinAnswerMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  /** Owned by the group; never written to. */
  readonly metadata: Uint8Array
}

/** What one SyncGroup request is told. */
export interface SyncAnswer {
  readonly errorCode: ErrorCode
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Uint8Array
}

/** Called exactly once for each request, now or later. */
export type JoinWaiter = (answer: JoinAnswer) => void
export type SyncWaiter = (answer: SyncAnswer) => void

export const NO_BYTES: Uint8Array = new Uint8Array(0)

export function joinError(memberId: string, errorCode: ErrorCode): JoinAnswer {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }
}

export function syncError(errorCode: ErrorCode): SyncAnswer {
  return { errorCode, protocolType: null, protocolName: null, assignment: NO_BYTES }
}
