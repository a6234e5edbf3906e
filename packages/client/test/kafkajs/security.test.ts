import { Broker } from '@pafka/broker'
import * as theirs from 'kafkajs'
import { expect, test } from 'vitest'

import * as ours from '../../src/kafkajs/index.ts'
import { Gate, type GateOptions } from '../gate.ts'

const PROOF = '\0me\0secret'

const authenticate = (said: string): string | undefined => {
  return said === PROOF ? undefined : 'Invalid username or password'
}

const anybody = (): undefined => undefined

/** As its documentation has it: what is sent has its size before it. */
const custom: ours.Mechanism = {
  mechanism: 'x-own',
  authenticationProvider: ({ saslAuthenticate, host, port }) => ({
    authenticate: async () => {
      const parsed = await saslAuthenticate({
        request: { encode: () => sized(PROOF) },
        response: {
          decode: (raw) => raw.subarray(4, 4 + raw.readInt32BE(0)),
          parse: (bytes) => `${bytes.length} bytes of ${typeof host}:${typeof port}`,
        },
      })
      if (parsed !== '0 bytes of string:number') throw new Error(`it said ${String(parsed)}`)
    },
  }),
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text)
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length, 0)
  return Buffer.concat([size, bytes])
}

/** Connects through a gate. @returns what was said there, and what came of it */
async function connected(
  api: Pick<typeof ours, 'Kafka'>,
  sasl: NonNullable<ours.KafkaConfig['sasl']>,
  options: Omit<GateOptions, 'port'>,
): Promise<unknown[]> {
  await using broker = await Broker.start()
  await using gate = new Gate({ authenticate, ...options, port: broker.port })
  const brokers = [await gate.open()]
  const retry = { retries: 1, initialRetryTime: 10 }
  const admin = new api.Kafka({ brokers, sasl, logLevel: 0, retry }).admin()
  try {
    await admin.connect()
    await admin.listTopics()
    return ['connected', gate.said[0]]
  } catch (error) {
    const { name, retriable } = error as ours.KafkaJSError
    return [name, retriable, gate.said[0]]
  } finally {
    await admin.disconnect()
  }
}

const me = { username: 'me', password: 'secret' }
const provider = (value: string) => () => Promise.resolve({ value })
const keys = { authorizationIdentity: 'id', accessKeyId: 'key', secretAccessKey: 'secret' }

test.each([
  ['PLAIN', { mechanism: 'plain', ...me }, {}],
  ['another password', { mechanism: 'plain', ...me, password: 'guessed' }, {}],
  ['a mechanism of its own', custom, { mechanisms: ['X-OWN'] }],
  [
    'a token',
    { mechanism: 'oauthbearer', oauthBearerProvider: provider('t') },
    { mechanisms: ['OAUTHBEARER'], authenticate: anybody },
  ],
  ['keys of AWS', { mechanism: 'aws', ...keys }, { mechanisms: ['AWS'], authenticate: anybody }],
] as const)('SASL says the same as kafkajs: %s', async (_, sasl, options) => {
  const own = await connected(ours, sasl, options)
  const { Kafka } = theirs
  const api = { Kafka } as unknown as Pick<typeof ours, 'Kafka'>
  expect(own).toEqual(await connected(api, { ...sasl }, options))
})

test('a socket factory is refused, and brokers may be asked for each time', async () => {
  const { Kafka, KafkaJSNotImplemented } = ours
  const socketFactory = (): never => {
    throw new Error('not called')
  }
  expect(() => new Kafka({ brokers: ['b:1'], socketFactory })).toThrow(KafkaJSNotImplemented)
  await using broker = await Broker.start()
  let asked = 0
  const brokers = (): Promise<string[]> => {
    asked += 1
    return Promise.resolve([broker.bootstrap])
  }
  const admin = new Kafka({ brokers, logLevel: ours.logLevel.NOTHING }).admin()
  for (let round = 0; round < 2; round++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await admin.connect()
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect((await admin.describeCluster()).brokers).toHaveLength(1)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await admin.disconnect()
  }
  expect(asked).toBe(2)
})
