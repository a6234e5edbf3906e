import { errnoOf } from '@pafka/base'

import { types } from 'node:util'

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return types.isNativeError(thrown) ? thrown : new Error(String(thrown))
}

/** The one failure that passes: the disk works, it only has no room. */
export function isOutOfSpace(error: unknown): boolean {
  const code = errnoOf(error)
  return code === 'ENOSPC' || code === 'EDQUOT'
}
