import {
  CreatePartitions,
  type CreatePartitionsRequest,
  type CreatePartitionsResponse,
  ErrorCode,
} from '@pafka/protocol'

import { repeatedNames } from '../admin/repeated-names.ts'
import { refusal, refused, storageFailure } from '../metadata/topic-change.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'
import { muted } from './throttle.ts'

/** Source: CreatePartitionsRequest.json. */
export const createPartitions: RequestHandler = defineHandler(CreatePartitions, [0, 3], answer)

/** Clients know THROTTLING_QUOTA_EXCEEDED from this version on (KIP-599). */
const STRICT_QUOTA_VERSION = 3

async function answer(
  request: CreatePartitionsRequest,
  { topics, quotas }: HandlerContext,
  origin: RequestOrigin,
): Promise<CreatePartitionsResponse> {
  const quota = quotas.mutationPermit(origin, origin.apiVersion >= STRICT_QUOTA_VERSION)
  const repeated = repeatedNames(request.topics.map(({ name }) => name))
  const wanted = request.topics.filter(({ name }) => !repeated.has(name))
  const { validateOnly } = request
  const outcomes = await topics.addPartitions(wanted, { validateOnly, quota })
  const twice = refusal(ErrorCode.INVALID_REQUEST, 'The topic is named more than once.')
  const results = [
    ...wanted.map(({ name }, at) => ({ name, ...(outcomes[at] ?? storageFailure('not done')) })),
    ...[...repeated].map((name) => ({ name, ...refused(twice) })),
  ].map(({ name, errorCode, errorMessage }) => ({ name, errorCode, errorMessage }))
  return { throttleTimeMs: muted(origin, quota), results }
}
