import { Heartbeat, type HeartbeatRequest, type HeartbeatResponse } from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Version 3 adds static members. Source: HeartbeatRequest.json. */
export const heartbeat: RequestHandler = defineHandler(Heartbeat, [0, 4], answer)

async function answer(
  request: HeartbeatRequest,
  broker: HandlerContext,
): Promise<HeartbeatResponse> {
  const { groupId, memberId, groupInstanceId, generationId } = request
  const claim = { memberId, groupInstanceId, generationId }
  return { throttleTimeMs: 0, errorCode: await broker.groups.heartbeat(groupId, claim) }
}
