import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'
import { plotSvg } from '../src/simulate/plot.ts'
import type { SimulationFigures } from '../src/simulate/simulation-figures.ts'

async function run(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  let [out, err] = ['', '']
  const exitCode = await runCommandLine(['simulate-tiers', ...args], {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: new AbortController().signal,
  })
  return { exitCode, out, err }
}

async function figuresOf(...args: string[]): Promise<SimulationFigures> {
  const { out, err } = await run('--json', ...args)
  expect(err).toBe('')
  return JSON.parse(out) as SimulationFigures
}

/** One node whose fast tier takes 100 GB. */
const NODE = [
  ...['--nodes', '1', '--skew', '0', '--tier', 'NVME,capacity=100GB,write=2GB,read=2GB,price=1'],
  ...['--tier', 'HDD,capacity=10TB,write=400MB,read=400MB,price=0.1'],
]

test('a load that the slow tier keeps up with lies between the marks, unslowed', async () => {
  const args = ['--load', 'steady', '--produce', '100MB/s', '--time', '6h']
  const figures = await figuresOf(...NODE, ...args)
  expect(figures.producedBytes).toBeCloseTo(100e6 * 6 * 3600, -3)
  expect(figures.reads).toEqual({ memory: 1, fast: 0, slow: 0, late: 0 })
  expect(figures.backPressure).toEqual({ slowed: 0, held: 0, refused: 0 })
  expect(figures.fastFill.most).toBeLessThan(0.53)
  expect(figures.series.at(-1)?.['fastFill']).toBeGreaterThan(0.39)
  expect(figures.cost).toEqual({ tiers: 1100, allOnFastest: 10_100 })
})

test('a load beyond the drain comes down to it, and the tier never gets full', async () => {
  const args = ['--load', 'steady', '--produce', '500MB/s', '--time', '6h']
  const figures = await figuresOf(...NODE, ...args)
  const last = figures.series.slice(-100)
  const rate = last.reduce((sum, row) => sum + (row['producedRate'] ?? 0), 0) / last.length
  expect(rate / 1e6).toBeGreaterThan(180) // written and read back at 400 MB/s each
  expect(rate / 1e6).toBeLessThan(220)
  expect(figures.fastFill.most).toBeLessThan(0.99)
  expect(figures.backPressure.slowed).toBeGreaterThan(0.8)
  const shorter = [...args.slice(0, -1), '5h'] // in which it fits the slow tier
  const spilling = await figuresOf(...NODE, ...shorter, '--when-full', 'spill')
  expect(spilling.producedBytes).toBeGreaterThan(figures.producedBytes)
  expect(spilling.spill).toBeGreaterThan(0.3)
  expect(spilling.backPressure.slowed).toBe(0)
})

test('without migration the fast tier fills, and stays so', async () => {
  const args = ['--load', 'steady', '--produce', '100MB/s', '--time', '2h', '--threshold', '-1']
  const figures = await figuresOf(...NODE, ...args, '--when-full', 'spill')
  expect(figures.movedBytes).toBe(0)
  // the broker leaves what memory may have for it, twice, or 5 %
  expect(figures.series.at(-1)?.['fastFill']).toBeCloseTo(0.92, 2)
  expect(figures.spill).toBeGreaterThan(0.8)
})

/** One whose slow tier is soon full. */
const SMALL_NODE = [...NODE.slice(0, -1), 'HDD,capacity=200GB,write=400MB,read=400MB,price=0.1']

test.each(['push-back', 'spill'])('when all tiers are full producers are told: %s', async (how) => {
  const args = ['--load', 'steady', '--produce', '100MB/s', '--time', '3h', '--when-full', how]
  const { backPressure, producedBytes, fastFill, series } = await figuresOf(...SMALL_NODE, ...args)
  expect(backPressure.refused).toBeGreaterThan(0.6)
  expect(backPressure.held).toBeLessThan(0.01)
  expect([series[0]?.['refused'], series.at(-1)?.['refused']]).toEqual([0, 1])
  // as far as producers are held on the fast one, and moves fill the slow one
  expect(fastFill.most).toBeLessThan(0.985)
  expect(producedBytes / 1e9).toBeLessThan(how === 'spill' ? 289 : 285)
  expect(producedBytes / 1e9).toBeGreaterThan(280)
})

