import { once } from 'node:events'
import type { Socket } from 'node:net'

import { ApiVersions, IncrementalAlterConfigs } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { expect, test, vi } from 'vitest'

import { Broker } from '../src/index.ts'
import { WireClient } from '../src/try/wire-client.ts'
import { allQuotas, setQuotas } from './quota-requests.ts'
import { rawSocket } from './wire.ts'

async function dial(broker: Broker): Promise<Socket> {
  const socket = rawSocket(broker.port)
  await once(socket, 'connect')
  socket.resume()
  return socket
}

/** After long enough for one that nothing holds open. */
async function isClosed(socket: Socket): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 50))
  return socket.closed
}

test('an address that connects too often is kept waiting, and then closed', async () => {
  const clock = new ManualClock()
  const config = { 'quota.window.num': 2 }
  await using broker = await Broker.start({ clock, config })
  using admin = await WireClient.connect(broker.bootstrap)
  await setQuotas(admin, { ip: '127.0.0.1' }, { connection_creation_rate: 1 })
  const first = await dial(broker)
  const second = await dial(broker)
  expect(await isClosed(first)).toBe(false)
  expect(await isClosed(second)).toBe(false)
  clock.advance(1000)
  await vi.waitFor(() => expect(second.closed).toBe(true))
  expect(await isClosed(first)).toBe(false)
  // who is connected is served; who is refused is not
  expect(await allQuotas(admin)).toEqual(['ip=127.0.0.1: connection_creation_rate=1'])
  clock.advance(5000)
  const third = await dial(broker)
  clock.advance(2000)
  expect(await isClosed(third)).toBe(false)
  for (const socket of [first, second, third]) socket.destroy()
})

test('a broker that stops does not wait for those it keeps waiting', async () => {
  const clock = new ManualClock()
  const broker = await Broker.start({ clock, config: { 'quota.window.num': 2 } })
  {
    using admin = await WireClient.connect(broker.bootstrap)
    await setQuotas(admin, { ip: null }, { connection_creation_rate: 1 })
  }
  const sockets = [await dial(broker), await dial(broker), await dial(broker)]
  await broker.stop()
  await vi.waitFor(() => expect(sockets.every((socket) => socket.closed)).toBe(true))
})

/** Whether the broker answers within the time that it takes to look. */
async function isServed(client: WireClient): Promise<boolean> {
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 50))
  const told = client.send(ApiVersions, 0, { clientSoftwareName: '', clientSoftwareVersion: '' })
  return Promise.race([
    told.then(
      () => true,
      () => false,
    ),
    late,
  ])
}

test('where all come too often, each is let in, one after the other', async () => {
  const clock = new ManualClock()
  const config = { 'quota.window.num': 2 }
  await using broker = await Broker.start({ clock, config })
  using admin = await WireClient.connect(broker.bootstrap)
  const configs = [{ name: 'max.connection.creation.rate', configOperation: 0, value: '1' }]
  const resources = [{ resourceType: 4, resourceName: '', configs }]
  const altered = await admin.send(IncrementalAlterConfigs, 1, { resources, validateOnly: false })
  expect(altered.responses).toMatchObject([{ errorCode: 0 }])
  using first = await WireClient.connect(broker.bootstrap)
  expect(await isServed(first)).toBe(true)
  using second = await WireClient.connect(broker.bootstrap)
  expect(await isServed(second)).toBe(false)
  using third = await WireClient.connect(broker.bootstrap)
  clock.advance(1000)
  expect(await isServed(second)).toBe(true)
  expect(await isServed(third)).toBe(false)
  clock.advance(1000)
  expect([await isServed(third), await isServed(admin)]).toEqual([true, true])
})

test('a port for brokers is open, however often others connect', async () => {
  const config = {
    listeners: 'CLIENTS://127.0.0.1:0,BROKERS://127.0.0.1:0',
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT',
    'inter.broker.listener.name': 'BROKERS',
    'max.connection.creation.rate': 0,
  }
  await using broker = await Broker.start({ clock: new ManualClock(), config })
  const [clients = '', brokers = ''] = broker.addresses
  using outside = await WireClient.connect(clients)
  using inside = await WireClient.connect(brokers)
  expect([await isServed(outside), await isServed(inside)]).toEqual([false, true])
})
