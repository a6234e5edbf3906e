import { ErrorCode, FindCoordinator, type FindCoordinatorResponse } from '@pafka/protocol'

import { CoordinatorType } from '../cluster/cluster.ts'
import { KafkaError, type KafkaErrorContext } from '../errors/kafka-error.ts'
import type { AdminParts } from './admin-call.ts'
import { type Answers, askNodes, type Places, refused } from './ask-each.ts'

/** From here on one request finds many (KIP-699). */
const MANY_VERSION = 4

/** Who looks after each group, or transactional id. @throws {KafkaError} */
export async function coordinatorsOf(
  { cluster }: AdminParts,
  type: CoordinatorType,
  keys: readonly string[],
): Promise<Places<string>> {
  const ask = async (some: readonly string[]): Promise<FindCoordinatorResponse> =>
    cluster.askAny({
      api: FindCoordinator,
      request: (version) => ({
        ...{ key: some[0] ?? '', keyType: type },
        coordinatorKeys: version >= MANY_VERSION ? some : [],
      }),
    })
  const places = new Map<string, number | KafkaError>()
  const take = (key: string, found: Found): void => {
    const { nodeId, errorCode } = found
    const context = { api: 'FindCoordinator', ...contextOf(type, key) }
    places.set(key, errorCode === ErrorCode.NONE ? nodeId : refused(found, context))
  }
  const answer = await ask(keys)
  for (const found of answer.coordinators) take(found.key, found)
  if (answer.coordinators.length > 0) return places
  const [first = '', ...others] = keys
  take(first, answer)
  await Promise.all(
    others.map(async (key) => {
      const other = await ask([key])
      take(key, other.coordinators[0] ?? other)
    }),
  )
  return places
}

type Found = Pick<FindCoordinatorResponse, 'nodeId' | 'errorCode' | 'errorMessage'>

export function aboutGroup(groupId: string): KafkaErrorContext {
  return { groupId }
}

function contextOf(type: CoordinatorType, key: string): KafkaErrorContext {
  return type === CoordinatorType.GROUP ? aboutGroup(key) : { transactionalId: key }
}

/** Asks about one group, or transactional id. @throws {KafkaError} */
export async function askCoordinator<Item, T>(
  parts: AdminParts,
  type: CoordinatorType,
  key: string,
  ask: (nodeId: number) => Promise<Answers<Item, T>>,
): Promise<Answers<Item, T>> {
  const places = await coordinatorsOf(parts, type, [key])
  let answers: Answers<Item, T> = new Map()
  const said = await askNodes(parts, places, async (nodeId) => {
    answers = await ask(nodeId)
    return new Map([[key, true]])
  })
  const answer = said.get(key)
  if (answer instanceof KafkaError) throw answer
  return answers
}
