import type { Api, ErrorCode } from '@pafka/protocol'

import type { HandlerContext } from '../handlers/handler-context.ts'
import type { NO_RESPONSE, RequestOrigin } from '../handlers/handler.ts'

/** What every answer that has room for words says. */
export const ORDERED_MESSAGE = 'This error was ordered as a fault.'

/** The error that a request is to be answered with, and what is known around it. */
export interface OrderedError {
  /** Also a code that has no name. */
  readonly errorCode: ErrorCode
  readonly broker: HandlerContext
  readonly origin: RequestOrigin
}

/** Undefined for a request that has no place for an error, as one for no topics at all. */
export type ErrorAnswer = (request: unknown, error: OrderedError) => unknown

type Answered<Response> = Response | typeof NO_RESPONSE | undefined

/** Builds the answer that has the error where a client looks for it; must change nothing. */
export function defineErrorAnswer<Request, Response>(
  _api: Api<Request, Response>,
  answer: (request: Request, error: OrderedError) => Answered<Response>,
): ErrorAnswer {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- looked up by the request's API
  return answer as unknown as ErrorAnswer
}
