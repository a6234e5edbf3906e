import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { PafkaError, SECOND_MS } from '@pafka/base'

/** A broker of this project, in a process of its own. */
export interface LabBroker extends AsyncDisposable {
  /** `host:port` */
  readonly address: string
}

const LISTENING = /listening on (\S+:\d+)/u
const START_MS = 30 * SECOND_MS
const STOP_MS = 120 * SECOND_MS

/**
 * Starts one.
 * @param folder for its `server.properties`
 * @param begun told of its process, before it does anything
 * @throws {PafkaError} with what it printed, when it does not start
 */
export async function startBroker(
  folder: string,
  configs: Readonly<Record<string, string>>,
  begun: (pid: number) => void,
): Promise<LabBroker> {
  const properties = join(folder, 'server.properties')
  const all = { listeners: 'PLAINTEXT://127.0.0.1:0', ...configs }
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(properties, lines.join(''))
  const child = spawn(process.execPath, [...programOf(), properties], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // an interrupt is for who started it, which stops it in its own time
    detached: process.platform !== 'win32',
  })
  const ended = once(child, 'close')
  let output = ''
  const listening = Promise.withResolvers<string>()
  const fail = (): void => {
    listening.reject(new PafkaError('NO_BROKER', `the broker does not start:\n${output}`))
  }
  const limit = setTimeout(fail, START_MS)
  child.once('close', fail)
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-10_000)
      const address = LISTENING.exec(output)?.[1]
      if (address !== undefined) listening.resolve(address)
    })
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await ended.finally(() => clearTimeout(kill))
  }
  try {
    if (child.pid !== undefined) begun(child.pid)
    return { address: await listening.promise, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(limit)
  }
}

/** As it was installed, or its source, as this program itself. */
function programOf(): string[] {
  const entry = createRequire(import.meta.url).resolve('@pafka/broker')
  const isSource = entry.endsWith('.ts')
  const main = join(dirname(entry), isSource ? 'main.ts' : 'main.js')
  const source = ['--conditions=@pafka/source', '--disable-warning=ExperimentalWarning']
  return isSource ? [...source, main] : [main]
}