test('a full tier takes more again when something was deleted', async () => {
  const args = ['--load', 'steady', '--produce', '100MB/s', '--time', '6h', '--retention', '1h']
  const { backPressure, series } = await figuresOf(...SMALL_NODE, ...args)
  expect([backPressure.refused > 0.05, backPressure.refused < 0.5]).toEqual([true, true])
  const refused = series.map((row) => (row['refused'] ?? 0) > 0)
  expect(refused.lastIndexOf(false)).toBeGreaterThan(refused.indexOf(true))
})

test('what is deleted takes room for another minute, and nothing is drained for it', async () => {
  const args = ['--load', 'steady', '--produce', '50MB/s', '--time', '6h', '--retention', '1h']
  const { series, fastFill, backPressure } = await figuresOf(...NODE, ...args)
  const last = series.slice(-50)
  const retiring = last.reduce((sum, row) => sum + (row['retiringBytes'] ?? 0), 0) / last.length
  expect(retiring / 1e9).toBeCloseTo(50 * 0.06, 0)
  expect([fastFill.most < 0.55, backPressure.slowed]).toEqual([true, 0])
})

test('a replay of yesterday is read where it lies', async () => {
  const args = ['--load', 'replay', '--produce', '50MB/s', '--time', '2d', '--retention', '2d']
  const { reads } = await figuresOf(...NODE, ...args)
  expect(reads.slow).toBeGreaterThan(0.1)
  expect(reads.memory + reads.fast + reads.slow).toBeCloseTo(1)
})

test('many nodes are some that stand for others, and cost as many', async () => {
  const args = ['--load', 'bursts', '--time', '1d', '--step', '60s', '--nodes', '4000']
  const figures = await figuresOf('--produce', '400GB/s', '--sample', '3', ...args)
  expect([figures.nodes, figures.simulatedNodes]).toEqual([4000, 3])
  expect(figures.offeredBytes / (400e9 * 86_400)).toBeCloseTo(1, 5)
  expect(figures.cost.tiers).toBe(4000 * 880)
})

test.each(['0.97', '0.99', '1'])(
  'a threshold of %s is one that the broker has',
  async (threshold) => {
    const args = ['--load', 'steady', '--produce', '100MB/s', '--time', '4h']
    const figures = await figuresOf(...NODE, ...args, '--threshold', threshold)
    expect(figures.producedBytes / figures.offeredBytes).toBeCloseTo(1)
    expect(figures.movedBytes).toBeGreaterThan(0)
  },
)

test('where nothing moves for room nobody is slowed before the fast tier is full', async () => {
  const args = ['--load', 'steady', '--produce', '100MB/s', '--time', '4h', '--threshold', '-1']
  const { backPressure } = await figuresOf(...NODE, ...args)
  const { slowed, held, refused } = backPressure
  expect([slowed, held, refused > 0]).toEqual([0, 0, true]) // as on any full disk
})

test('a trace is followed, and the table and the plot say what came of it', async () => {
  await using folder = await temporaryFolder()
  const [trace, svg] = [join(folder.path, 'load.csv'), join(folder.path, 'load.svg')]
  const rows = ['# two hours', 'time_s,produce_mb_s,tail_mb_s,replay_mb_s,replay_age_s']
  writeFileSync(trace, [...rows, '0,300,600,0,0', '3600,10,10,50,1800', '7200,0,0,0,0'].join('\n'))
  const { exitCode, out, err } = await run('--trace', trace, '--plot', svg, ...NODE)
  expect([exitCode, err]).toEqual([0, ''])
  expect(out).toMatch(/^time {2,}2 hours$/m)
  expect(out).toMatch(/^produced {2,}1.1 TB/m)
  expect(readFileSync(svg, 'utf8')).toMatch(
    /^<svg .*offered.*fastest tier in use.*refused.*deleted, not gone yet.*<\/svg>$/s,
  )
})

