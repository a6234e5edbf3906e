import { errnoOf } from '@pafka/base'

/** @returns undefined where a file or folder is not there. Throws any other failure. */
export function unlessMissing<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}
