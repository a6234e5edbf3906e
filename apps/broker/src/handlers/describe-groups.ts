import {
  DescribeGroups,
  type DescribeGroupsRequest,
  type DescribeGroupsResponse,
  type DescribeGroupsResponseDescribedGroup,
  ErrorCode,
} from '@pafka/protocol'

import { groupOperations, OPERATIONS_NOT_ASKED } from '../admin/authorized-operations.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** From here on a group that is not there is an error; before, it is a dead group. */
const NOT_FOUND_VERSION = 6

/** Version 3 adds the operations, 4 static members. Source: DescribeGroupsRequest.json. */
export const describeGroups: RequestHandler = defineHandler(DescribeGroups, [0, 6], answer)

async function answer(
  request: DescribeGroupsRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<DescribeGroupsResponse> {
  const operations = groupOperations(request.includeAuthorizedOperations)
  const groups = await Promise.all(
    request.groups.map(async (groupId): Promise<DescribeGroupsResponseDescribedGroup> => {
      const described = await broker.groups.describe(groupId)
      if (typeof described === 'number') {
        const isDead =
          described === ErrorCode.GROUP_ID_NOT_FOUND && origin.apiVersion < NOT_FOUND_VERSION
        return isDead ? deadGroup(groupId, operations) : failure(groupId, described)
      }
      return {
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        ...described,
        authorizedOperations: operations,
      }
    }),
  )
  return { throttleTimeMs: 0, groups }
}

/** As Kafka describes it, before there was an error for a group that is not there. */
function deadGroup(
  groupId: string,
  authorizedOperations: number,
): DescribeGroupsResponseDescribedGroup {
  return { ...failure(groupId, ErrorCode.NONE), groupState: 'Dead', authorizedOperations }
}

function failure(groupId: string, errorCode: ErrorCode): DescribeGroupsResponseDescribedGroup {
  const isAbsent = errorCode === ErrorCode.GROUP_ID_NOT_FOUND
  return {
    errorCode,
    errorMessage: isAbsent ? `Group ${groupId} not found.` : null,
    groupId,
    groupState: isAbsent ? 'Dead' : '',
    protocolType: '',
    protocolData: '',
    members: [],
    authorizedOperations: OPERATIONS_NOT_ASKED,
  }
}
