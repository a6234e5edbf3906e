import {
  DeleteGroups,
  DescribeGroups,
  ErrorCode,
  FindCoordinator,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  ListGroups,
  SyncGroup,
} from '@pafka/protocol'

import { OPERATIONS_NOT_ASKED } from '../admin/authorized-operations.ts'
import { defineErrorAnswer, type ErrorAnswer, ORDERED_MESSAGE } from './error-answer.ts'

const NO_BYTES = new Uint8Array(0)

/** On each key from version 4 on (KIP-699), on the whole before. */
export const findCoordinatorError: ErrorAnswer = defineErrorAnswer(
  FindCoordinator,
  ({ coordinatorKeys }, { errorCode, origin }) => {
    if (origin.apiVersion >= 4 && coordinatorKeys.length === 0) return undefined
    const nowhere = { nodeId: -1, host: '', port: -1, errorCode, errorMessage: ORDERED_MESSAGE }
    const coordinators = coordinatorKeys.map((key) => ({ key, ...nowhere }))
    return { throttleTimeMs: 0, ...nowhere, coordinators }
  },
)

export const joinGroupError: ErrorAnswer = defineErrorAnswer(
  JoinGroup,
  ({ memberId }, { errorCode, origin }) => ({
    throttleTimeMs: 0,
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: origin.apiVersion >= 7 ? null : '',
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }),
)

export const syncGroupError: ErrorAnswer = defineErrorAnswer(
  SyncGroup,
  (_request, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
    protocolType: null,
    protocolName: null,
    assignment: NO_BYTES,
  }),
)

export const heartbeatError: ErrorAnswer = defineErrorAnswer(
  Heartbeat,
  (_request, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
  }),
)

/** What a member can have done wrong, rather than the group. */
const MEMBER_ERRORS: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.UNKNOWN_MEMBER_ID,
])

/** From version 3 on an error of a member stands beside it, not on the whole (KIP-345). */
export const leaveGroupError: ErrorAnswer = defineErrorAnswer(
  LeaveGroup,
  (request, { errorCode, origin }) => {
    const throttleTimeMs = 0
    if (origin.apiVersion < 3 || !MEMBER_ERRORS.has(errorCode)) {
      return { throttleTimeMs, errorCode, members: [] }
    }
    const members = request.members.map(({ memberId, groupInstanceId }) => ({
      memberId,
      groupInstanceId,
      errorCode,
    }))
    return members.length === 0 ? undefined : { throttleTimeMs, errorCode: ErrorCode.NONE, members }
  },
)

export const describeGroupsError: ErrorAnswer = defineErrorAnswer(
  DescribeGroups,
  (request, { errorCode }) => {
    if (request.groups.length === 0) return undefined
    const groups = request.groups.map((groupId) => ({
      errorCode,
      errorMessage: ORDERED_MESSAGE,
      groupId,
      groupState: '',
      protocolType: '',
      protocolData: '',
      members: [],
      authorizedOperations: OPERATIONS_NOT_ASKED,
    }))
    return { throttleTimeMs: 0, groups }
  },
)

export const listGroupsError: ErrorAnswer = defineErrorAnswer(
  ListGroups,
  (_request, { errorCode }) => ({
    throttleTimeMs: 0,
    errorCode,
    groups: [],
  }),
)

export const deleteGroupsError: ErrorAnswer = defineErrorAnswer(
  DeleteGroups,
  ({ groupsNames }, { errorCode }) => {
    if (groupsNames.length === 0) return undefined
    return { throttleTimeMs: 0, results: groupsNames.map((groupId) => ({ groupId, errorCode })) }
  },
)
