import type { HandlerContext } from './handler-context.ts'
import type { RequestHandler, RequestOrigin } from './handler.ts'

/** Serves a request in the place of its handler, which it may call; returns what `answer` does. */
export type Intercept = (
  handler: RequestHandler,
  request: unknown,
  broker: HandlerContext,
  origin: RequestOrigin,
) => unknown

/**
 * Stands between the dispatcher and the handlers while `intercept` is set, and costs nothing else.
 */
export interface RequestInterceptor {
  readonly intercept: Intercept | undefined
}
