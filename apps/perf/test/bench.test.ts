import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Broker } from '@pafka/broker'
import { Kafka } from '@pafka/client'
import { temporaryFolder } from '@pafka/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { PERF, type PerfSaid, runPerf } from './perf-process.ts'

/**
 * In place of ssh: does the command here, in a shell as there. Hosts have their ways, by which they
 * are called.
 */
const FAKE_SSH = `
import { spawn } from 'node:child_process'
const [host, command] = process.argv.slice(-2)
if (host === 'refuses') {
  console.error('Permission denied (publickey).')
  process.exit(255)
}
if (host === 'old') console.log('{"kind":"hello","version":"0.0.0-old","node":"v1"}')
if (host === 'greets') console.log('Welcome to greets!')
const out = host === 'hangs' ? 'pipe' : 'inherit'
const child = spawn(command, { shell: true, stdio: ['pipe', out, 'inherit'] })
child.stdout?.pipe(process.stdout)
child.on('exit', (code) => process.exit(code ?? 1))
process.stdin.on('end', () => child.stdin.end())
process.stdin.on('data', (orders) => {
  child.stdin.write(orders)
  if (String(orders).includes('"start"')) setTimeout(midway, 1500)
})
function midway() {
  const mad = '{"kind":"window","client":99,"records":1,"bytes":1,"failed":0}'
  if (host === 'mad') console.log(mad)
  if (host === 'hangs') process.kill(process.pid, 'SIGSTOP')
  if (host !== 'dies') return
  child.kill('SIGKILL')
  process.exit(3)
}
`

