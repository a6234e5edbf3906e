import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { KafkaError } from '../src/index.ts'
import { SchemaRegistry, SchemaRegistryError } from '../src/schema-registry/index.ts'
import { FakeRegistry } from './fake-registry.ts'

const ORDER = { type: 'AVRO', schema: '{"type":"record","name":"Order","fields":[]}' } as const
const OTHER = { type: 'JSON', schema: '{"type":"object"}' } as const

/** The error, which it must be. */
async function refusal(call: Promise<unknown>): Promise<SchemaRegistryError> {
  const error: unknown = await call.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(SchemaRegistryError)
  expect(error).toBeInstanceOf(KafkaError)
  return error as SchemaRegistryError
}

test('a schema is registered, and found by its id, its GUID, its subject and itself', async () => {
  await using fake = await FakeRegistry.start(100)
  const registry = new SchemaRegistry(fake.url)
  const { id, version, guid = '' } = await registry.register('orders-value', ORDER)
  expect([id, version]).toEqual([100, 1])
  expect((await registry.register('orders-value', OTHER)).version).toBe(2)
  const known = { type: 'AVRO', schema: ORDER.schema, references: [], rules: [], id, guid }
  expect(await registry.schema(100)).toEqual({ ...known, guid: undefined })
  expect(await registry.schema(guid)).toEqual(known)
  const first = { ...known, subject: 'orders-value', version: 1 }
  expect(await registry.version('orders-value', 1)).toEqual(first)
  expect(await registry.lookUp('orders-value', ORDER)).toEqual(first)
  expect(await registry.version('orders-value')).toMatchObject({ type: 'JSON', version: 2 })
  expect(await registry.versions('orders-value')).toEqual([1, 2])
  expect(await registry.subjects()).toEqual(['orders-value'])
  await registry.delete('orders-value')
  expect(await registry.subjects()).toEqual([])
})

test('names of subjects may be any', async () => {
  await using fake = await FakeRegistry.start()
  const registry = new SchemaRegistry(fake.url)
  await registry.register('a/b ?ü#', ORDER)
  expect(await registry.subjects()).toEqual(['a/b ?ü#'])
})

test('who asks for the same at the same time is answered by one request', async () => {
  await using fake = await FakeRegistry.start()
  const registry = new SchemaRegistry(fake.url)
  await Promise.all([1, 2, 3].map(async () => registry.register('s', ORDER)))
  await registry.register('s', ORDER)
  await Promise.all([1, 2, 3].map(async () => registry.schema(1)))
  await registry.schema(1)
  expect(fake.asked.map(({ what }) => what)).toEqual([
    'POST /subjects/s/versions?normalize=false',
    'GET /schemas/ids/1',
  ])
})

test('what failed is asked for again', async () => {
  await using fake = await FakeRegistry.start()
  const registry = new SchemaRegistry(fake.url)
  expect((await refusal(registry.schema(1))).code).toBe('SCHEMA_NOT_FOUND')
  await registry.register('s', ORDER)
  expect((await registry.schema(1)).schema).toBe(ORDER.schema)
})

test('what was not asked for longest is forgotten', async () => {
  await using fake = await FakeRegistry.start()
  const registry = new SchemaRegistry({ urls: fake.url, cacheSize: 2 })
  for (const name of ['a', 'b', 'c']) {
    await registry.register('s', { type: 'JSON', schema: `{"title":"${name}"}` })
  }
  for (const id of [1, 2, 1, 3, 1, 2]) await registry.schema(id)
  expect([1, 2, 3].map((id) => fake.count(`GET /schemas/ids/${id}`))).toEqual([1, 2, 1])
})

test('what a registry refuses is told as what it is', async () => {
  await using fake = await FakeRegistry.start()
  const registry = new SchemaRegistry(fake.url)
  await registry.register('s', ORDER)
  fake.incompatibility = () => 'a field is missing'
  const refused = {
    SUBJECT_NOT_FOUND: registry.version('nowhere'),
    SCHEMA_VERSION_NOT_FOUND: registry.version('s', 9),
    INVALID_SCHEMA_VERSION: registry.version('s', 0),
    SCHEMA_NOT_FOUND: registry.lookUp('s', OTHER),
    INCOMPATIBLE_SCHEMA: registry.register('s', OTHER),
    INVALID_SCHEMA: registry.register('s', { type: 'AVRO', schema: '' }),
    INVALID_COMPATIBILITY: registry.setCompatibility('SIDEWAYS' as 'NONE'),
  }
  const numbers: Record<string, number | undefined> = {}
  for (const [code, call] of Object.entries(refused)) {
    const error = await refusal(call)
    expect([error.code, error.kind]).toEqual([code, 'usage'])
    numbers[code] = error.registryCode
  }
  expect(Object.values(numbers)).toEqual([40401, 40402, 42202, 40403, 409, 42201, 42203])
})

