import {
  CreatePartitions,
  type CreatePartitionsRequest,
  type CreatePartitionsResponse,
  ErrorCode,
} from '@pafka/protocol'

import { repeatedNames } from '../admin/repeated-names.ts'
import { refusal, refused, storageFailure } from '../metadata/topic-change.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Source: CreatePartitionsRequest.json. */
export const createPartitions: RequestHandler = defineHandler(CreatePartitions, [0, 3], answer)

async function answer(
  request: CreatePartitionsRequest,
  { topics }: HandlerContext,
): Promise<CreatePartitionsResponse> {
  const repeated = repeatedNames(request.topics.map(({ name }) => name))
  const wanted = request.topics.filter(({ name }) => !repeated.has(name))
  const { validateOnly } = request
  const outcomes = await topics.addPartitions(wanted, { validateOnly })
  const twice = refusal(ErrorCode.INVALID_REQUEST, 'The topic is named more than once.')
  const results = [
    ...wanted.map(({ name }, at) => ({ name, ...(outcomes[at] ?? storageFailure('not done')) })),
    ...[...repeated].map((name) => ({ name, ...refused(twice) })),
  ].map(({ name, errorCode, errorMessage }) => ({ name, errorCode, errorMessage }))
  return { throttleTimeMs: 0, results }
}