let broker: Broker
let folder: Awaited<ReturnType<typeof temporaryFolder>>
let ssh: string[]
beforeAll(async () => {
  broker = await Broker.start()
  folder = await temporaryFolder()
  const path = join(folder.path, 'ssh.mjs')
  writeFileSync(path, FAKE_SSH)
  const quoted = [process.execPath, ...PERF].map((word) => JSON.stringify(word)).join(' ')
  ssh = ['--ssh', `${process.execPath} ${path}`, '--remote-command', quoted]
})
afterAll(async () => {
  await broker[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

function bench(args: readonly string[], until?: RegExp): Promise<PerfSaid> {
  return runPerf(['bench', '--bootstrap-server', broker.bootstrap, ...ssh, ...args], until)
}

function lines(out: string, what: string): Record<string, unknown>[] {
  const all = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  return all.filter((one) => one['what'] === what)
}

async function countOf(topic: string): Promise<number> {
  await using kafka = new Kafka(broker.bootstrap)
  let count = 0
  for await (const _ of kafka.reader(topic, { until: 'end' })) count += 1
  return count
}

test('clients of many hosts send all there is, each to its topic, and read it again', async () => {
  const two = ['--hosts', 'local greets', '--threads', '2', '--num-records', '1001']
  const csv = join(folder.path, 'all.csv')
  const all = ['--topic-prefix', 'all', '--wait-for-all', '--reporting-interval', '100']
  const rate = ['--throughput', '1000:2000:3000', '--step-seconds', '1', '--record-size', '10']
  const sent = await bench([...two, ...all, ...rate, '--csv', csv])
  expect(sent.err).toBe('greets: Welcome to greets!\n')
  expect(sent.exitCode).toBe(0)
  expect(sent.out).toMatch(/^local: 2 clients on .*\ngreets: 2 clients on /u)
  expect(sent.out).toMatch(/^\d+ records sent, .* ms max latency\.$/mu)
  expect(sent.out).toMatch(/^1001 records sent, .* 99\.9th\.\nlatency ms: p50 .*p99\.999/mu)
  const counts = await Promise.all([0, 1, 2, 3].map((at) => countOf(`all-${at}`)))
  expect(counts).toEqual([251, 250, 250, 250])
  const rows = readFileSync(csv, 'utf8').trimEnd().split('\n')
  const firsts = rows.map((row) => row.split(',').slice(0, 5).join(','))
  expect(firsts.slice(1)).toEqual([
    ...['client,local,0,all-0,251', 'client,local,1,all-1,250'],
    ...['client,greets,2,all-2,250', 'client,greets,3,all-3,250'],
    ...['host,local,,,501', 'host,greets,,,500', 'all,,,,1001'],
  ])

  const read = await bench([...two, ...all, '--type', 'consumer', '--json'])
  expect(read.exitCode).toBe(0)
  expect(lines(read.out, 'client').map(({ records }) => records)).toEqual([251, 250, 250, 250])
  const totals = lines(read.out, 'total')
  expect(totals).toMatchObject([{ records: 1001, failed: 0 }])
  expect(totals[0]).not.toHaveProperty('latencyMs')
})

test('the warm-up of each client is not counted, and what is counted takes its time', async () => {
  const some = ['--threads', '2', '--num-records', '2000', '--warmup-records', '900', '--json']
  const { exitCode, out } = await bench([...some, '--topic-prefix', 'warm', '--wait-for-all'])
  expect(exitCode).toBe(0)
  expect(lines(out, 'client').map(({ records }) => records)).toEqual([100, 100])
  expect(lines(out, 'total')).toMatchObject([{ records: 200 }])
  // no record was sent before its time began
  for (const { elapsedMs, latencyMs } of lines(out, 'client')) {
    expect(Number(elapsedMs)).toBeGreaterThanOrEqual((latencyMs as { min: number }).min)
  }
})

test('all stop when the first is done, if nothing else is said', async () => {
  const slowly = ['--threads', '3', '--num-records', '4', '--throughput', '0.5', '--json']
  const { exitCode, out } = await bench([...slowly, '--topic-prefix', 'first'])
  expect(exitCode).toBe(0)
  const [total] = lines(out, 'total')
  expect(total?.['records']).toBeLessThan(4)
  expect(lines(out, 'client').some(({ records }) => records === 1)).toBe(true)
})

test.for([
  ['refuses', 'refuses: Permission denied (publickey).', 'refuses: it ended: exit code 255'],
  ['old', 'hosts have different versions: local has', 'old has 0.0.0-old'],
])('a host that %s is told of before anything is sent', async ([host = '', ...told]) => {
  const topic = ['--topic-prefix', `with-${host}`, '--threads', '1', '--num-records', '10']
  const { exitCode, out, err } = await bench(['--hosts', `local ${host}`, ...topic])
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' })
  for (const text of told) expect(err).toContain(text)
  expect(err).not.toContain('    at ')
  expect(await countOf(`with-${host}-0`)).toBe(0)
})

test.for([
  ['dies', 'it ended: exit code 3'],
  ['mad', 'there is no client 99'],
])(
  'when a host %s in the middle the others stop, and say what they did',
  async ([host = '', why = '']) => {
    const endless = ['--threads', '1', '--num-records', '1000000', '--throughput', '1000', '--json']
    const topic = ['--topic-prefix', `with-${host}`, '--hosts', `local ${host}`]
    const { exitCode, out, err } = await bench([...endless, ...topic])
    expect(exitCode).toBe(1)
    expect(err).toContain(`client 1 on ${host}: ${why}`)
    const [local] = lines(out, 'client')
    expect(local).toMatchObject({ host: 'local', failed: 0 })
    expect(local?.['records']).toBe(await countOf(`with-${host}-0`))
    // half of the rate is each one's, also of who is lost
    const rates = lines(out, 'host').map(({ recordsPerSecond }) => Number(recordsPerSecond))
    for (const rate of rates) expect(rate).toBeGreaterThan(100)
    expect(lines(out, 'host').map(({ lost }) => lost)).toEqual([undefined, why])
  },
)

test('who is interrupted says what was done until then', async () => {
  const endless = ['--threads', '2', '--num-records', '1000000', '--throughput', '1000']
  const often = ['--reporting-interval', '100', '--topic-prefix', 'interrupted']
  const { exitCode, out, err } = await bench([...endless, ...often], /records sent/u)
  expect({ exitCode, err }).toEqual({ exitCode: 130, err: '' })
  expect(out).toMatch(/^\d+ records sent, .* 99\.9th\.$/mu)
})

test('a host that hangs when it is interrupted has what it told until then', async () => {
  const endless = ['--threads', '1', '--num-records', '1000000', '--throughput', '1000']
  const where = ['--hosts', 'local hangs', '--topic-prefix', 'hangs']
  const often = ['--reporting-interval', '500', '--json']
  const until = /("window"[^]*){6}/u
  const { exitCode, out, err } = await bench([...endless, ...where, ...often], until)
  expect(exitCode).toBe(130)
  expect(err).toContain('client 1 on hangs: it did not stop')
  const [local, hangs] = lines(out, 'host')
  expect(local).not.toHaveProperty('lost')
  expect(hangs).toMatchObject({ lost: 'it did not stop' })
  expect(hangs?.['recordsPerSecond']).toBeGreaterThan(100)
  expect(hangs?.['elapsedMs']).toBeLessThan(Number(local?.['elapsedMs']))
})

test('consumers that find too little say so', async () => {
  const few = ['--threads', '1', '--topic-prefix', 'few', '--num-records', '5']
  expect(await bench(few)).toMatchObject({ exitCode: 0 })
  const more = ['--threads', '1', '--topic-prefix', 'few', '--num-records', '6']
  const { exitCode, err } = await bench([...more, '--type', 'consumer', '--timeout', '500'])
  expect(exitCode).toBe(1)
  expect(err).toBe('client 0 on local: no record for 500 ms, with 5 of 6\n')
  const none = ['--threads', '1', '--topic-prefix', 'none', '--type', 'consumer']
  const missing = await bench(none)
  expect(missing).toMatchObject({ exitCode: 1, out: '', err: 'local: there is no topic none-0\n' })
})

test.for([
  [['--type', 'both'], '--type: both, not producer or consumer'],
  [['--threads', '0'], '--threads: 0 is no whole number from 1 on'],
  [['--num-records', '3'], '--num-records: at least one for each of 16 clients'],
  [
    ['--num-records', '100', '--warmup-records', '6'],
    '--warmup-records: should be fewer than the 6 records of each client, is 6',
  ],
  [['--throughput', '9:5:1'], 'throughput: 9:5:1 is none of -1, RATE, RATE,RATE..., MIN:AVG:MAX'],
  [['--hosts', '-oX'], '--hosts: -oX is no name of a host'],
  [['--csv', '/none/x.csv'], '--csv: ENOENT'],
  [['--keys', 'all'], 'keys: all is none of none'],
] as const)('%j cannot be', async ([args, problem]) => {
  const { exitCode, out, err } = await bench([...args])
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
  expect(err).toContain(problem)
})

test('an agent that nobody leads any more ends', async () => {
  const child = spawn(process.execPath, [...PERF, 'agent'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.stdin.end('{"kind":"clock"}\n')
  let out = ''
  for await (const text of child.stdout.setEncoding('utf8')) out += String(text)
  expect(out).toMatch(/^\{"kind":"hello".*\}\n\{"kind":"clock","atMs":\d+[.\d]*\}\n$/u)
  expect(await closed).toBe(0)
})