test('compatibility is asked for and set, of one subject or of all', async () => {
  await using fake = await FakeRegistry.start()
  const registry = new SchemaRegistry(fake.url)
  await registry.register('s', ORDER)
  expect(await registry.isCompatible('s', OTHER)).toEqual({ isCompatible: true, messages: [] })
  fake.incompatibility = () => 'it is JSON'
  const report = { isCompatible: false, messages: ['it is JSON'] }
  expect(await registry.isCompatible('s', OTHER, { version: 1 })).toEqual(report)
  expect(await registry.compatibility('s')).toBe('BACKWARD')
  await registry.setCompatibility('FULL', { subject: 's' })
  await registry.setCompatibility('NONE')
  expect(await registry.compatibility('s')).toBe('FULL')
  expect(await registry.compatibility()).toBe('NONE')
})

test('a name and a password, a token, and headers go with each request', async () => {
  await using fake = await FakeRegistry.start()
  const urls = fake.url.replace('://', '://ann:p%40ss@')
  await new SchemaRegistry(urls).subjects()
  let count = 0
  const token = (): string => `token${++count}`
  const bearing = new SchemaRegistry({ urls: fake.url, auth: { token }, headers: { 'X-A': 'b' } })
  await bearing.subjects()
  await bearing.subjects()
  expect(fake.asked.map(({ headers }) => headers.authorization)).toEqual([
    `Basic ${Buffer.from('ann:p@ss').toString('base64')}`,
    'Bearer token1',
    'Bearer token2',
  ])
  expect(fake.asked[1]?.headers['x-a']).toBe('b')
})

test('a token that does not come is waited for as long as an answer', async () => {
  await using fake = await FakeRegistry.start()
  const times = { requestTimeoutMs: 30, timeoutMs: 1 }
  const tokens = [
    () => new Promise<string>(() => {}),
    () => Promise.reject(new Error('nobody gives one')),
  ]
  const reasons: string[] = []
  for (const token of tokens) {
    const registry = new SchemaRegistry({ urls: fake.url, auth: { token }, ...times })
    const error = await refusal(registry.subjects())
    expect(error.kind).toBe('retriable')
    reasons.push(error.message)
  }
  expect(reasons[0]).toContain('no answer within 30 ms')
  expect(reasons[1]).toContain('could not be asked: nobody gives one')
  expect(fake.asked).toEqual([])
})

test('an error says whom it asked, but not the password', async () => {
  await using fake = await FakeRegistry.start()
  fake.fault = () => ({ status: 401, body: '{"error_code":40101,"message":"Who are you?"}' })
  const error = await refusal(
    new SchemaRegistry(fake.url.replace('://', '://ann:secret@')).subjects(),
  )
  expect([error.code, error.kind]).toEqual(['REGISTRY_AUTHENTICATION_FAILED', 'auth'])
  expect(error.message).toBe(
    `GET ${fake.url}/subjects: Who are you? (status 401, error code 40101)`,
  )
  expect(() => new SchemaRegistry('ftp://ann:secret@host')).toThrow(
    'urls: host is no http or https URL',
  )
})

test('a request that fails for a while succeeds', async () => {
  await using fake = await FakeRegistry.start()
  const faults = [
    { status: 500, body: '{"error_code":50001,"message":"store"}' },
    { status: 503, body: '<html>' },
    { status: 429, body: '' },
    'cut',
  ] as const
  let at = 0
  fake.fault = () => faults[at++]
  const registry = new SchemaRegistry(fake.url)
  expect((await registry.register('s', ORDER)).id).toBe(1)
  expect(fake.asked).toHaveLength(5)
})

test('the next server is asked when one does not answer, and then first', async () => {
  await using one = await FakeRegistry.start()
  await using other = await FakeRegistry.start()
  one.fault = () => 'cut'
  const urls = [one.url, other.url]
  const registry = new SchemaRegistry({ urls })
  expect((await registry.register('s', ORDER)).id).toBe(1)
  expect(await registry.subjects()).toEqual(['s'])
  expect([one.asked.length, other.asked.length]).toEqual([1, 2])
})

test('what one server refuses no other one is asked', async () => {
  await using one = await FakeRegistry.start()
  await using other = await FakeRegistry.start()
  const registry = new SchemaRegistry({ urls: [one.url, other.url] })
  expect((await refusal(registry.version('s'))).code).toBe('SUBJECT_NOT_FOUND')
  expect(other.asked).toEqual([])
})

