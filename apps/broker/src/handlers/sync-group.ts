import {
  ErrorCode,
  SyncGroup,
  type SyncGroupRequest,
  type SyncGroupResponse,
} from '@pafka/protocol'

import { syncError } from '../groups/group-answer.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** From here on a member must say which protocol it believes to follow (KIP-559). */
const PROTOCOL_VERSION = 5

/** Version 3 adds static members, 5 the protocol. Source: SyncGroupRequest.json. */
export const syncGroup: RequestHandler = defineHandler(SyncGroup, [0, 5], answer)

async function answer(
  request: SyncGroupRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<SyncGroupResponse> {
  const { groupId, memberId, groupInstanceId, generationId, protocolType, protocolName } = request
  if (origin.apiVersion >= PROTOCOL_VERSION && (protocolType === null || protocolName === null)) {
    return { throttleTimeMs: 0, ...syncError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL) }
  }
  const synced = await broker.groups.sync(groupId, {
    memberId,
    groupInstanceId,
    generationId,
    protocolType,
    protocolName,
    assignments: ownAssignments(request),
  })
  return { throttleTimeMs: 0, ...synced }
}

/** The bytes copied: the group keeps them longer than the request lives. */
function ownAssignments({ assignments }: SyncGroupRequest): ReadonlyMap<string, Uint8Array> {
  return new Map(
    assignments.map(({ memberId, assignment }) => [memberId, new Uint8Array(assignment)]),
  )
}
