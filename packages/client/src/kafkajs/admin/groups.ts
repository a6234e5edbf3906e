import { DeleteGroups, ErrorCode, ListGroups } from '@pafka/protocol'

import { brokerError } from '../../errors/broker-error.ts'
import type { Connected } from '../client-session.ts'
import { type DeleteGroupsResult, KafkaJSDeleteGroupsError } from '../errors/admin-errors.ts'
import { protocolErrorOf } from '../errors/protocol-error-of.ts'
import type { GroupOverview } from './admin-types.ts'
import { checkAnswer, groupsByCoordinator } from './ask.ts'

const MAY_PASS: ReadonlySet<number> = new Set<number>([
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.NOT_COORDINATOR,
])

export async function listGroups({ cluster }: Connected): Promise<{ groups: GroupOverview[] }> {
  await cluster.metadata.refresh()
  const request = { statesFilter: [], typesFilter: [] }
  const answers = await Promise.all(
    [...cluster.metadata.nodes.keys()].map(async (nodeId) => {
      return cluster.ask(nodeId, { api: ListGroups, request })
    }),
  )
  for (const answer of answers) checkAnswer(answer, 'ListGroups')
  const groups = answers.flatMap((answer) => answer.groups)
  return { groups: groups.map(({ groupId, protocolType }) => ({ groupId, protocolType })) }
}

export async function deleteGroups(
  connected: Connected,
  groupIds: readonly string[],
): Promise<DeleteGroupsResult[]> {
  const byNode = await groupsByCoordinator(connected, groupIds)
  const answers = await Promise.all(
    [...byNode].map(async ([nodeId, groupsNames]) => {
      return connected.cluster.ask(nodeId, { api: DeleteGroups, request: { groupsNames } })
    }),
  )
  const results = answers.flatMap((answer) => answer.results)
  const passing = results.find(({ errorCode }) => MAY_PASS.has(errorCode))
  if (passing !== undefined) {
    throw brokerError(passing.errorCode, null, { api: 'DeleteGroups', groupId: passing.groupId })
  }
  const failed = results.filter(({ errorCode }) => errorCode !== 0)
  if (failed.length > 0) {
    throw new KafkaJSDeleteGroupsError(
      'Some groups could not be deleted',
      failed.map(({ groupId, errorCode }) => {
        return { groupId, errorCode, error: protocolErrorOf(errorCode) }
      }),
    )
  }
  return results.map(({ groupId, errorCode }) => ({ groupId, errorCode }))
}
