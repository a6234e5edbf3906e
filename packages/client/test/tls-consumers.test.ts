import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer as createPlain } from 'node:net'
import { join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'

import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka } from '../src/index.ts'
import { Gate } from './gate.ts'
import { refusal } from './refusal.ts'

function pem(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'fixtures', name))
}

const SERVER: TlsOptions = { cert: pem('broker.pem'), key: pem('broker.key') }
const ca = pem('ca.pem')

const WAYS: Record<string, (kafka: Kafka) => Promise<unknown>> = {
  next: async (kafka) => kafka.consumer('g', 't').next(),
  'for await': async (kafka) => {
    for await (const record of kafka.consumer('g', 't')) void record
  },
  batches: async (kafka) => kafka.consumer('g', 't').batches().next(),
  partitions: async (kafka) => kafka.consumer('g', 't').partitions().next(),
  run: async (kafka) => kafka.consumer('g', 't').run(() => {}),
  'a pattern': async (kafka) => kafka.consumer('g', /t/u).next(),
  'the protocol consumer': async (kafka) =>
    kafka.consumer('g', 't', { protocol: 'consumer' }).next(),
  'a reader': async (kafka) => kafka.reader('t').next(),
  'a share consumer': async (kafka) => kafka.shareConsumer('g', 't').next(),
  'a pipe': async (kafka) => kafka.pipe({ group: 'g', from: 't', to: 'to' }, () => {}),
}

test.each(Object.entries(WAYS))(
  'a certificate that is not believed is told: %s',
  async (_name, read) => {
    const server = createServer(SERVER)
    server.on('tlsClientError', () => {})
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    // it would be waited out for longer than the test may take
    await using kafka = new Kafka({ brokers: `localhost:${port}`, tls: true, timeoutMs: 600_000 })
    expect(await refusal(read(kafka))).toMatchObject({ code: 'TLS_FAILED', kind: 'auth' })
    server.close()
  },
)

test('a broker that is not there yet is waited for, and not told', async () => {
  const placeholder = createPlain().listen(0, '127.0.0.1')
  await once(placeholder, 'listening')
  const { port } = placeholder.address() as AddressInfo
  placeholder.close()
  await once(placeholder, 'close')
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka({ brokers: `localhost:${port}`, tls: { ca } })
  const refused = Promise.withResolvers<void>()
  const consumer = kafka.consumer('g', 't')
  const next = consumer.next()
  const looking = createPlain((socket) => {
    refused.resolve()
    socket.destroy()
  })
  looking.listen(port, '127.0.0.1')
  // a connection that breaks in the midst of it is no refusal, either
  await refused.promise
  looking.close()
  await once(looking, 'close')
  await using gate = new Gate({ port: broker.port, tls: SERVER })
  await gate.open(port)
  await using sending = new Kafka(broker.bootstrap)
  await sending.producer().send('t', { value: 'x' })
  expect((await next).value?.offset).toBe(0)
  await consumer.close()
})
