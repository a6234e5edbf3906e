import { apiVersions } from './api-versions.ts'
import { fetch } from './fetch.ts'
import type { RequestHandler } from './handler.ts'
import { produce } from './produce.ts'

/** Every API that is served, by its key. */
export const handlersByKey: ReadonlyMap<number, RequestHandler> = new Map(
  [apiVersions, fetch, produce].map((handler) => [handler.api.key, handler]),
)
