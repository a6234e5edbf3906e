import {
  AlterUserScramCredentials,
  type AlterUserScramCredentialsResponse,
  ErrorCode,
} from '@pafka/protocol'

import { repeatedNames } from '../admin/repeated-names.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** SCRAM-SHA-256 and SCRAM-SHA-512. Source: Kafka `ScramMechanism`. */
const MECHANISMS: readonly number[] = [1, 2]

/**
 * No listener authenticates, so a password would guard nothing: it is refused rather than taken.
 * There is none to delete.
 */
export const alterUserScramCredentials: RequestHandler = defineHandler(
  AlterUserScramCredentials,
  [0, 0],
  ({ deletions, upsertions }): AlterUserScramCredentialsResponse => {
    const changes = [
      ...deletions.map(({ name, mechanism }) => ({ name, mechanism, refused: unknown })),
      ...upsertions.map(({ name, mechanism }) => ({ name, mechanism, refused: unguarded })),
    ]
    const repeated = repeatedNames(changes.map(({ name }) => name))
    const byUser = new Map(changes.map((change) => [change.name, change]))
    const results = Array.from(byUser.values(), ({ name, mechanism, refused }) => ({
      user: name,
      ...(repeated.has(name) ? twice : (invalid(name, mechanism) ?? refused)),
    }))
    return { throttleTimeMs: 0, results }
  },
)

interface Failure {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
}

const unknown: Failure = {
  errorCode: ErrorCode.RESOURCE_NOT_FOUND,
  errorMessage: 'Attempt to delete a user credential that does not exist',
}

const unguarded: Failure = {
  errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM,
  errorMessage: 'This broker does not authenticate clients yet: it takes no SCRAM credentials.',
}

const twice: Failure = {
  errorCode: ErrorCode.DUPLICATE_RESOURCE,
  errorMessage: 'A user credential cannot be altered twice in the same request',
}

function invalid(user: string, mechanism: number): Failure | undefined {
  if (user === '') {
    const errorMessage = 'Username must not be empty'
    return { errorCode: ErrorCode.UNACCEPTABLE_CREDENTIAL, errorMessage }
  }
  if (MECHANISMS.includes(mechanism)) return undefined
  const errorMessage = 'Unknown SCRAM mechanism'
  return { errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM, errorMessage }
}
