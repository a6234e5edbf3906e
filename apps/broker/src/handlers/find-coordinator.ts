import {
  ErrorCode,
  FindCoordinator,
  type FindCoordinatorRequest,
  type FindCoordinatorResponse,
  isUuid,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

const GROUP = 0
const TRANSACTION = 1
const SHARE = 2

/** From here on a request asks for any number of keys (KIP-699). */
const BATCH_VERSION = 4
/** From here on clients may ask for share coordinators (KIP-932). */
const SHARE_VERSION = 6

/** Version 1 adds the key type. Source: FindCoordinatorRequest.json. */
export const findCoordinator: RequestHandler = defineHandler(FindCoordinator, [0, 6], answer)

/** This broker coordinates everything: it is the only one. */
async function answer(
  request: FindCoordinatorRequest,
  broker: HandlerContext,
  origin: RequestOrigin,
): Promise<FindCoordinatorResponse> {
  const { apiVersion } = origin
  const keys = apiVersion >= BATCH_VERSION ? request.coordinatorKeys : [request.key]
  const isReady = await ensureReady(request.keyType, broker)
  const { nodeId, host, port } = broker.cluster.endpointFor(origin)
  const coordinators = keys.map((key) => {
    const refused = refusal(request.keyType, key, apiVersion)
    if (refused !== undefined) return failure(key, ErrorCode.INVALID_REQUEST, refused)
    if (isReady !== ErrorCode.NONE) {
      return failure(key, isReady, 'The topic that the coordinator writes cannot be made.')
    }
    return { key, nodeId, host, port, errorCode: ErrorCode.NONE, errorMessage: null }
  })
  if (apiVersion >= BATCH_VERSION) return { ...NOBODY, throttleTimeMs: 0, coordinators }
  return { ...NOBODY, ...coordinators[0], throttleTimeMs: 0, coordinators: [] }
}

function ensureReady(
  keyType: number,
  { groups, transactions, shareStates }: HandlerContext,
): Promise<ErrorCode> | ErrorCode {
  if (keyType === GROUP) return groups.ensureReady()
  if (keyType === SHARE) return shareStates.ensureReady()
  return keyType === TRANSACTION ? transactions.ensureReady() : ErrorCode.NONE
}

const NOBODY = { nodeId: -1, host: '', port: -1, errorCode: ErrorCode.NONE, errorMessage: null }

function failure(key: string, errorCode: ErrorCode, errorMessage: string): Coordinator {
  return { ...NOBODY, key, errorCode, errorMessage }
}

interface Coordinator {
  readonly key: string
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

/** What is wrong with asking so, if anything is. */
function refusal(keyType: number, key: string, apiVersion: number): string | undefined {
  if (keyType === GROUP || keyType === TRANSACTION) return undefined
  if (keyType !== SHARE || apiVersion < SHARE_VERSION) {
    return `There is no coordinator of the type ${keyType}.`
  }
  const [partition, topicId, groupId] = key.split(':').toReversed()
  const isValid =
    partition !== undefined &&
    /^\d{1,10}$/.test(partition) &&
    topicId !== undefined &&
    isUuid(topicId) &&
    groupId !== undefined &&
    groupId !== ''
  return isValid ? undefined : 'The key of a share coordinator is group:topicId:partition.'
}
