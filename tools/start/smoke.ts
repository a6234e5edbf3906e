// What .ci/run does after installing: `npx pnpm start` as a person types it, one record through
// it with kafkajs, one with the command that the banner names, and a clean end.
import { temporaryFolder } from '@pafka/testing'
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { roundTrip } from './round-trip.ts'
import { StartedBroker } from './started-broker.ts'

/** Kafka's own marker: written when everything else is. */
const CLEAN_SHUTDOWN = '.kafka_cleanshutdown'
const ROOT = join(import.meta.dirname, '../..')

async function isOpen(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host)
  const open = new Promise<boolean>((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  })
  return open.finally(() => socket.destroy())
}

/** npm may be gone before the broker that it started. */
async function waitUntilClosed(host: string, port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (!(await isOpen(host, port))) return
    await sleep(100)
  }
  throw new Error(`${host}:${port} is still open`)
}

await using data = await temporaryFolder()
const overrides = ['listeners=PLAINTEXT://localhost:0', `log.dirs=${data.path}`]
const command = ['npx', 'pnpm', 'start', ...overrides.flatMap((text) => ['--override', text])]
const broker = await StartedBroker.start(command, { cwd: ROOT, wholeGroup: true })
try {
  console.log(broker.output.trimEnd())
  assert.equal(await roundTrip(broker.bootstrap, 'through npx'), 'through npx')
  console.log('kafkajs produced and consumed a record')
  const tried = ['pnpm', 'start', '--try', broker.bootstrap]
  const { stdout } = await promisify(execFile)('npx', tried, { cwd: ROOT })
  assert.match(stdout, /consumed/)
  console.log(stdout.trimEnd())
} finally {
  await broker.stop() // how it ended is npx's word, and npx says that a signal ended it
}
await waitUntilClosed(broker.host, broker.port)
assert.ok(existsSync(join(data.path, CLEAN_SHUTDOWN)), 'the broker shut down cleanly')
console.log('SIGTERM: stopped cleanly')
