import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import { errnoOf, PafkaError, SECOND_MS } from '@pafka/base'

const LOOK_MS = 20
const MOST_MS = 60 * SECOND_MS

/**
 * Waits until no other process of this machine has what is named so, and has it then. A process
 * that dies has it no longer: it is a socket without a file, which only Linux knows; elsewhere
 * nobody waits.
 * @throws {PafkaError} LAB_BUSY
 */
export async function onlyOne(name: string): Promise<AsyncDisposable> {
  if (process.platform !== 'linux') return { async [Symbol.asyncDispose]() {} }
  for (let waitedMs = 0; waitedMs < MOST_MS; waitedMs += LOOK_MS) {
    // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
    const server = await taken(`\0pafka-${name}`)
    if (server !== undefined) {
      return { [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')) }
    }
    // oxlint-disable-next-line no-await-in-loop -- until the other one has done
    await sleep(LOOK_MS)
  }
  throw new PafkaError('LAB_BUSY', `another process has ${name} for over ${MOST_MS / SECOND_MS} s`)
}

/** @returns undefined when another one has it */
async function taken(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy())
  try {
    await once(server.listen({ path }), 'listening')
    return server
  } catch (error) {
    if (errnoOf(error) === 'EADDRINUSE') return undefined
    throw error
  }
}
