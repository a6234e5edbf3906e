// kcat as a driver. It reads records from its standard input, so one call can only make records
// that are alike:
// with or without a key, null or not, and with one constant set of headers.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { Output, readInput, reportAssigned, run } from '../node-contract.mjs'

const KEY_ENDS = '<|key|>'
const RECORD_ENDS = '<|record|>'
const FIELDS = '%t %p %o %K %S %h|'

async function kcat(args, input) {
  const child = spawn('kcat', args, { stdio: ['pipe', 'inherit', 'inherit'] })
  child.stdin.end(input)
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`kcat exited with ${code}`)
}

const kindOf = ({ key, value, headers }) =>
  JSON.stringify([key === null, value === null, headers.map(([name, bytes]) => [name, `${bytes}`])])

async function produce(options) {
  const records = await readInput(options.input)
  for (let from = 0, to = 0; from < records.length; from = to) {
    const kind = kindOf(records[from])
    while (to < records.length && kindOf(records[to]) === kind) to++
    const [keyIsNull, valueIsNull, headers] = JSON.parse(kind)
    const args = ['-P', '-b', options.bootstrap, '-t', options.topic, '-z', options.codec]
    args.push('-D', RECORD_ENDS, '-X', 'partitioner=murmur2_random', '-X', 'acks=all')
    if (!keyIsNull) args.push('-K', KEY_ENDS)
    if (valueIsNull) args.push('-Z')
    if (options.idempotent) args.push('-X', 'enable.idempotence=true')
    for (const [name, value] of headers) args.push('-H', `${name}=${value}`)
    const parts = records.slice(from, to).flatMap(({ key, value }) => {
      const body = [value ?? '', RECORD_ENDS]
      return keyIsNull ? body : [key, KEY_ENDS, ...body]
    })
    await kcat(args, Buffer.concat(parts.map((part) => Buffer.from(part))))
  }
}

/**
 * @returns the first record of `bytes` and what follows it, or undefined when it is not whole yet.
 */
function parseRecord(bytes) {
  const end = bytes.indexOf('|')
  if (end < 0) return undefined
  const fields = `${bytes.subarray(0, end)}`.split(' ')
  const [topic, partition, offset, keyLength, valueLength] = fields
  const valueAt = end + 1 + Math.max(0, keyLength)
  const next = valueAt + Math.max(0, valueLength)
  if (bytes.length < next) return undefined
  const headers = fields.slice(5).join(' ')
  const record = {
    topic,
    partition: Number(partition),
    offset,
    key: keyLength === '-1' ? null : bytes.subarray(end + 1, valueAt),
    value: valueLength === '-1' ? null : bytes.subarray(valueAt, next),
    headers: headers === '' ? [] : headers.split(',').map((pair) => pair.split(/=(.*)/s, 2)),
  }
  return [record, bytes.subarray(next)]
}

/** kcat stores the offset of what it printed and commits when it leaves: with `-c` it is exact. */
async function consume(options) {
  const output = new Output(options)
  const args = ['-b', options.bootstrap, '-u', '-f', `${FIELDS}%k%s`]
  args.push('-X', 'auto.offset.reset=earliest', '-X', 'heartbeat.interval.ms=500')
  args.push('-X', 'fetch.wait.max.ms=200', '-X', 'auto.commit.interval.ms=500')
  if (Number.isFinite(options.count)) args.push('-c', String(options.count))
  const child = spawn('kcat', [...args, '-G', options.group, ...options.topics])
  const left = once(child, 'close')
  let pending = Buffer.alloc(0)
  child.stdout.on('data', (bytes) => {
    pending = Buffer.concat([pending, bytes])
    for (let parsed = parseRecord(pending); parsed; parsed = parseRecord(pending)) {
      output.write(parsed[0])
      pending = parsed[1]
    }
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (words) => {
    const lines = (said + words).split('\n')
    said = lines.pop()
    for (const line of lines) {
      const assigned = / rebalanced .*: assigned: (.*)$/.exec(line)
      if (assigned)
        reportAssigned([...assigned[1].matchAll(/\[(\d+)\]/g)].map(([, p]) => Number(p)))
      else process.stderr.write(`${line}\n`)
    }
  })
  await Promise.race([output.finished, left])
  child.kill('SIGTERM')
  await left
}

await run({ produce, consume })