test('it is given up when time is up, and may be tried again', async () => {
  await using fake = await FakeRegistry.start()
  fake.fault = () => 'silent'
  const registry = new SchemaRegistry({ urls: fake.url, requestTimeoutMs: 30, timeoutMs: 60 })
  const error = await refusal(registry.subjects())
  expect([error.code, error.kind]).toEqual(['REGISTRY_UNAVAILABLE', 'retriable'])
  expect(error.message).toContain('no answer within 30 ms')
})

test('a signal ends the wait of one caller, not that of others', async () => {
  await using fake = await FakeRegistry.start()
  await new SchemaRegistry(fake.url).register('s', ORDER)
  const aborting = new AbortController()
  const registry = new SchemaRegistry(fake.url)
  const patient = registry.schema(1)
  const hasty = registry.schema(1, { signal: aborting.signal })
  aborting.abort(new Error('enough'))
  await expect(hasty).rejects.toThrow('enough')
  expect((await patient).schema).toBe(ORDER.schema)
})

test.for([
  ['a page', '<html></html>'],
  ['a list where an object should be', '[]'],
  ['an id that is none', '{"id":"1"}'],
  ['nothing', ''],
])('%s is no answer of a registry', async ([, body = '']) => {
  await using fake = await FakeRegistry.start()
  fake.fault = () => ({ status: 200, body })
  const error = await refusal(new SchemaRegistry(fake.url).register('s', ORDER))
  expect([error.code, error.kind]).toEqual(['REGISTRY_REFUSED', 'config'])
})

test('an answer without an end is cut off', async () => {
  await using fake = await FakeRegistry.start()
  fake.fault = () => ({ status: 200, body: ' '.repeat(17_000_000) })
  const registry = new SchemaRegistry({ urls: fake.url, timeoutMs: 1 })
  expect((await refusal(registry.subjects())).message).toContain('above 16000000 bytes')
})

function pem(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'fixtures', name))
}

test('TLS: certificates of both sides are as Node has them', async () => {
  const ca = pem('ca.pem')
  const server = { cert: pem('broker.pem'), key: pem('broker.key'), ca, requestCert: true }
  await using fake = await FakeRegistry.start(1, { ...server, rejectUnauthorized: true })
  const own = { ca, cert: pem('client.pem'), key: pem('client.key') }
  const registry = new SchemaRegistry({ urls: fake.url, tls: own })
  expect((await registry.register('s', ORDER)).id).toBe(1)
  expect((await refusal(registry.version('nowhere'))).registryCode).toBe(40401)
  fake.fault = () => ({ status: 200, body: ' '.repeat(17_000_000) })
  const hasty = new SchemaRegistry({ urls: fake.url, tls: own, timeoutMs: 1 })
  expect((await refusal(hasty.subjects())).message).toContain('above 16000000 bytes')
  fake.fault = () => 'silent'
  const waiting = new SchemaRegistry({
    urls: fake.url,
    tls: own,
    requestTimeoutMs: 30,
    timeoutMs: 1,
  })
  expect((await refusal(waiting.subjects())).code).toBe('REGISTRY_UNAVAILABLE')
  const unknown = new SchemaRegistry({ urls: fake.url, tls: { ca }, timeoutMs: 1 })
  expect((await refusal(unknown.subjects())).kind).toBe('retriable')
})

test('schemas come with those that they use, each once, and circles have an end', async () => {
  await using fake = await FakeRegistry.start()
  const registry = new SchemaRegistry(fake.url)
  const c = { type: 'JSON', schema: '"c"' } as const
  const toC = { name: 'c', subject: 'c', version: 1 }
  const b = { type: 'JSON', schema: '"b"', references: [toC] } as const
  const toB = { name: 'b', subject: 'b', version: 1 }
  await registry.register('c', c)
  await registry.register('b', b)
  const whole = await registry.whole({ type: 'JSON', schema: '"a"', references: [toB, toC] })
  expect(whole.uses).toEqual([
    { name: 'c', schema: '"c"' },
    { name: 'b', schema: '"b"' },
  ])
  const toSelf = { name: 'self', subject: 'self', version: 1 }
  await registry.register('self', { type: 'JSON', schema: '"s"', references: [toSelf] })
  const circle = registry.whole({ type: 'JSON', schema: '"x"', references: [toSelf] })
  expect((await refusal(circle)).message).toContain('self uses itself')
})

test('options that make no sense are told all at once', () => {
  const wrong = { urls: ['x', 'http://a'], timeoutMs: 0, cacheSize: 1.5 }
  expect(() => new SchemaRegistry(wrong)).toThrow(/timeoutMs.*cacheSize.*urls: x/s)
})
