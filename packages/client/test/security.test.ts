import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { createServer as createSecure } from 'node:tls'

import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka, KafkaError, type KafkaOptions } from '../src/index.ts'
import { Gate, type GateOptions } from './gate.ts'
import { refusal } from './refusal.ts'

const credentials = { username: 'me', password: 'secret' }
const PROOF = '\0me\0secret'

function pem(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'fixtures', name))
}

const serverTls = { cert: pem('broker.pem'), key: pem('broker.key') }
const ca = pem('ca.pem')
const TLS_FAILED = { code: 'TLS_FAILED', kind: 'auth', outcome: 'not-written' }

/** A client of a broker behind a gate, which sends one record. */
async function sendThrough(
  gateOptions: Omit<GateOptions, 'port'>,
  kafkaOptions: Omit<KafkaOptions, 'brokers'>,
): Promise<{ readonly offset: number; readonly said: readonly string[] }> {
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using gate = new Gate({ ...gateOptions, port: broker.port })
  const brokers = await gate.open()
  await using kafka = new Kafka({ brokers, timeoutMs: 500, ...kafkaOptions })
  const { offset } = await kafka.producer().send('t', { value: 'x' })
  return { offset, said: gate.said }
}

test('TLS: a broker with a certificate of an authority that is trusted', async () => {
  expect((await sendThrough({ tls: serverTls }, { tls: { ca } })).offset).toBe(0)
})

