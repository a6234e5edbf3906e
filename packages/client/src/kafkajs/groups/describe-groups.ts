import { DescribeGroups } from '@pafka/protocol'

import { GroupCoordinator } from '../../cluster/group-coordinator.ts'
import type { Connected } from '../client-session.ts'
import type { ConsumerGroupState, GroupDescription } from '../consumer/consumer-types.ts'

/** From version 6 on a group that is not there is an error. */
const VERSIONS = { max: 5 }

/** Groups of members of which one assigns; others are as if they were not there. */
export async function describeGroups(
  { cluster }: Connected,
  groupIds: readonly string[],
): Promise<GroupDescription[]> {
  const answers = await Promise.all(
    groupIds.map(async (groupId) => {
      const coordinator = new GroupCoordinator(cluster, groupId)
      const request = { groups: [groupId], includeAuthorizedOperations: false }
      const answer = await coordinator.ask({ api: DescribeGroups, versions: VERSIONS, request })
      for (const { errorCode } of answer.groups) {
        coordinator.check(errorCode, { api: 'DescribeGroups' })
      }
      return answer.groups
    }),
  )
  return answers.flat().map((group): GroupDescription & { errorCode: number } => {
    const { groupId, groupState, protocolType, protocolData, members, errorCode } = group
    return {
      ...{ errorCode, groupId, protocolType, protocol: protocolData },
      state: groupState as ConsumerGroupState,
      members: members.map(({ memberId, clientId, clientHost, ...bytes }) => ({
        ...{ memberId, clientId, clientHost },
        memberMetadata: Buffer.from(bytes.memberMetadata),
        memberAssignment: Buffer.from(bytes.memberAssignment),
      })),
    }
  })
}
