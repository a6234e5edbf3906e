import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Broker } from '@pafka/broker'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'
import { contestantsOf } from '../src/cost/contestant.ts'
import { dataFile } from '../src/cost/cost-options.ts'
import { readJsonFile } from '../src/cost/input-file.ts'

interface Said {
  readonly exitCode: number
  readonly out: string
  readonly err: string
}

interface PlanFigures {
  readonly name: string
  readonly machines: number
  readonly boundBy: readonly string[]
  readonly bought?: number
  readonly perMonth?: number
  readonly produceRate?: number
  readonly consumeRate?: number
  readonly machinesToFirst: number
}

async function run(...args: string[]): Promise<Said> {
  let [out, err] = ['', '']
  const exitCode = await runCommandLine(args, {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: new AbortController().signal,
  })
  return { exitCode, out, err }
}

function cost(...args: string[]): Promise<Said> {
  return run('cost', ...args)
}

async function plans(...args: string[]): Promise<readonly PlanFigures[]> {
  const { out, err } = await cost(...args, '--json')
  expect(err).toBe('')
  return (JSON.parse(out) as { plans: PlanFigures[] }).plans
}

/** The row of a table that begins with a name, without the gaps. */
function rowOf(out: string, name: string): readonly string[] {
  const line = out.split('\n').find((each) => each.startsWith(`${name} `))
  return line?.split(/ {2,}/u) ?? []
}

test("the original's claim follows from its figures: 45 nodes for 450,000, or 3", async () => {
  // in its tools' MB, of which it counted a thousand as a GB; with nothing kept free
  const asked = ['--target', '20000MiB/s', '--headroom', '1', '--only', 'kafka-sata,pafka-0.1']
  const { out, exitCode } = await cost(...asked)
  expect(exitCode).toBe(0)
  const [sata, pmem] = [rowOf(out, 'kafka-sata'), rowOf(out, 'pafka-0.1')]
  expect(sata.slice(1)).toEqual(['sata-node', '45', 'consume', '450,000', '-', '1', '1'])
  expect(pmem.slice(1)).toEqual(['pmem-node', '3', 'produce', '40,500', '-', '0.067', '0.09'])
})

test('a target is enough: all that the package knows, series by series', async () => {
  const { out, exitCode, err } = await cost('--target', '20GB/s')
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
  expect(rowOf(out, 'kafka-sata').slice(1, 5)).toEqual(['sata-node', '62', 'consume', '620,000'])
  expect(rowOf(out, 'kafka-raid').slice(1, 6)).toEqual(['-', '96', 'consume', '-', '-'])
  const [kafka, ours] = [rowOf(out, 'kafka-4.3'), rowOf(out, 'pafka')]
  expect([kafka.slice(-2), ours.slice(-2)]).toEqual([
    ['1', '1'],
    ['0.58', '0.58'],
  ])
  for (const said of [
    'assumes:',
    'figures:',
    'prices:',
    '70.0 % of what was measured',
    'one copy',
  ]) {
    expect(out).toContain(said)
  }
  expect(out).toContain('no machine of the price list, so no money and no network: kafka-hdd')
  expect(out).toMatch(/^ {2}i3en\.xlarge: .*2026-02-09.*AWS on demand/mu)
})

test('each part of a demand changes what binds, and is said', async () => {
  const asked = ['--target', '10GB/s', '--only', 'pafka']
  const [read] = await plans(...asked, '--fan-out', '5')
  expect(read?.boundBy).toEqual(['network out'])
  const [kept] = await plans(...asked, '--retention', '7d')
  expect(kept).toMatchObject({ boundBy: ['storage'], machines: 3456 })
  const { out } = await cost(...asked, '--replication-factor', '3', '--retention', '7d')
  expect(out).toContain('10.0 GB/s produced, 10.0 GB/s read, copies: 3, kept for 7 days')
  expect(out).toContain('no figure was measured with copies')
  expect(out).toContain('what is kept for 7 days fills drives evenly')
})

test('prices of a file, and drives that are added', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'prices.json')
  const source = 'a test'
  writeFileSync(
    path,
    JSON.stringify({
      ...{ currency: 'EUR', date: '2026-11' },
      machines: [{ name: 'box', about: 'a box', price: 3000, drive: 'hdd', source }],
      drives: [{ name: 'hdd', pricePerGb: 0.014, source }],
    }),
  )
  const asked = ['--target', '1GB/s', '--headroom', '1', '--retention', '1000s', '--prices', path]
  const mine = ['--contestant', 'name=mine,produce=500MB/s,machine=box', '--only', 'mine']
  const { out } = await cost(...asked, ...mine)
  expect(out).toContain('bought, EUR')
  expect(rowOf(out, 'mine').slice(1)).toEqual([
    ...['box', '2', 'produce', '6,014', '-', '1', '1', 'with 1,000 GB of hdd'],
  ])
  expect(out).toContain('the network sets no limit, as the price list does not say how fast it is')
  expect(out).toContain('  hdd (2026-11). a test\n')
})

test('ratios of any size, and figures with the digits that they came with', async () => {
  const figures = ['name=quick,produce=1234.5MB/s', 'name=slow,produce=1MB/s']
  const { out } = await cost(
    ...['--target', '1.728150GB/s', '--only', 'quick,slow'],
    ...figures.flatMap((each) => ['--contestant', each]),
  )
  expect(rowOf(out, 'quick').slice(1)).toEqual(['-', '2', 'produce', '-', '-', '1', '-'])
  expect(rowOf(out, 'slow').slice(2)).toEqual(['2,469', 'produce', '-', '-', '1,230', '-'])
  expect(out).toContain(
    'quick: produce 1,234.5 MB/s (hardware, durability, date: not said). command line',
  )
})

