import { JoinGroup, type JoinGroupRequest, type JoinGroupResponse } from '@pafka/protocol'

import type { MemberProtocol } from '../groups/group-member.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** From here on a new member is given its id first, and joins with it (KIP-394). */
const KNOWN_MEMBER_ID_VERSION = 4
/** From here on a client knows `skipAssignment` (KIP-814). */
const SKIP_ASSIGNMENT_VERSION = 9

/**
 * Version 1 adds the rebalance timeout, 5 static members, 7 the protocol in the answer, 8 a reason.
 * Source: JoinGroupRequest.json.
 */
export const joinGroup: RequestHandler = defineHandler(JoinGroup, [0, 9], answer)

async function answer(
  request: JoinGroupRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<JoinGroupResponse> {
  const { rebalanceTimeoutMs, sessionTimeoutMs } = request
  const joined = await broker.groups.join(request.groupId, {
    memberId: request.memberId,
    groupInstanceId: request.groupInstanceId,
    clientId: origin.clientId ?? '',
    clientHost: `/${origin.remoteAddress}`, // as Java prints an address without a name
    sessionTimeoutMs,
    rebalanceTimeoutMs: origin.apiVersion === 0 ? sessionTimeoutMs : rebalanceTimeoutMs,
    protocolType: request.protocolType,
    protocols: ownProtocols(request),
    requiresKnownMemberId: origin.apiVersion >= KNOWN_MEMBER_ID_VERSION,
    supportsSkippingAssignment: origin.apiVersion >= SKIP_ASSIGNMENT_VERSION,
    reason: request.reason ?? 'not provided',
  })
  return { throttleTimeMs: 0, ...joined }
}

/** Each name once, and the bytes copied: the group keeps them longer than the request lives. */
function ownProtocols({ protocols }: JoinGroupRequest): readonly MemberProtocol[] {
  const byName = new Map<string, MemberProtocol>()
  for (const { name, metadata } of protocols) {
    if (!byName.has(name)) byName.set(name, { name, metadata: new Uint8Array(metadata) })
  }
  return [...byName.values()]
}
