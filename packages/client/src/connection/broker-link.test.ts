import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { seededRandom } from '@pafka/base'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { refusal } from '../../test/refusal.ts'
import { clientClosed } from '../errors/client-errors.ts'
import { BrokerLink } from './broker-link.ts'

/** As long as the first wait may take, and as long as any may. */
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2000
/** For a connection that should not be made. */
const PATIENCE_MS = 50

/** A broker that ends each connection at once, and a link to it. */
async function stage() {
  let attempts = 0
  const server = createServer((socket) => {
    attempts += 1
    socket.on('error', () => {}).destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const clock = new ManualClock()
  const lost: string[] = []
  const link = new BrokerLink({
    address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    ...{ clientId: 'test', tls: undefined, sasl: undefined, softwareVersion: '1', clock },
    ...{ connectTimeoutMs: 10_000, random: seededRandom(1) },
    onLost: ({ code }) => lost.push(code),
  })
  return {
    ...{ clock, link },
    attempts: (): number => attempts,
    async [Symbol.asyncDispose]() {
      server.close()
      await once(server, 'close')
    },
  }
}

test('a connection that could not be made is not tried again at once, but later', async () => {
  await using one = await stage()
  const { clock, link, attempts } = one
  expect(await refusal(link.connection('control'))).toMatchObject({ kind: 'retriable' })
  expect(attempts()).toBe(1)
  for (const waitMs of [FIRST_WAIT_MS, LONGEST_WAIT_MS]) {
    const before = attempts()
    const failed = refusal(link.connection('control'))
    // oxlint-disable-next-line no-await-in-loop -- nothing comes meanwhile
    await delay(PATIENCE_MS)
    expect(attempts()).toBe(before)
    clock.advance(waitMs)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await failed
    expect(attempts()).toBe(before + 1)
  }
})

test('all lanes wait together, and who closes the link waits for nothing', async () => {
  await using one = await stage()
  const { link, attempts } = one
  await refusal(link.connection('control'))
  const waiting = (['control', 'produce', 'fetch-1'] as const).map(async (lane) =>
    refusal(link.connection(lane)),
  )
  await delay(PATIENCE_MS)
  expect(attempts()).toBe(1)
  link.close(clientClosed('client'))
  const codes = (await Promise.all(waiting)).map(({ code }) => code)
  expect(codes).toEqual(['CLOSED', 'CLOSED', 'CLOSED'])
  expect(attempts()).toBe(1)
})
