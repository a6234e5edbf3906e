import { ListGroups, type ListGroupsRequest, type ListGroupsResponse } from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Version 4 filters by state (KIP-518), 5 by type (KIP-848). Source: ListGroupsRequest.json. */
export const listGroups: RequestHandler = defineHandler(ListGroups, [0, 5], answer)

async function answer(
  request: ListGroupsRequest,
  broker: HandlerContext,
): Promise<ListGroupsResponse> {
  const { statesFilter: states, typesFilter: types } = request
  const { errorCode, groups } = await broker.groups.list({ states, types })
  return { throttleTimeMs: 0, errorCode, groups }
}
