import { expect, test } from 'vitest'

import { type AdminStage, startAdmin } from './admin-stage.ts'
import { OTHER_KAFKA } from './stage-broker.ts'

test('quotas are set, found and taken back', async () => {
  await using stage = await startAdmin()
  const { quotas } = stage.admin
  const [user, clientId] = [stage.name('u'), stage.name('c')]
  await quotas.alter({ user }, { producer_byte_rate: 1000, consumer_byte_rate: 2000 })
  await quotas.alter({ user, clientId }, { request_percentage: 50.5 })
  await quotas.alter({ user, clientId: null }, { request_percentage: 60 })
  const own = { entity: { user }, limits: { producer_byte_rate: 1000, consumer_byte_rate: 2000 } }
  const both = { entity: { user, clientId }, limits: { request_percentage: 50.5 } }
  const others = { entity: { user, clientId: null }, limits: { request_percentage: 60 } }
  await expect.poll(async () => (await quotas.list({ user })).length).toBe(3)
  expect(await quotas.list({ user, strict: true })).toEqual([own])
  expect(await quotas.list({ user, clientId })).toEqual([both])
  expect(await quotas.list({ user, clientId: null })).toEqual([others])
  expect(await quotas.list({ user: true })).toEqual(expect.arrayContaining([own, both, others]))
  expect(await quotas.list()).toEqual(expect.arrayContaining([own, both]))
  await quotas.alter({ user }, { producer_byte_rate: null }, { dryRun: true })
  const { done, failed } = await quotas.alter([
    { entity: { user }, limits: { producer_byte_rate: null } },
    { entity: { user, clientId }, limits: { nonsense: 1 } },
    { entity: { user, clientId: null }, limits: { request_percentage: null } },
  ])
  expect(done).toEqual([{ user }, { user, clientId: null }])
  expect(failed).toMatchObject([
    { code: 'INVALID_REQUEST', context: { subject: `user ${user}, client-id ${clientId}` } },
  ])
  const left = { entity: { user }, limits: { consumer_byte_rate: 2000 } }
  await expect.poll(async () => quotas.list({ user, strict: true })).toEqual([left])
  await quotas.alter({ ip: '127.0.0.9' }, { connection_creation_rate: 10 })
  await expect.poll(async () => quotas.list({ ip: '127.0.0.9' })).toHaveLength(1)
  await quotas.alter({ ip: '127.0.0.9' }, { connection_creation_rate: null })
})

test('a quota that cannot be meant is told at once', async () => {
  await using stage = await startAdmin()
  const { quotas } = stage.admin
  await expect(quotas.alter({}, { producer_byte_rate: 0 })).rejects.toMatchObject({
    problems: ['entity: it names nobody', 'producer_byte_rate: 0 is no limit'],
  })
  await expect(quotas.alter({ user: '' }, {})).rejects.toMatchObject({
    problems: ['user:  is no name', 'limits: there are none'],
  })
  await expect(quotas.list({ clientId: '' })).rejects.toThrow('clientId:  is no name')
})

test('users are given passwords, told, and have them taken back', async () => {
  await using stage = await startAdmin()
  const { users } = stage.admin
  const [name, nobody] = [stage.name('alice'), stage.name('nobody')]
  if (OTHER_KAFKA === undefined) {
    // ours does not authenticate anybody yet
    const set = users.set(name, { mechanism: 'scram-sha-256', password: 'secret' })
    await expect(set).rejects.toMatchObject({
      ...{ code: 'UNSUPPORTED_SASL_MECHANISM', context: { subject: `user ${name}` } },
    })
    expect(await users.list()).toEqual([])
    await expect(users.describe(nobody)).rejects.toMatchObject({ code: 'RESOURCE_NOT_FOUND' })
    return
  }
  await users.set(name, { mechanism: 'scram-sha-256', password: 'secret' })
  await users.set(name, { mechanism: 'scram-sha-512', password: 'p', iterations: 8192 })
  const both = {
    name,
    credentials: [
      { mechanism: 'scram-sha-256', iterations: 4096 },
      { mechanism: 'scram-sha-512', iterations: 8192 },
    ],
  }
  await expect.poll(async () => users.list()).toContainEqual(both)
  expect(await users.describe(name)).toEqual(both)
  const { done, failed } = await users.describe([nobody, name])
  expect(done).toEqual([both])
  expect(failed).toMatchObject([
    { code: 'RESOURCE_NOT_FOUND', context: { subject: `user ${nobody}` } },
  ])
  await users.delete(name, 'scram-sha-256')
  await expect.poll(async () => (await users.describe(name)).credentials).toHaveLength(1)
  await expect(users.delete(name, 'scram-sha-256')).rejects.toMatchObject({
    code: 'RESOURCE_NOT_FOUND',
  })
  await users.delete(name, 'scram-sha-512')
})

