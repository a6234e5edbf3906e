import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { PafkaError, SECOND_MS } from '@pafka/base'

import { brokerComplaint } from './broker-complaint.ts'

/** A broker of this project, in a process of its own. */
export interface LabBroker extends AsyncDisposable {
  /** `host:port` */
  readonly address: string
  /** What it said last of an error; undefined for nothing. */
  complaint(): string | undefined
}

const LISTENING = /listening on (\S+:\d+)/u
const START_MS = 30 * SECOND_MS
const STOP_MS = 120 * SECOND_MS

/** Of its file in its folder: its last argument. */
export const PROPERTIES = 'server.properties'

/**
 * An argument for Node: it ends when its standard input does, however the lab ended. At once, for
 * what it has is thrown away. Its threads have that argument too.
 */
export const ENDS_WITH_LAB: string = `--import=data:text/javascript,${[
  'import{isMainThread}from"node:worker_threads"',
  'const{stdin}=process',
  'if(isMainThread)stdin.on("end",()=>process.kill(process.pid,"SIGKILL")).resume().unref()',
].join(';')}`

export interface BrokerStart {
  readonly configs: Readonly<Record<string, string>>
  /** Told of its process, before it does anything. */
  readonly begun: (pid: number) => void
  /** Once it is aborted, the broker ends at once when it is to end. */
  readonly signal: AbortSignal
}

/**
 * Starts one.
 * @param folder for its `server.properties`
 * @throws {PafkaError} with what it printed, when it does not start
 */
export async function startBroker(
  folder: string,
  { configs, begun, signal }: BrokerStart,
): Promise<LabBroker> {
  const properties = join(folder, PROPERTIES)
  const all = { listeners: 'PLAINTEXT://127.0.0.1:0', ...configs }
  const lines = Object.entries(all).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(properties, lines.join(''))
  const child = spawn(process.execPath, [ENDS_WITH_LAB, ...programOf(), properties], {
    stdio: ['pipe', 'pipe', 'pipe'],
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
  const kill = (): void => void child.kill('SIGKILL')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const timer = setTimeout(kill, signal.aborted ? 0 : STOP_MS)
    signal.addEventListener('abort', kill)
    await ended.finally(() => clearTimeout(timer))
    signal.removeEventListener('abort', kill)
  }
  signal.addEventListener('abort', kill)
  try {
    if (child.pid !== undefined) begun(child.pid)
    const address = await listening.promise
    return { address, complaint: () => brokerComplaint(output), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  } finally {
    signal.removeEventListener('abort', kill)
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
