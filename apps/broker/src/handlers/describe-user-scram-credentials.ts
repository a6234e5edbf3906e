import {
  DescribeUserScramCredentials,
  type DescribeUserScramCredentialsResponse,
  ErrorCode,
} from '@pafka/protocol'

import { repeatedNames } from '../admin/repeated-names.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Nobody has credentials here: said as Kafka says it of users that nobody gave any. */
export const describeUserScramCredentials: RequestHandler = defineHandler(
  DescribeUserScramCredentials,
  [0, 0],
  ({ users }): DescribeUserScramCredentialsResponse => {
    const names = (users ?? []).map(({ name }) => name)
    const repeated = repeatedNames(names)
    const results = [...new Set(names)].map((user) => ({
      user,
      credentialInfos: [],
      ...(repeated.has(user) ? namedTwice(user) : unknown(user)),
    }))
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, results }
  },
)

interface Failure {
  readonly errorCode: ErrorCode
  readonly errorMessage: string
}

function unknown(user: string): Failure {
  const errorMessage = `Attempt to describe a user credential that does not exist: ${user}`
  return { errorCode: ErrorCode.RESOURCE_NOT_FOUND, errorMessage }
}

function namedTwice(user: string): Failure {
  const errorMessage =
    'Cannot describe SCRAM credentials for the same user twice in a single request: ' + user
  return { errorCode: ErrorCode.DUPLICATE_RESOURCE, errorMessage }
}
