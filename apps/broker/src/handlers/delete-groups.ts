import { DeleteGroups, type DeleteGroupsRequest, type DeleteGroupsResponse } from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Source: DeleteGroupsRequest.json. */
export const deleteGroups: RequestHandler = defineHandler(DeleteGroups, [0, 2], answer)

async function answer(
  request: DeleteGroupsRequest,
  broker: HandlerContext,
): Promise<DeleteGroupsResponse> {
  const results = await Promise.all(
    [...new Set(request.groupsNames)].map(async (groupId) => ({
      groupId,
      errorCode: await broker.groups.deleteGroup(groupId),
    })),
  )
  return { throttleTimeMs: 0, results }
}
