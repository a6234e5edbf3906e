import { AlterUserScramCredentials, DescribeUserScramCredentials, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

const { DUPLICATE_RESOURCE, RESOURCE_NOT_FOUND } = ErrorCode
const { UNACCEPTABLE_CREDENTIAL, UNSUPPORTED_SASL_MECHANISM } = ErrorCode
const BYTES = Buffer.alloc(16)

test.each([null, []])('nobody has credentials (asked for %j)', async (users) => {
  await using rig = await HandlerRig.start()
  const answer = await rig.ask(DescribeUserScramCredentials, 0, { users })
  expect(answer).toMatchObject({ errorCode: ErrorCode.NONE, results: [] })
})

test('a user who is asked for has none, one asked for twice is an error', async () => {
  await using rig = await HandlerRig.start()
  const users = ['a', 'b', 'a', ''].map((name) => ({ name }))
  const { errorCode, results } = await rig.ask(DescribeUserScramCredentials, 0, { users })
  expect(errorCode).toBe(ErrorCode.NONE)
  expect(results.map((one) => [one.user, one.errorCode, one.credentialInfos])).toEqual([
    ['a', DUPLICATE_RESOURCE, []],
    ['b', RESOURCE_NOT_FOUND, []],
    ['', RESOURCE_NOT_FOUND, []],
  ])
})

test('none can be deleted, and none is taken', async () => {
  await using rig = await HandlerRig.start()
  const password = { iterations: 4096, salt: BYTES, saltedPassword: BYTES }
  const { results } = await rig.ask(AlterUserScramCredentials, 0, {
    deletions: [
      { name: 'a', mechanism: 1 },
      { name: 'both', mechanism: 1 },
      { name: '', mechanism: 1 },
    ],
    upsertions: [
      { name: 'b', mechanism: 2, ...password },
      { name: 'both', mechanism: 2, ...password },
      { name: 'c', mechanism: 3, ...password },
    ],
  })
  expect(results.map(({ user, errorCode }) => [user, errorCode])).toEqual([
    ['a', RESOURCE_NOT_FOUND],
    ['both', DUPLICATE_RESOURCE],
    ['', UNACCEPTABLE_CREDENTIAL],
    ['b', UNSUPPORTED_SASL_MECHANISM],
    ['c', UNSUPPORTED_SASL_MECHANISM],
  ])
  expect(results[3]?.errorMessage).toContain('does not authenticate clients')
})
