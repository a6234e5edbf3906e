import { types } from 'node:util'

import { errnoOf, StorageError } from '@pafka/base'

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return types.isNativeError(thrown) ? thrown : new Error(String(thrown))
}

/** A StorageError as it is, anything else as the cause of one that says what could not be done. */
export function asStorageError(what: string, thrown: unknown): StorageError {
  if (thrown instanceof StorageError) return thrown
  return new StorageError(`${what}: ${asError(thrown).message}`, { cause: thrown })
}

/** As the system names its errors. */
const SYSTEM_ERROR = /^E[A-Z0-9]+$/

/** Whether it is the disk that failed, by what was thrown or what caused it. */
export function isDiskError(error: unknown): boolean {
  if (SYSTEM_ERROR.test(errnoOf(error) ?? '')) return true
  return types.isNativeError(error) && SYSTEM_ERROR.test(errnoOf(error.cause) ?? '')
}

/**
 * Tells failures apart: the same one is to be told once, however often it is met. What the system
 * says of it has names of files in it, which may differ each time.
 */
export function failureName(error: Error): string {
  const codes = [errnoOf(error.cause), errnoOf(error)]
  return codes.find((code) => SYSTEM_ERROR.test(code ?? '')) ?? error.message
}

/** The one failure that passes: the disk works, it only has no room. By the error or its cause. */
export function isOutOfSpace(error: unknown): boolean {
  const code = errnoOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') return true
  return types.isNativeError(error) && error.cause !== undefined && isOutOfSpace(error.cause)
}

/** What the system would say of the next write, where it is not asked. */
export function outOfSpace(why: string): Error {
  return Object.assign(new Error(`ENOSPC: ${why}`), { code: 'ENOSPC' })
}

/** As `outOfSpace`: there is room, but it is set aside for when there is no other. */
export function nearlyFull(): StorageError {
  const cause = outOfSpace('no room but what is set aside')
  return new StorageError('the disk is nearly full', { cause })
}