test('TLS: a certificate of nobody known is refused', async () => {
  const error = await refusal(sendThrough({ tls: serverTls }, { tls: true, timeoutMs: 60_000 }))
  expect(error).toMatchObject({ ...TLS_FAILED, cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' } })
})

test('TLS: a certificate for another name is refused', async () => {
  const tls = { ca, servername: 'somewhere.else' }
  const error = await refusal(sendThrough({ tls: serverTls }, { tls, timeoutMs: 60_000 }))
  expect(error).toMatchObject({ ...TLS_FAILED, cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
})

test('mutual TLS: the broker asks for a certificate, too', async () => {
  const tls = { ...serverTls, ca, requestCert: true, rejectUnauthorized: true }
  const own = { ca, cert: pem('client.pem'), key: pem('client.key') }
  expect((await sendThrough({ tls }, { tls: own })).offset).toBe(0)
  const other = { tls: { ca }, timeoutMs: 60_000 }
  expect(await refusal(sendThrough({ tls }, other))).toMatchObject(TLS_FAILED)
})

test('TLS: a broker that does not speak it is told of at once', async () => {
  const nonsense = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 No'))
  nonsense.listen(0, '127.0.0.1')
  await once(nonsense, 'listening')
  const { port } = nonsense.address() as AddressInfo
  await using kafka = new Kafka({ brokers: `127.0.0.1:${port}`, tls: { ca } })
  expect(await refusal(kafka.producer().send('t', { value: 'x' }))).toMatchObject({
    ...TLS_FAILED,
    cause: { code: 'ERR_SSL_WRONG_VERSION_NUMBER' },
  })
  nonsense.close()
})

test('TLS: another broker is asked where one has a certificate that is not believed', async () => {
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using good = new Gate({ port: broker.port, tls: serverTls })
  const bad = createSecure({ cert: pem('client.pem'), key: pem('client.key') })
  bad.on('tlsClientError', () => {})
  bad.listen(0, '127.0.0.1')
  await once(bad, 'listening')
  const { port } = bad.address() as AddressInfo
  const brokers = [`localhost:${port}`, await good.open()]
  await using kafka = new Kafka({ brokers, tls: { ca } })
  expect((await kafka.producer().send('t', { value: 'x' })).offset).toBe(0)
  bad.close()
})

const authenticate = (said: string): string | undefined => {
  return said === PROOF ? undefined : 'Invalid username or password'
}

test('SASL PLAIN: each connection says who it is before anything else', async () => {
  const sasl = { mechanism: 'plain' as const, credentials }
  const { offset, said } = await sendThrough({ authenticate }, { sasl })
  expect(offset).toBe(0)
  expect(said.length).toBeGreaterThan(1)
  expect(new Set(said)).toEqual(new Set([PROOF]))
})

test('SASL: who is not known is told so at once', async () => {
  const sasl = {
    mechanism: 'plain' as const,
    credentials: { ...credentials, password: 'guessed' },
  }
  const sent = sendThrough({ authenticate }, { sasl, timeoutMs: 60_000 })
  const error = await refusal(sent)
  expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', kind: 'auth' })
  expect(error.message).toContain('Invalid username or password')
  expect(error.message).not.toContain('guessed')
})

test('SASL: a mechanism that the broker has not is told of, with those that it has', async () => {
  const sasl = { mechanism: 'scram-sha-512' as const, credentials }
  const mechanisms = ['PLAIN', 'GSSAPI']
  const error = await refusal(sendThrough({ authenticate, mechanisms }, { sasl }))
  expect(error).toMatchObject({ code: 'AUTHENTICATION_FAILED', kind: 'auth' })
  expect(error.message).toContain('PLAIN, GSSAPI')
})

test('SASL: a mechanism of your own', async () => {
  const said: string[] = []
  const sasl = {
    name: 'X-OWN',
    async authenticate(exchange: (bytes: Uint8Array) => Promise<Uint8Array>) {
      said.push(Buffer.from(await exchange(Buffer.from(PROOF))).toString())
    },
  }
  const { offset } = await sendThrough({ authenticate, mechanisms: ['X-OWN'] }, { sasl })
  expect([offset, said[0]]).toEqual([0, ''])
})

test('SASL: before a session ends who one is is said again, and the connection stays', async () => {
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using gate = new Gate({ port: broker.port, authenticate, sessionLifetimeMs: 60 })
  const brokers = await gate.open()
  await using kafka = new Kafka({ brokers, sasl: { mechanism: 'plain', credentials } })
  const producer = kafka.producer()
  await producer.send('t', { value: 'x' })
  const connections = gate.connections
  const accepted = gate.accepted
  const sent: Promise<unknown>[] = []
  while (gate.accepted < accepted + 2 * connections) {
    sent.push(producer.send('t', { value: 'x' }))
    // oxlint-disable-next-line no-await-in-loop -- until each has done it twice
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await Promise.all(sent)
  expect(gate.connections).toBe(connections)
})

/** A client of a gate whose sessions are so long, and what has been asked of its credentials. */
async function withSessions(
  sessionLifetimeMs: number,
  options: Omit<KafkaOptions, 'brokers' | 'sasl'>,
  use: (kafka: Kafka, source: { fault?: 'hangs' | 'throws'; asked: number }, gate: Gate) => unknown,
): Promise<void> {
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using gate = new Gate({ port: broker.port, authenticate, sessionLifetimeMs })
  const source: { fault?: 'hangs' | 'throws'; asked: number } = { asked: 0 }
  const ask = async (): Promise<typeof credentials> => {
    source.asked += 1
    if (source.fault === 'hangs') await new Promise(() => {})
    if (source.fault === 'throws') throw new Error('503 of the store')
    return credentials
  }
  const sasl = { mechanism: 'plain', credentials: ask } as const
  await using kafka = new Kafka({ brokers: await gate.open(), sasl, ...options })
  await use(kafka, source, gate)
}

const past = async (ms: number): Promise<void> => new Promise((done) => void setTimeout(done, ms))

test('SASL: who does not say again in time who he is gets another connection', async () => {
  const options = { connectTimeoutMs: 300, requestTimeoutMs: 2000 }
  await withSessions(200, options, async (kafka, source, gate) => {
    const producer = kafka.producer()
    await producer.send('t', { value: 'x' })
    const { accepted } = gate
    source.fault = 'hangs'
    await past(250)
    const sending = producer.send('t', { value: 'y' })
    await past(100)
    delete source.fault
    expect(await sending).toMatchObject({ offset: 1 })
    expect(gate.accepted).toBeGreaterThan(accepted)
  })
})

test.each(['hangs', 'throws'] as const)(
  'SASL: while credentials are not to be had again, a session goes on: one that %s',
  async (fault) => {
    await withSessions(1200, {}, async (kafka, source, gate) => {
      const producer = kafka.producer()
      await producer.send('t', { value: 'x' })
      const { connections } = gate
      const { asked } = source
      source.fault = fault
      await expect.poll(() => source.asked, { interval: 5, timeout: 5000 }).toBeGreaterThan(asked)
      expect(await producer.send('t', { value: 'y' })).toMatchObject({ offset: 1 })
      expect(gate.connections).toBe(connections)
    })
  },
)

test('SASL: credentials that are to be had later in a session renew it', async () => {
  await withSessions(1500, {}, async (kafka, source, gate) => {
    const producer = kafka.producer()
    await producer.send('t', { value: 'x' })
    const { connections, accepted } = gate
    const { asked } = source
    source.fault = 'throws'
    await expect.poll(() => source.asked, { interval: 5, timeout: 5000 }).toBeGreaterThan(asked)
    delete source.fault
    const isRenewed = (): boolean => gate.accepted >= accepted + connections
    await expect.poll(isRenewed, { interval: 5, timeout: 5000 }).toBe(true)
    expect(gate.connections).toBe(connections)
  })
})

test('SASL: credentials that are not to be had yet are asked for again', async () => {
  await withSessions(0, {}, async (kafka, source) => {
    source.fault = 'throws'
    const sending = kafka.producer().send('t', { value: 'x' })
    await expect.poll(() => source.asked, { interval: 5, timeout: 5000 }).toBeGreaterThan(2)
    delete source.fault
    expect(await sending).toMatchObject({ offset: 0 })
  })
})

test('SASL: who never has credentials is told why', async () => {
  await withSessions(0, { timeoutMs: 300 }, async (kafka, source) => {
    source.fault = 'throws'
    const error = await refusal(kafka.producer().send('t', { value: 'x' }))
    expect(error).toMatchObject({ code: 'CREDENTIALS_UNAVAILABLE', outcome: 'not-written' })
    expect(error.message).toContain('503 of the store')
  })
})

test('SASL: a source that hangs ends with the time there is to connect', async () => {
  const options = { connectTimeoutMs: 50, timeoutMs: 300 }
  await withSessions(0, options, async (kafka, source) => {
    source.fault = 'hangs'
    const error = await refusal(kafka.producer().send('t', { value: 'x' }))
    expect(error).toMatchObject({ kind: 'retriable', outcome: 'not-written' })
    expect(source.asked).toBeGreaterThan(1)
  })
})

test('a connection that is not made takes no longer than the call that needs it', async () => {
  await withSessions(0, { timeoutMs: 200 }, async (kafka, source) => {
    source.fault = 'hangs'
    const error = await refusal(kafka.admin().topics.list())
    expect(error.message).toContain('took over 200 ms to make')
  })
})

test.each([
  ['nothing', () => undefined as never],
  ['no password', () => ({ username: 'me' }) as never],
])('SASL: a source that gives %s is told so at once', async (_, given) => {
  const sasl = { mechanism: 'plain' as const, credentials: given }
  const error = await refusal(sendThrough({ authenticate }, { sasl, timeoutMs: 60_000 }))
  expect(error).toMatchObject({ code: 'INVALID_CREDENTIALS', kind: 'usage' })
  expect(error.message).toContain('a username and a password')
})

test('SASL: what a source says is final is', async () => {
  const final = new KafkaError('NO_SUCH_SECRET', 'Nobody made the secret.', { kind: 'config' })
  const sasl = {
    mechanism: 'oauthbearer' as const,
    token() {
      throw final
    },
  }
  const error = await refusal(sendThrough({ authenticate }, { sasl, timeoutMs: 60_000 }))
  expect(error).toMatchObject({ code: 'NO_SUCH_SECRET', kind: 'config' })
})