test('what produce and consume print is a contestant', async () => {
  await using broker = await Broker.start()
  await using folder = await temporaryFolder()
  const [sent, read] = ['sent', 'read'].map((name) => join(folder.path, name))
  const where = ['--bootstrap-server', broker.bootstrap, '--topic', 't', '--num-records', '1000']
  const load = ['--record-size', '1000', '--throughput', '-1', '--json']
  writeFileSync(sent ?? '', (await run('produce', ...where, ...load)).out)
  writeFileSync(read ?? '', (await run('consume', ...where, '--json')).out)
  const measured = ['--measured', `mine=${sent}`, '--measured', `mine=${read}`]
  const [mine] = await plans(
    ...['--target', '1GB/s', '--only', 'mine', '--machine', 'mine=i4i.4xlarge'],
    ...measured,
  )
  const rateOf = (path = ''): unknown => {
    const last = readFileSync(path, 'utf8').trim().split('\n').at(-1) ?? ''
    return (JSON.parse(last) as Record<string, unknown>)['bytesPerSecond']
  }
  expect(mine?.produceRate).toBe(rateOf(sent))
  expect(mine?.consumeRate).toBe(rateOf(read))
  expect(mine?.perMonth).toBeCloseTo((mine?.machines ?? 0) * 1.373 * 730)
})

test('all that is wrong is said at once, with options and with files', async () => {
  await using folder = await temporaryFolder()
  const [figures, prices] = ['figures', 'prices'].map((name) => join(folder.path, name))
  writeFileSync(figures ?? '', '{"contestants":[{"name":"a"}]}')
  writeFileSync(prices ?? '', '{"currency":"USD","date":"2026","machines":1}')
  const { exitCode, err, out } = await cost(
    ...['--target', 'much', '--fan-out', '-1', '--replication-factor', '1.5', '--headroom', '70'],
    ...['--retention', '7', '--figures', figures ?? '', '--prices', prices ?? ''],
    ...['--contestant', 'name=a,produce=1MB/s', '--measured', 'b=/none', '--machine', 'c=x'],
    ...['--machine', 'x', '--only', 'a,z'],
  )
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
  for (const problem of [
    ...['--target: much is no rate', '--fan-out: -1 is no number from 0 to 10000'],
    ...['--replication-factor: 1.5 is no whole number', '--headroom: 70 is no number from 0.01'],
    ...['--retention: 7 is no time such as 7d', `${figures}: contestants[0]: source is missing`],
    ...[`${prices}: machines is no list`, 'a: is there twice', '/none: ENOENT'],
    ...['--only: z is none of a', '--machine c=x: nothing that is planned is called c'],
    '--machine x: is no name=item',
  ]) {
    expect(err).toContain(problem)
  }
})

test('bits are no bytes', async () => {
  const own = ['--contestant', 'name=mine,produce=100Mb/s,machine=i4i.4xlarge']
  const { exitCode, err, out } = await cost('--target', '20Gb/s', ...own)
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' })
  const hint = '; b is for bits, write B for bytes'
  expect(err).toContain(`--target: 20Gb/s is no rate up to 1PB/s, such as 20GB/s${hint}\n`)
  expect(err).toMatch(new RegExp(`produce is "100Mb/s", not an amount such as .*${hint}\n`, 'u'))
})

test('a machine that no list has, and a target that is missing', async () => {
  const mine = ['--contestant', 'name=mine,produce=1MB/s,machine=toaster']
  const unlisted = await cost('--target', '1GB/s', ...mine)
  expect(unlisted.exitCode).toBe(2)
  expect(unlisted.err).toContain('mine: machine toaster is none of the price list: sata-node, ')
  expect(await cost()).toMatchObject({ exitCode: 2, out: '' })
})

test('figures of this broker are those of docs/performance.md', () => {
  const document = readFileSync(new URL('../../../docs/performance.md', import.meta.url), 'utf8')
  const problems: string[] = []
  const file = readJsonFile(dataFile('figures.json'), 1e6, problems)
  const own = (file === undefined ? [] : contestantsOf(file)).filter(({ source }) => {
    return source.startsWith('docs/performance.md')
  })
  expect(problems).toEqual([])
  expect(own).toHaveLength(4)
  for (const { produceRate, consumeRate } of own) {
    for (const rate of [produceRate, consumeRate].filter((each) => each !== undefined)) {
      expect(document).toContain(`| ${(rate / 1e6).toLocaleString('en-US')} `)
    }
  }
})

test('docs/cost.md shows what it prints', async () => {
  const document = readFileSync(new URL('../../../docs/cost.md', import.meta.url), 'utf8')
  const blocks = [...document.matchAll(/^\$ pafka-perf cost (.*)\n([^]*?)^```$/gmu)]
  expect(blocks).toHaveLength(2)
  for (const [, args = '', shown = ''] of blocks) {
    // oxlint-disable-next-line no-await-in-loop -- nothing to gain from both at once
    const { out } = await cost(...args.split(' '))
    const lines = new Set(out.split('\n'))
    for (const line of shown.split('\n')) if (line !== '  ...') expect(lines).toContain(line)
  }
})