test.for([
  [['--produce', 'much'], '--produce is much, not an amount such as 2GB'],
  [['--nodes', '1.5'], '--nodes is 1.5, not a whole number'],
  [['--step', '10'], '--step is 10, not a time of a second or more, such as 10s or 7d'],
  [['--load', 'odd'], '--load is odd, not steady, bursts, replay'],
  [['--threshold', '2'], '--threshold is 2, not a number from 0 to 1'],
  [['--threshold', '0.5', '--low', '0.6'], 'low watermark is 0.6, not from 0 to below'],
  [['--tier', 'TAPE,capacity=1TB'], 'TAPE is none of PMEM, NVME, SSD, HDD'],
  [['--tier', 'SSD,capacity=1TB,size=3'], 'size is none of capacity, write, read, price'],
  [['--tier', 'SSD,capacity=1TB,write=1GB,read=1GB,price=x'], 'price is not a number from 0 on'],
  [['--tier', 'SSD,capacity=1GB,write=1GB,read=1GB'], 'room for fewer than ten segments'],
  [['--trace', 'nowhere.csv'], 'nowhere.csv cannot be read: ENOENT'],
  [['--time', '9999d', '--step', '1s'], 'steps are too many: a longer --step'],
  [['--time', '5s'], '5 seconds in all are less than one --step, of 10 seconds: a shorter one'],
  [['--nosuch'], "unknown option '--nosuch'"],
] as const)('misuse: %j', async ([args, said]) => {
  const { exitCode, out, err } = await run(...args)
  expect(exitCode).toBe(2)
  expect(out).toBe('')
  expect(err).toContain(said)
})

test('what cannot be read is the only thing that is said to be wrong', async () => {
  const { exitCode, err } = await run('--time', '1y')
  expect(exitCode).toBe(2)
  expect(err).toContain('--time is 1y, not a time')
  expect(err).not.toContain('in all are less than')
})

test.for([
  ['time_s,produce', 'the first line is not time_s,produce_mb_s'],
  ['time_s,produce_mb_s,tail_mb_s,replay_mb_s,replay_age_s', 'there is no row below the header'],
  ['time_s,produce_mb_s,tail_mb_s,replay_mb_s,replay_age_s\n0,1', ':2: 2 columns, not 5'],
  ['time_s,produce_mb_s,tail_mb_s,replay_mb_s,replay_age_s\n0,1,x,0,0', ':2: tail_mb_s is not'],
  [
    'time_s,produce_mb_s,tail_mb_s,replay_mb_s,replay_age_s\n0,1e300,1,0,0',
    ':2: produce_mb_s is not',
  ],
  [
    'time_s,produce_mb_s,tail_mb_s,replay_mb_s,replay_age_s\n5,1,1,0,0\n5,1,1,0,0',
    ':3: time does not rise',
  ],
] as const)('a trace that is wrong: %j', async ([text, said]) => {
  await using folder = await temporaryFolder()
  const trace = join(folder.path, 'load.csv')
  writeFileSync(trace, text)
  const { exitCode, err } = await run('--trace', trace)
  expect(exitCode).toBe(2)
  expect(err).toContain(said)
})

test('a plot that cannot be written is said in a line', async () => {
  const { exitCode, err } = await run('--time', '1h', '--plot', '/nowhere/at/all.svg')
  expect([exitCode, err]).toEqual([2, '--plot /nowhere/at/all.svg cannot be written: ENOENT\n'])
})

test('a series of nothing is an empty plot', async () => {
  const figures = { series: [] } as Partial<SimulationFigures> as SimulationFigures
  expect(await plotSvg(figures)).toContain('</svg>')
})
