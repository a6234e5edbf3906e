import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Broker } from '@pafka/broker'
import { Kafka } from '@pafka/client'
import type { ProcessIo } from '@pafka/command'
import { temporaryFolder } from '@pafka/testing'
import { GlobalFonts } from '@napi-rs/canvas'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'
import { Latencies } from '../src/measure/latencies.ts'
import type { SweepResult } from '../src/report/sweep-result.ts'
import { dyingBroker } from './dying-broker.ts'
import { runPerf } from './perf-process.ts'

let broker: Broker
let folder: Awaited<ReturnType<typeof temporaryFolder>>
beforeAll(async () => {
  broker = await Broker.start()
  folder = await temporaryFolder()
})
afterAll(async () => {
  await broker[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

interface Said {
  readonly exitCode: number
  readonly out: string
  readonly err: string
}

async function sweep(io: Partial<ProcessIo>, ...args: string[]): Promise<Said> {
  let [out, err] = ['', '']
  const exitCode = await runCommandLine(['sweep', ...args], {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: new AbortController().signal,
    ...io,
  })
  return { exitCode, out, err }
}

// a test runner is no program whose threads could be started
const HERE = ['--threads', '1']
const SHORT = [...HERE, '--duration', '1', '--warmup', '0', '--partitions', '2']

function resultIn(path: string): SweepResult {
  return JSON.parse(readFileSync(path, 'utf8')) as SweepResult
}

test('each is measured at each rate in each round, and all of it is in the report', async () => {
  const [report, result] = ['a.html', 'a.json'].map((name) => join(folder.path, name))
  const brokers = ['--brokers', `one=${broker.bootstrap}`, `two=${broker.bootstrap}`]
  const some = [...SHORT, '--rates', '300,600', '--rounds', '2', '--note', 'both are <one>']
  const files = ['--report', report ?? '', '--result', result ?? '']
  const said = await sweep({}, ...brokers, ...some, ...files, '--software', 'two=The other')
  expect(said).toMatchObject({ exitCode: 0, err: '' })
  expect(said.out).toContain(`report: ${report}\n`)
  const { points, contestants, commands, machines } = resultIn(result ?? '')
  const order = points.map(({ contestant, round, offeredPerSecond }) => {
    return [round, offeredPerSecond, contestant]
  })
  expect(order).toEqual([
    ...[1, 2].flatMap((round) => [
      ...[300, 600].flatMap((rate) => [
        [round, rate, 'one'],
        [round, rate, 'two'],
      ]),
    ]),
  ])
  for (const { records, bytes, failed, offeredPerSecond = 0, acked, read } of points) {
    expect(failed).toBe(0)
    // those that are due in a second, however late they were sent
    expect(records).toBe(offeredPerSecond)
    expect(bytes).toBe(records * 1024)
    expect(Latencies.decode(acked).count).toBe(records)
    expect(Latencies.decode(read ?? '').count).toBe(records)
  }
  expect(contestants.map(({ software }) => software)).toEqual([
    expect.stringMatching(/^Pafka \d+\.\d+\.\d+/u),
    'The other',
  ])
  expect(machines[0]?.facts).toContainEqual(['pafka-perf', expect.stringMatching(/^\d+\.\d+\./u)])
  expect(machines[0]?.facts).toContainEqual(['Node.js', process.version])
  expect(contestants[0]?.durability).toContain('on one broker')
  const html = readFileSync(report ?? '', 'utf8')
  for (const text of ['The other', 'both are &lt;one&gt;', String(commands[0]).slice(0, 10)]) {
    expect(html).toContain(text)
  }
  await using kafka = new Kafka(broker.bootstrap)
  const topics = await kafka.admin().topics.list()
  expect(topics.filter(({ name }) => name.startsWith('pafka-sweep'))).toEqual([])
  expect(await kafka.admin().groups.list()).toEqual([])
})

test('a broker may have properties of its own, over those of all', async () => {
  const [own = '', all = '', result = ''] = ['own.properties', 'all.properties', 'own.json'].map(
    (name) => join(folder.path, name),
  )
  writeFileSync(own, 'acks=1\nlinger.ms=3\n')
  writeFileSync(all, 'acks=0\ncompression.type=gzip\nlinger.ms=4\n')
  const brokers = ['--brokers', `one=${broker.bootstrap}`, `two=${broker.bootstrap}`]
  const properties = ['--broker-config', `two=${own}`, '--command-config', all]
  const files = ['--report', join(folder.path, 'own.html'), '--result', result]
  const some = [...SHORT, '--rates', '50', '--rounds', '1', '--groups', '0', ...files]
  const said = await sweep({}, ...brokers, ...properties, ...some)
  expect(said.err).toBe('these mean nothing to this client: linger.ms\n')
  const facts = resultIn(result).contestants.map((one) => new Map(one.facts))
  expect(facts.map((one) => one.get('acks'))).toEqual(['none', 'leader'])
  expect(facts.map((one) => one.get('compression'))).toEqual(['gzip', 'gzip'])
  expect(facts[1]?.get('connections')).toBe('not encrypted')
  writeFileSync(own, 'acks=some\n')
  const wrong = await sweep({}, ...brokers, ...properties, ...some)
  expect(wrong).toMatchObject({ exitCode: 2, err: `${own}: acks: some is none of 0, 1, all, -1\n` })
})

// without a font there are no images, which is told
test.runIf(GlobalFonts.families.length > 0)('the main plot is an image too', async () => {
  const png = join(folder.path, 'f.png')
  const files = ['--report', join(folder.path, 'f.html'), '--png', png]
  const some = ['--rates', '100', '--rounds', '1', ...files]
  const said = await sweep({}, '--brokers', `a=${broker.bootstrap}`, ...SHORT, ...some)
  expect(said).toMatchObject({ exitCode: 0, err: '' })
  expect(readFileSync(png).subarray(1, 4).toString()).toBe('PNG')
})

test('without rates the highest is found first, and curves go up to it', async () => {
  const files = ['--report', join(folder.path, 'b.html'), '--result', join(folder.path, 'b.json')]
  const some = ['--rounds', '1', '--steps', '2', '--groups', '0', '--record-size', '2000']
  const said = await sweep({}, '--brokers', `a=${broker.bootstrap}`, ...SHORT, ...some, ...files)
  expect(said).toMatchObject({ exitCode: 0, err: '' })
  const { points } = resultIn(join(folder.path, 'b.json'))
  const [highest, half, whole] = points
  expect(points).toHaveLength(3)
  expect(highest?.offeredPerSecond).toBe(undefined)
  expect(highest?.read).toBe(undefined)
  const most = ((highest?.records ?? 0) * 1000) / (highest?.elapsedMs ?? 1)
  expect((whole?.offeredPerSecond ?? 0) / most).toBeCloseTo(1, 0)
  expect((half?.offeredPerSecond ?? 0) / most).toBeCloseTo(0.5, 0)
})

test('a workload file says what is sent, and to whom', async () => {
  const path = join(folder.path, 'workload.yaml')
  const yaml = [
    ...['name: two topics', 'topics: 2', 'partitionsPerTopic: 1', 'messageSize: 50'],
    ...['keyDistributor: "KEY_ROUND_ROBIN"', 'subscriptionsPerTopic: 2'],
    ...['consumerPerSubscription: 1', 'producersPerTopic: 1', 'producerRate: 200'],
    ...['testDurationMinutes: 15', 'warmupDurationMinutes: 0'],
  ]
  writeFileSync(path, yaml.join('\n'))
  const result = join(folder.path, 'c.json')
  const files = ['--report', join(folder.path, 'c.html'), '--result', result]
  const where = [...HERE, '--brokers', `a=${broker.bootstrap}`, '--workloads', path]
  const said = await sweep({}, ...where, '--rounds', '1', '--duration', '1', ...files)
  expect(said).toMatchObject({ exitCode: 0, err: '' })
  const [point] = resultIn(result).points
  expect(point).toMatchObject({ workload: 'two topics', offeredPerSecond: 200 })
  expect(point?.records).toBe(200)
  // two groups read each record
  expect(Latencies.decode(point?.read ?? '').count).toBe(2 * (point?.records ?? 0))
  writeFileSync(path, [...yaml, 'consumerBacklogSizeGB: 1'].join('\n'))
  const refused = await sweep({}, ...where)
  expect(refused.exitCode).toBe(2)
  expect(refused.err).toBe(
    'two topics: consumerBacklogSizeGB: `pafka-perf catch-up` measures that\n',
  )
})

test('what was measured until somebody had enough is reported', async () => {
  const stop = new AbortController()
  const report = join(folder.path, 'd.html')
  const write = async (text: string): Promise<void> => {
    if (text.startsWith('a ')) stop.abort()
  }
  const some = ['--rates', '100,200', '--rounds', '3', '--report', report]
  const where = ['--brokers', `a=${broker.bootstrap}`]
  const { exitCode } = await sweep({ signal: stop.signal, write }, ...where, ...SHORT, ...some)
  expect(exitCode).toBe(130)
  expect(readFileSync(report, 'utf8')).toContain('100')
})

test(
  'a broker that dies takes nothing with it but its own points',
  { timeout: 120_000 },
  async () => {
    await using dying = await dyingBroker(700_000) // in the middle of its second rate
    const files = ['p.html', 'p.json'].map((name) => join(folder.path, name))
    const [report = '', result = ''] = files
    const brokers = ['--brokers', `dies=${dying.address}`, `lives=${broker.bootstrap}`]
    const some = ['--rates', '300,600,700', '--rounds', '2', '--groups', '0', ...SHORT]
    const said = await sweep({}, ...brokers, ...some, '--report', report, '--result', result)
    expect(said.exitCode).toBe(1)
    expect(said.err).toMatch(/^dies: cannot be reached: .*\n/)
    expect(said.err).toContain('; left out for the rest of round 2\n')
    expect(said.out).toContain('3 of 10 points failed, and count for nothing')
    const { points } = resultIn(result)
    const [dies, lives] = ['dies', 'lives'].map((name) =>
      points.filter(({ contestant }) => contestant === name),
    )
    expect(lives?.map(({ records, failed }) => [records, failed])).toEqual(
      [300, 600, 700, 300, 600, 700].map((records) => [records, 0]),
    )
    const [well, half, ...gone] = dies ?? []
    expect(well).toMatchObject({ records: 300, failed: 0 })
    expect(half?.failed).toBeGreaterThan(0)
    for (const point of [half, ...gone]) expect(point?.problem).toContain('cannot be reached')
    expect(gone.map(({ round, offeredPerSecond }) => [round, offeredPerSecond])).toEqual([
      [1, 700],
      [2, 300],
    ])
    expect(readFileSync(report, 'utf8')).toContain('class="bad why"')
  },
)

test('who cannot be reached at all is said before anything is measured', async () => {
  const report = join(folder.path, 'q.html')
  const brokers = ['--brokers', `here=${broker.bootstrap}`, 'away=127.0.0.1:1']
  await expect(sweep({}, ...brokers, ...SHORT, '--report', report)).rejects.toThrow(
    'away cannot be reached: ',
  )
  expect(existsSync(report)).toBe(false)
})

test('what cannot be measured is said, and fails', async () => {
  const report = ['--report', join(folder.path, 'e.html')]
  const where = ['--brokers', `a=${broker.bootstrap}`, ...SHORT, '--rounds', '1', ...report]
  const large = await sweep({}, ...where, '--record-size', '2000000', '--rates', '3')
  expect(large.exitCode).toBe(1)
  expect(large.err).toContain('MESSAGE_TOO_LARGE')
})

test.for([
  [['--brokers', 'nowhere'], '--brokers: nowhere should be name=value'],
  [['--brokers', 'a=x:1', 'a=y:1'], '--brokers: a is there twice'],
  [['--brokers', 'a=x:1', '--software', 'b=c'], '--software: there is no b in --brokers'],
  [['--brokers', 'a=x:1', '--broker-config', 'b=c'], '--broker-config: there is no b in --b'],
  [['--brokers', 'a=x:1', '--broker-config', 'a=c', 'a=d'], '--broker-config: a is there twice'],
  [['--brokers', 'a=x:1', '--broker-config', 'a=none.txt'], 'none.txt'],
  [['--brokers', 'a=x:1', '--rates', '5,-1'], '--rates: 5,-1 is no list of 1 to 100 rates above 0'],
  [['--brokers', 'a=x:1', '--workloads', 'none.yaml'], 'none.yaml: ENOENT'],
  [['--brokers', 'a=x:1', '--report', '/none/x'], '--report: ENOENT'],
  [['--brokers', 'a=x:1', '--result', '/none/x', '--png', '.'], '--png: . is a folder'],
  [['--brokers', 'a=x:1', '--rounds', '0'], '--rounds: 0 is no whole number from 1 on'],
] as const)('%j cannot be', async ([args, problem]) => {
  const { exitCode, err } = await sweep({}, ...args)
  expect(exitCode).toBe(2)
  expect(err).toContain(problem)
})

test('threads share producers and groups, and tell what goes wrong there', async () => {
  const result = join(folder.path, 'g.json')
  const files = ['--report', join(folder.path, 'g.html'), '--result', result]
  const load = ['--threads', '3', '--producers', '3', '--groups', '2']
  const some = [...SHORT, '--rounds', '1', ...load]
  const all = ['sweep', '--brokers', `a=${broker.bootstrap}`, ...some, '--rates', '500', ...files]
  expect(await runPerf(all)).toMatchObject({ exitCode: 0, err: '' })
  const [point] = resultIn(result).points
  expect(point).toMatchObject({ records: 500, failed: 0 })
  expect(Latencies.decode(point?.acked ?? '').count).toBe(500)
  expect(Latencies.decode(point?.read ?? '').count).toBe(1000)
  const wrong = await runPerf([...all, '--command-property', 'acks=many'])
  expect(wrong.exitCode).toBe(2)
  const none = await runPerf(['part'])
  expect(none.err).toBe('this is for the threads of a sweep\n')
  const large = await runPerf([...all, '--record-size', '2000000'])
  expect(large.exitCode).toBe(1)
  expect(large.err).toContain('MESSAGE_TOO_LARGE')
})
