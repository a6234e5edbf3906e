import { ErrorCode } from '@pafka/protocol'

import type { ClassicGroup } from './classic-group.ts'
import { NO_BYTES, syncError, type SyncWaiter } from './group-answer.ts'

export interface SyncRequest {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
  /** What the member believes the group agreed on; null when it does not say (before v5). */
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** By member id, from the leader only; the bytes are the group's to keep. */
  readonly assignments: ReadonlyMap<string, Uint8Array>
}

/** SyncGroup: `waiter` is called once, now or when the leader's assignment is durable. */
export function syncGroup(group: ClassicGroup, request: SyncRequest, waiter: SyncWaiter): void {
  const { memberId, groupInstanceId, generationId } = request
  const errorCode = group.checkGeneration(memberId, groupInstanceId, generationId)
  const member = group.roster.get(memberId)
  if (errorCode !== ErrorCode.NONE || member === undefined) {
    waiter(syncError(errorCode))
  } else if (
    differs(request.protocolType, group.protocolType) ||
    differs(request.protocolName, group.protocolName)
  ) {
    waiter(syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL))
  } else if (group.state === 'PreparingRebalance') {
    waiter(syncError(ErrorCode.REBALANCE_IN_PROGRESS))
  } else if (group.state === 'CompletingRebalance') {
    member.awaitSync(waiter)
    group.synced(memberId)
    if (group.roster.isLeader(memberId)) storeAssignment(group, request)
  } else {
    group.synced(memberId)
    group.restartSession(member)
    waiter({
      errorCode: ErrorCode.NONE,
      protocolType: group.protocolType,
      protocolName: group.protocolName,
      assignment: member.assignment,
    })
  }
}

/** The group is stable only once its assignment would survive a restart. */
function storeAssignment(group: ClassicGroup, request: SyncRequest): void {
  const assignments = new Map<string, Uint8Array>()
  for (const { memberId } of group.roster.all()) {
    assignments.set(memberId, request.assignments.get(memberId) ?? NO_BYTES)
  }
  const { generationId } = group
  group.world.store(group, assignments, (errorCode) => {
    // Another rebalance may have begun meanwhile: its own assignment will follow.
    if (group.state !== 'CompletingRebalance' || group.generationId !== generationId) return
    if (errorCode === ErrorCode.NONE) group.assign(assignments)
    else group.assignmentLost(errorCode)
  })
}

function differs(asked: string | null, agreed: string | null): boolean {
  return asked !== null && agreed !== null && asked !== agreed
}
