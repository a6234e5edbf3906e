import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../../apps/broker/src/main.ts', import.meta.url))
const LISTENING = /listening on (\S+:\d+)/
const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 20_000

export interface BrokerUnderTest extends AsyncDisposable {
  readonly bootstrap: string
  /** What it printed and logged so far, for whoever looks for the cause of a failure. */
  readonly output: string
}

/**
 * Our broker as a process of its own, on a free port, with data in a temporary folder that goes
 * with it.
 */
export async function startBroker(): Promise<BrokerUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'pafka-conformance-'))
  const overrides = [
    'listeners=PLAINTEXT://127.0.0.1:0',
    `log.dirs=${folder}`,
    'group.consumer.min.heartbeat.interval.ms=500',
    'group.consumer.heartbeat.interval.ms=500', // as the drivers ask for in classic groups
    'group.streams.initial.rebalance.delay.ms=0',
    'group.streams.min.heartbeat.interval.ms=500',
    'group.streams.heartbeat.interval.ms=500',
    'group.streams.min.session.timeout.ms=6000',
    'group.streams.session.timeout.ms=6000', // an application that was killed is soon known to be
  ].flatMap((override) => ['--override', override])
  const args = ['--conditions=@pafka/source', MAIN, ...overrides]
  const otherVariables = Object.entries(process.env).filter(([name]) => !name.startsWith('PAFKA_'))
  const child = spawn(process.execPath, args, {
    env: Object.fromEntries(otherVariables), // nobody's settings but these
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let output = ''
  const listening = Promise.withResolvers<string>()
  const listen = (text: string): void => {
    output += text
    const address = LISTENING.exec(output)?.[1]
    if (address !== undefined) listening.resolve(address)
  }
  child.stdout.setEncoding('utf8').on('data', listen)
  child.stderr.setEncoding('utf8').on('data', listen)
  const fail = (): void => listening.reject(new Error(`the broker does not listen:\n${output}`))
  const limit = setTimeout(fail, START_LIMIT_MS)
  child.once('close', fail)
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await ended
    clearTimeout(kill)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    return {
      bootstrap: await listening.promise,
      get output() {
        return output
      },
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(limit)
  }
}
