import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { command } from './install/toolbox.ts'

const STARTED = 'Kafka Server started'
const START_LIMIT_MS = 120_000
const STOP_LIMIT_MS = 30_000
/** Of Kafka's own log only what says that it serves, and what goes wrong. */
const LOG = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
]

export interface KafkaProcess extends AsyncDisposable {
  readonly bootstrap: string
  /** What it logged so far. */
  readonly output: string
}

/**
 * A real Apache Kafka: one node that is broker and controller (KRaft), with data in a temporary
 * folder that goes with it. @param configs beside those that one node needs
 */
export async function startKafka(
  classpath: string,
  configs: Readonly<Record<string, string | number>>,
): Promise<KafkaProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'pafka-kafka-'))
  try {
    const [port, controllerPort] = await freePorts()
    const file = join(folder, 'server.properties')
    await writeFile(file, properties({ ...basics(folder, port, controllerPort), ...configs }))
    // any id will do, for nothing else has the folder
    const format = ['kafka.tools.StorageTool', 'format', '-t', 'cGFma2EtY29uZm9ybWFuYQ', '-c', file]
    await command('java', ['-Xmx128m', '-cp', classpath, ...format])
    return await start(classpath, { folder, file, bootstrap: `127.0.0.1:${port}` })
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

interface Place {
  readonly folder: string
  readonly file: string
  readonly bootstrap: string
}

async function start(classpath: string, { folder, file, bootstrap }: Place): Promise<KafkaProcess> {
  const args = ['-Xmx512m', '-XX:+UseSerialGC', ...LOG, '-cp', classpath, 'kafka.Kafka', file]
  const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const started = Promise.withResolvers<void>()
  let output = ''
  const listen = (text: string): void => {
    output += text
    if (output.includes(STARTED)) started.resolve()
  }
  child.stdout.setEncoding('utf8').on('data', listen)
  child.stderr.setEncoding('utf8').on('data', listen)
  const fail = (): void => started.reject(new Error(`Kafka does not start:\n${output}`))
  child.once('close', fail)
  const limit = setTimeout(fail, START_LIMIT_MS)
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await ended
    clearTimeout(kill)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await started.promise
  } catch (error) {
    await stop()
    throw error
  } finally {
    clearTimeout(limit)
  }
  return {
    bootstrap,
    get output() {
      return output
    },
    [Symbol.asyncDispose]: stop,
  }
}

/** Kafka has to name its ports before it has them; so two are found that nobody has now. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()]
  const ports = servers.map(async (server) => {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return (server.address() as AddressInfo).port
  })
  const [one = 0, other = 0] = await Promise.all(ports)
  await Promise.all(servers.map(async (server) => once(server.close(), 'close')))
  return [one, other]
}

function basics(folder: string, port: number, controllerPort: number): Record<string, string> {
  const single = [
    'offsets.topic.replication.factor',
    'transaction.state.log.replication.factor',
    'transaction.state.log.min.isr',
    'share.coordinator.state.topic.replication.factor',
    'share.coordinator.state.topic.min.isr',
  ]
  const few = [
    'offsets.topic.num.partitions',
    'transaction.state.log.num.partitions',
    'share.coordinator.state.topic.num.partitions',
  ]
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'data'),
    ...Object.fromEntries(single.map((name) => [name, '1'])),
    ...Object.fromEntries(few.map((name) => [name, '4'])), // as many folders are made
    'log.cleaner.enable': 'false', // it takes 128 MB
  }
}

function properties(configs: Readonly<Record<string, string | number>>): string {
  return Object.entries(configs)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
