import {
  ErrorCode,
  LeaveGroup,
  type LeaveGroupRequest,
  type LeaveGroupResponse,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** From here on a request names any number of members, static ones by instance id (KIP-345). */
const BATCH_VERSION = 3

/** Version 5 adds the reason. Source: LeaveGroupRequest.json. */
export const leaveGroup: RequestHandler = defineHandler(LeaveGroup, [0, 5], answer)

async function answer(
  request: LeaveGroupRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<LeaveGroupResponse> {
  const isBatch = origin.apiVersion >= BATCH_VERSION
  const leaving = isBatch
    ? request.members
    : [{ memberId: request.memberId, groupInstanceId: null, reason: null }]
  const { errorCode, memberErrors } = await broker.groups.leave(request.groupId, leaving)
  if (!isBatch) {
    const [ofMember = ErrorCode.NONE] = memberErrors
    return {
      throttleTimeMs: 0,
      errorCode: errorCode === ErrorCode.NONE ? ofMember : errorCode,
      members: [],
    }
  }
  const members = memberErrors.flatMap((memberError, index) => {
    const member = leaving[index]
    if (member === undefined) return []
    const { memberId, groupInstanceId } = member
    return [{ memberId, groupInstanceId, errorCode: memberError }]
  })
  return { throttleTimeMs: 0, errorCode, members }
}
