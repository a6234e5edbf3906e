import { pbkdf2Sync } from 'node:crypto'

import { seededRandom, systemClock } from '@pafka/base'
import type { AlterUserScramCredentialsRequest } from '@pafka/protocol'
import { expect, test } from 'vitest'

import type { AdminParts } from './admin-call.ts'
import { UserAdmin } from './user-admin.ts'

/** An admin of a cluster that answers so. */
function adminOf(...answers: readonly unknown[]) {
  const left = [...answers]
  const asked: AlterUserScramCredentialsRequest[] = []
  const cluster = {
    metadata: { outdated: () => {} },
    askController: ({ request }: { request: AlterUserScramCredentialsRequest }) => {
      asked.push(request)
      return Promise.resolve(left.shift())
    },
  }
  const options = { clock: systemClock, timeoutMs: 10_000 }
  const parts = { cluster, options, random: seededRandom(1) } as unknown as AdminParts
  return { asked, users: new UserAdmin(parts) }
}

function result(errorCode: number) {
  return { results: [{ user: 'alice', errorCode, errorMessage: null }] }
}

const NOT_CONTROLLER = 41
const RESOURCE_NOT_FOUND = 91

test('a broker gets no password, but what it can check one with', async () => {
  const { asked, users } = adminOf(result(0))
  await users.set('alice', { mechanism: 'scram-sha-512', password: 'pencil', iterations: 5000 })
  const [upsertion] = asked[0]?.upsertions ?? []
  expect(upsertion).toMatchObject({ name: 'alice', mechanism: 2, iterations: 5000 })
  const { salt = new Uint8Array(), saltedPassword } = upsertion ?? {}
  expect(salt).toHaveLength(24)
  expect(saltedPassword).toEqual(pbkdf2Sync('pencil', salt, 5000, 64, 'sha512'))
})

test('a password that was taken back by an attempt whose answer was lost is gone', async () => {
  const { asked, users } = adminOf(result(NOT_CONTROLLER), result(RESOURCE_NOT_FOUND))
  await users.delete('alice', 'scram-sha-256')
  expect(asked).toHaveLength(2)
  expect(asked[1]?.deletions).toEqual([{ name: 'alice', mechanism: 1 }])
  const never = adminOf(result(RESOURCE_NOT_FOUND)).users
  await expect(never.delete('alice', 'scram-sha-256')).rejects.toMatchObject({
    ...{ code: 'RESOURCE_NOT_FOUND', context: { subject: 'user alice' } },
  })
})

test('an answer that says nothing of the user is none', async () => {
  const { users } = adminOf({ results: [] })
  await expect(users.delete('alice', 'scram-sha-256')).rejects.toThrow('no answer')
})
