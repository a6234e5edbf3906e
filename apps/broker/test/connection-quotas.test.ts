import { once } from 'node:events'
import type { Socket } from 'node:net'

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
