import { types } from 'node:util'

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return types.isNativeError(thrown) ? thrown : new Error(String(thrown))
}
