import { Produce } from '@pafka/protocol'

import type { AdvertisedApi } from './handler-context.ts'
import type { RequestHandler } from './handler.ts'

/** What ApiVersions says: what is served, and Produce from 0 (see `produce.ts`). */
export function advertisedApis(handlers: Iterable<RequestHandler>): AdvertisedApi[] {
  return Array.from(handlers, ({ api, minVersion, maxVersion }) => ({
    apiKey: api.key,
    minVersion: api.key === Produce.key ? 0 : minVersion,
    maxVersion,
  })).toSorted((a, b) => a.apiKey - b.apiKey)
}
