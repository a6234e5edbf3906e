// Kafka Connect's workers as a driver: a file source and a file sink, on one topic of one
// partition.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { run } from '../node-contract.mjs'

const LIMIT_MS = 25_000
const FILE_STREAM = 'org.apache.kafka.connect.file.FileStream'
const TEXT = 'org.apache.kafka.connect.storage.StringConverter'

const properties = (values) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}

/** @param arrived whether it did; asked again and again. */
async function until(arrived, what) {
  const end = performance.now() + LIMIT_MS
  while (!(await arrived())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${LIMIT_MS} ms`)
    await sleep(50)
  }
}

const linesOf = (path) =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []

const common = (bootstrap, port) => ({
  'bootstrap.servers': bootstrap,
  'key.converter': TEXT,
  'value.converter': TEXT,
  'plugin.discovery': 'service_load',
  'offset.flush.interval.ms': 500,
  listeners: `http://127.0.0.1:${port}`,
  'consumer.isolation.level': 'read_committed',
  'consumer.auto.offset.reset': 'earliest',
  'consumer.session.timeout.ms': 6000, // one that was killed is missed so late
  'consumer.heartbeat.interval.ms': 1000,
})

const sourceOf = (topic, file) => ({
  name: `${topic}-source`,
  'connector.class': `${FILE_STREAM}SourceConnector`,
  'tasks.max': 1,
  topic,
  file,
})

const sinkOf = (topic, file, name) => ({
  name: `${topic}-${name}`,
  'connector.class': `${FILE_STREAM}SinkConnector`,
  'tasks.max': 1,
  topics: topic,
  file,
})

/** One worker process. */
class Worker {
  constructor(kind, configs) {
    const main = `org.apache.kafka.connect.cli.Connect${kind}`
    const java = [...JSON.parse(process.env.PAFKA_JAVA), main, ...configs]
    this.words = ''
    this.child = spawn('java', java, { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on('data', (bytes) => (this.words = (this.words + bytes).slice(-4000)))
    this.ended = once(this.child, 'close')
  }

  /** As `until`, while the worker lives. */
  until(arrived, what) {
    const dead = () => this.child.exitCode !== null || this.child.signalCode !== null
    return until(() => {
      if (dead()) throw new Error(`${what}: the worker ended: ${this.words}`)
      return arrived()
    }, what)
  }

  async end(signal = 'SIGTERM') {
    this.child.kill(signal)
    const late = setTimeout(() => this.child.kill('SIGKILL'), 5000)
    await this.ended
    clearTimeout(late)
  }
}

/** What a file source reads, a file sink writes; one process, which keeps its offsets in a file. */
async function standalone({ bootstrap, topic, input, output, count }) {
  const folder = dirname(output)
  const files = [
    { ...common(bootstrap, await freePort()), 'offset.storage.file.filename': `${output}.offsets` },
    sourceOf(topic, input),
    sinkOf(topic, output, 'sink'),
  ].map((values, at) => {
    const path = join(folder, `${topic}-${at}.properties`)
    writeFileSync(path, properties(values))
    return path
  })
  const worker = new Worker('Standalone', files)
  try {
    await worker.until(() => linesOf(output).length >= count, `${count} lines are copied`)
  } finally {
    await worker.end()
  }
}

/** What a worker of a cluster of its own is told; all that it knows lies in topics. */
const clustered = (bootstrap, port, topic) => ({
  ...common(bootstrap, port),
  ...Object.fromEntries(
    ['config', 'offset', 'status'].flatMap((kind) => [
      [`${kind}.storage.topic`, `${topic}-${kind}`],
      [`${kind}.storage.replication.factor`, 1],
    ]),
  ),
  'group.id': `${topic}-workers`,
  'exactly.once.source.support': 'enabled',
  // a transaction of the one that is killed keeps the next one from its offsets until it times out
  'producer.transaction.timeout.ms': 3000,
  'session.timeout.ms': 6000,
  'heartbeat.interval.ms': 2000,
  'scheduled.rebalance.max.delay.ms': 0,
})

/** The connectors of a worker, by its REST interface. */
class Connectors {
  constructor(port) {
    this.at = `http://127.0.0.1:${port}/connectors`
  }

  isServing() {
    return fetch(this.at).then(
      ({ ok }) => ok,
      () => false,
    )
  }

  /** @returns false while a rebalance goes on: it is to be tried again. */
  async put({ name, ...values }) {
    const body = JSON.stringify(values)
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${this.at}/${name}/config`, { method: 'PUT', body, headers })
    if (answer.ok || answer.status === 409) return answer.ok
    throw new Error(`${name}: ${answer.status} ${await answer.text()}`)
  }

  /** Of each connector and its tasks. */
  async states() {
    const names = await (await fetch(this.at)).json()
    const asked = names.toSorted().map(async (name) => {
      const { connector, tasks } = await (await fetch(`${this.at}/${name}/status`)).json()
      return [connector, ...tasks].map(({ state }) => state).join(' ')
    })
    return Promise.all(asked)
  }
}

/** Writes a file little by little, over some ten seconds. */
async function grow(path, lines) {
  const few = Math.ceil(lines.length / 200)
  for (let at = 0; at < lines.length; at += few) {
    const some = lines.slice(at, at + few).map((line) => `${line}\n`)
    appendFileSync(path, some.join(''))
    await sleep(50)
  }
}

/**
 * The same with configs, offsets and status in topics, the source in transactions, while the file
 * grows. The worker is killed in the midst of it; a sink that comes at last reads what was
 * committed.
 */
async function distributed({ bootstrap, topic, input, output, count }) {
  const folder = mkdtempSync(join(tmpdir(), 'pafka-connect-'))
  const [first, file] = [join(folder, 'first.txt'), join(folder, 'input.txt')]
  const lines = linesOf(input)
  const growing = grow(file, lines)
  const port = await freePort()
  const config = join(folder, 'worker.properties')
  writeFileSync(config, properties(clustered(bootstrap, port, topic)))
  const connectors = new Connectors(port)
  const make = (connector) => worker.until(() => connectors.put(connector), connector.name)
  let worker = new Worker('Distributed', [config])
  try {
    await worker.until(() => connectors.isServing(), 'the worker serves')
    await make(sourceOf(topic, file))
    await make(sinkOf(topic, first, 'sink'))
    await worker.until(() => linesOf(first).length > 0, 'something is copied')
    await worker.end('SIGKILL')
    worker = new Worker('Distributed', [config])
    await growing
    await worker.until(() => connectors.isServing(), 'the worker serves again')
    await worker.until(() => linesOf(first).at(-1) === lines.at(-1), 'all is copied')
    await make(sinkOf(topic, output, 'late'))
    await worker.until(() => linesOf(output).length >= count, 'all is read again')
    return { states: await connectors.states() }
  } finally {
    await worker.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

await run({ standalone, distributed })
