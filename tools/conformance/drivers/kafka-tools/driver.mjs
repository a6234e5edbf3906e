// Kafka's own command line tools as a driver: console producer and consumer, perf and verifiable
// tools.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createInterface } from 'node:readline'

import { Output, readInput, run } from '../node-contract.mjs'

const NULL = '<null>'
const KEY_ENDS = '<key>'
const FEATURE = 'transaction.version=1'
const HEADERS_END = '<headers>'

const tool = (name, args) => {
  const java = [...JSON.parse(process.env.PAFKA_JAVA), `org.apache.kafka.tools.${name}`, ...args]
  return spawn('java', java, { stdio: ['pipe', 'pipe', 'inherit'] })
}

async function endOf(child) {
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${child.spawnargs.at(-1)}: a tool exited with ${code}`)
}

const pairs = (flag, values) => Object.entries(values).flatMap(([k, v]) => [flag, `${k}=${v}`])

async function produce({ bootstrap, topic, codec, input }) {
  const reader = pairs('--reader-property', {
    'parse.key': true,
    'parse.headers': true,
    'key.separator': KEY_ENDS,
    'headers.delimiter': HEADERS_END,
    'null.marker': NULL,
  })
  const place = ['--bootstrap-server', bootstrap, '--topic', topic]
  const child = tool('ConsoleProducer', [...place, '--compression-codec', codec, ...reader])
  child.stdout.resume()
  for (const { key, value, headers } of await readInput(input)) {
    const head = headers.map(([name, bytes]) => `${name}:${bytes}`).join(',') || NULL
    const [keyText, valueText] = [key, value].map((bytes) =>
      bytes === null ? NULL : String(bytes),
    )
    child.stdin.write(`${head}${HEADERS_END}${keyText}${KEY_ENDS}${valueText}\n`)
  }
  child.stdin.end()
  await endOf(child)
}

/**
 * One line per record: partition, offset, headers, key and value, parted by what none of them
 * holds.
 */
async function consume(options) {
  const output = new Output(options)
  const formatter = pairs('--formatter-property', {
    'print.partition': true,
    'print.offset': true,
    'print.headers': true,
    'print.key': true,
    'key.separator': KEY_ENDS,
    'headers.separator': HEADERS_END,
    'null.literal': NULL,
  })
  const consumer = pairs('--command-property', { 'fetch.max.wait.ms': 200 })
  const child = tool('consumer.ConsoleConsumer', [
    '--bootstrap-server',
    options.bootstrap,
    '--topic',
    options.topic,
    '--group',
    options.group,
    '--from-beginning',
    '--max-messages',
    String(options.count),
    ...formatter,
    ...consumer,
  ])
  for await (const line of createInterface({ input: child.stdout }))
    output.write(parse(line, options.topic))
  if (child.exitCode === null) await endOf(child)
}

const orNull = (text) => (text === NULL ? null : text)

function parse(line, topic) {
  const [partition, offset, headers, key, ...value] = line.split(KEY_ENDS)
  return {
    topic,
    partition: Number(partition.split(':')[1]),
    offset: offset.split(':')[1],
    key: orNull(key),
    value: orNull(value.join(KEY_ENDS)),
    headers:
      headers === 'NO_HEADERS'
        ? []
        : headers.split(HEADERS_END).map((pair) => pair.split(/:(.*)/s, 2)),
  }
}

async function linesOf(child) {
  const lines = []
  for await (const line of createInterface({ input: child.stdout })) lines.push(line)
  if (child.exitCode === null) await endOf(child)
  return lines
}

async function perf({ bootstrap, topic, group, count }) {
  const place = ['--bootstrap-server', bootstrap, '--topic', topic]
  const size = ['--num-records', String(count), '--record-size', '200', '--throughput', '-1']
  const written = await linesOf(tool('ProducerPerformance', [...place, ...size]))
  const reading = ['--group', group, '--num-records', String(count), '--timeout', '20000']
  const read = await linesOf(tool('ConsumerPerformance', [...place, ...reading]))
  return {
    produced: Number(/^(\d+) records sent.*99.9th/m.exec(written.join('\n'))?.[1]),
    consumed: Number(read.at(-1)?.split(',')[4]),
  }
}

async function verifiable({ bootstrap, topic, group, count }) {
  const place = ['--bootstrap-server', bootstrap, '--topic', topic]
  const sizes = ['--max-messages', String(count)]
  const written = await linesOf(tool('VerifiableProducer', [...place, ...sizes, '--acks', '-1']))
  const reading = [...place, ...sizes, '--group-id', group, '--reset-policy', 'earliest']
  const read = await linesOf(tool('VerifiableConsumer', reading))
  const events = read.map((line) => JSON.parse(line))
  return {
    produced: JSON.parse(written.at(-1)).acked,
    consumed: events
      .filter(({ name }) => name === 'records_consumed')
      .reduce((sum, event) => sum + event.count, 0),
  }
}

/**
 * Members of one share group, which take and acknowledge until all is done with; and what an
 * operator is told of the group then.
 */
async function queues({ bootstrap, topic, group, count }) {
  const place = ['--bootstrap-server', bootstrap, '--topic', topic]
  const acknowledged = []
  const total = Promise.withResolvers()
  const members = ['sync', 'async', 'auto'].map((mode) => {
    const more = ['--group-id', group, '--acknowledgement-mode', mode]
    const reset = ['--offset-reset-strategy', 'earliest']
    return tool('VerifiableShareConsumer', [...place, ...more, ...reset])
  })
  const heard = members.map(async (member) => {
    for await (const line of createInterface({ input: member.stdout })) {
      const { name, success, partitions } = JSON.parse(line)
      if (name !== 'offsets_acknowledged' || !success) continue
      for (const { partition, offsets } of partitions) {
        acknowledged.push(...offsets.map((offset) => `${partition} ${offset}`))
      }
      if (acknowledged.length >= Number(count)) total.resolve()
    }
  })
  const ended = Promise.all(heard).then(() => total.resolve())
  const sizes = ['--max-messages', String(count), '--acks', '-1']
  const written = await linesOf(tool('VerifiableProducer', [...place, ...sizes]))
  await total.promise
  for (const member of members) member.kill('SIGTERM')
  await ended
  const ask = ['--bootstrap-server', bootstrap, '--describe', '--group', group]
  const told = await linesOf(tool('consumer.group.ShareGroupCommand', ask))
  return {
    produced: JSON.parse(written.at(-1)).acked,
    acknowledged: acknowledged.length,
    once: new Set(acknowledged).size,
    lags: told.filter((line) => line.startsWith(group)).map((line) => line.trim().split(/ +/)[4]),
  }
}

/** What the tools of an operator say of features, quorum, leaders and clients' metrics. */
async function operate({ bootstrap, topic }) {
  const place = ['--bootstrap-server', bootstrap]
  const ask = (name, ...args) => linesOf(tool(name, [...place, ...args]))
  const quorum = await ask('MetadataQuorumCommand', 'describe', '--status')
  const asked = ['--election-type', 'preferred', '--topic', topic, '--partition', '0']
  const subscription = ['--name', topic]
  const wish = ['--metrics', 'a.b', '--interval', '5000', '--match', 'client_id=x.*']
  await ask('ClientMetricsCommand', '--alter', ...subscription, ...wish)
  const metrics = await ask('ClientMetricsCommand', '--describe', ...subscription)
  await ask('ClientMetricsCommand', '--delete', ...subscription)
  return {
    features: await ask('FeatureCommand', 'describe'),
    downgrade: await ask('FeatureCommand', 'downgrade', '--feature', FEATURE, '--dry-run'),
    leaderId: /^LeaderId: +(-?\d+)$/m.exec(quorum.join('\n'))?.[1],
    election: await ask('LeaderElectionCommand', ...asked),
    metrics: metrics.slice(1).map((line) => line.trim()),
    subscriptions: await ask('ClientMetricsCommand', '--list'),
  }
}

/** Many calls in one JVM: a line of input for each, a line of output for what came of it. */
async function calls({ input, output }) {
  const java = [...JSON.parse(process.env.PAFKA_JAVA), 'Calls']
  const child = spawn('java', java, { stdio: ['pipe', 'pipe', 'inherit'] })
  await Promise.all([
    endOf(child),
    pipeline(createReadStream(input), child.stdin),
    pipeline(child.stdout, createWriteStream(output)),
  ])
}

await run({ produce, consume, perf, verifiable, operate, queues, calls })