test('a password that is none is told at once, without it', async () => {
  await using stage = await startAdmin()
  const { users } = stage.admin
  const bad = { mechanism: 'md5' as 'scram-sha-256', password: 'tiger', iterations: 1 }
  const set = users.set('a', bad)
  await expect(set).rejects.toMatchObject({
    problems: [
      'mechanism: md5 is none of scram-sha-256, scram-sha-512',
      'iterations: 1 is no whole number from 4096 on',
    ],
  })
  await expect(set).rejects.not.toThrow('tiger')
  const many = { mechanism: 'scram-sha-256', password: '', iterations: 20_000 } as const
  await expect(users.set('a', many)).rejects.toMatchObject({
    problems: ['iterations: at most 16384', 'password: there is none'],
  })
})

/** A Kafka that is tested against has an authorizer, with us as a super user. */
async function withAuthorizer({ admin: { acls } }: AdminStage, name: string): Promise<void> {
  const read = { type: 'topic', name, principal: 'User:alice', operation: 'read' } as const
  const prefixed = { ...read, pattern: 'prefixed', operation: 'write', permission: 'deny' } as const
  const full = { ...read, pattern: 'literal', host: '*', permission: 'allow' }
  expect(await acls.create(read)).toEqual(full)
  const cluster = { type: 'cluster', principal: `User:${name}`, operation: 'alter' } as const
  expect(await acls.create([read, prefixed, cluster])).toMatchObject({
    ...{ done: [{}, {}, { name: 'kafka-cluster' }], failed: [] },
  })
  await expect.poll(async () => acls.list({ name, type: 'topic' })).toHaveLength(2)
  expect(await acls.list({ name, operation: 'read' })).toEqual([full])
  expect(await acls.list({ type: 'topic', name: `${name}-x`, pattern: 'match' })).toMatchObject([
    { pattern: 'prefixed', permission: 'deny' },
  ])
  const { done, failed } = await acls.delete([{ name }, { principal: `User:${name}` }])
  expect(failed).toEqual([])
  expect(done).toHaveLength(3)
  expect(done).toContainEqual(full)
  await expect.poll(async () => acls.list({ name })).toEqual([])
}

test('who may do what is told, or that nobody asks for it', async () => {
  await using stage = await startAdmin()
  const { acls } = stage.admin
  const name = stage.name('t')
  if (OTHER_KAFKA !== undefined) {
    await withAuthorizer(stage, name)
    return
  }
  const disabled = { code: 'SECURITY_DISABLED', kind: 'config' }
  await expect(acls.list()).rejects.toMatchObject(disabled)
  const acl = { type: 'topic', name, principal: 'User:a', operation: 'read' } as const
  await expect(acls.create(acl)).rejects.toMatchObject(disabled)
  const subject = `User:a read topic ${name}`
  expect(await acls.create([acl])).toMatchObject({
    failed: [{ ...disabled, context: { subject } }],
  })
  expect(await acls.delete({ name })).toMatchObject({ done: [], failed: [disabled] })
})

test('an ACL that cannot be meant is told at once', async () => {
  await using stage = await startAdmin()
  const { acls } = stage.admin
  await expect(acls.delete({})).rejects.toThrow("to delete everything say { type: 'any' }")
  const acl = { type: 'topic', principal: 'alice', operation: 'any' as 'read' } as const
  await expect(acls.create(acl)).rejects.toMatchObject({
    problems: [
      'acl: it says what it is for',
      'name of a topic: none',
      'principal: alice is no User:name',
    ],
  })
  await expect(acls.list({ pattern: 'regex' as 'any' })).rejects.toThrow('pattern: regex')
})
