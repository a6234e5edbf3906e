import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { ConfigError } from '@pafka/base'
import { expect, test } from 'vitest'

import { resolveOptions } from './resolve-options.ts'

test('a URL says where, as whom, and how', () => {
  const options = resolveOptions(
    'kafka://us%40er:p:%2F@one:9093,two,[::1]:9094?tls&sasl=scram-sha-512&clientId=me&timeoutMs=5',
  )
  expect(options.bootstrap).toEqual([
    { host: 'one', port: 9093 },
    { host: 'two', port: 9092 },
    { host: '::1', port: 9094 },
  ])
  expect([options.clientId, options.timeoutMs, options.tls]).toEqual(['me', 5, {}])
  expect(options.sasl?.name).toBe('SCRAM-SHA-512')
})

test('a list is enough, and everything else has a default', () => {
  const options = resolveOptions({ brokers: ['one:1', ' two:2 '] })
  expect(options.bootstrap.map(({ port }) => port)).toEqual([1, 2])
  expect([options.tls, options.sasl, options.requestTimeoutMs]).toEqual([
    undefined,
    undefined,
    30_000,
  ])
})

test('a user without a mechanism is one of PLAIN', () => {
  expect(resolveOptions('kafka://me:secret@one').sasl?.name).toBe('PLAIN')
})

test.each([
  ['', ['brokers: at least one host:port is needed']],
  ['one:port', ['brokers: one:port is no host:port']],
  [
    'one:70000,two words',
    ['brokers: one:70000 is no host:port', 'brokers: two words is no host:port'],
  ],
  ['kafka://one?tsl', [/^tsl is no option; there are tls/u]],
  ['kafka://one?tls=maybe', ['tls: maybe is neither true nor false']],
  ['kafka://one?sasl=plain', ['sasl: a URL with a mechanism names user and password']],
  ['kafka://a:b@one?sasl=gssapi', [/^sasl: gssapi cannot be had by a URL/u]],
  ['kafka://a%:b@one', [/percent-encoded/u]],
  ['kafka://one?timeoutMs=soon', [/^timeoutMs: NaN is no number/u]],
  ['http://one', [/^A URL of a cluster looks so/u]],
])('%s is refused with all that is wrong', (given, problems) => {
  const error = thrownBy(() => resolveOptions(given))
  expect(error.problems).toHaveLength(problems.length)
  for (const [at, problem] of problems.entries()) expect(error.problems[at]).toMatch(problem)
})

test('an object is checked, too', () => {
  const sasl = { mechanism: 'kerberos' as 'plain', credentials: { username: 'a', password: 'b' } }
  const error = thrownBy(() => resolveOptions({ brokers: [], sasl, connectTimeoutMs: 0.5 }))
  expect(error.problems).toEqual([
    'brokers: at least one host:port is needed',
    'sasl: there is no mechanism kerberos, but plain, scram-sha-256, scram-sha-512, oauthbearer',
    'connectTimeoutMs: 0.5 is no number of milliseconds from 1 to 2147483647',
  ])
})

test('a password is not told', () => {
  const error = thrownBy(() => resolveOptions('kafka://me:secret@one:x?tsl'))
  expect(error.message).not.toContain('secret')
})

function thrownBy(work: () => unknown): ConfigError {
  try {
    work()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

function pem(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, '../../test/fixtures', name))
}

test.each([
  ['no certificate', { cert: 'xx', key: pem('client.key') }, /^tls: .*no start line/iu],
  ['no key', { cert: pem('client.pem'), key: 'xx' }, /^tls: /u],
  ['of another', { cert: pem('client.pem'), key: pem('broker.key') }, /^tls: .*mismatch/iu],
])('TLS with what is none is refused at once: %s', (_what, tls, problem) => {
  expect(() => resolveOptions({ brokers: 'one', tls })).toThrow(problem)
  const good = { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key') }
  expect(resolveOptions({ brokers: 'one', tls: good }).tls).toBe(good)
})
