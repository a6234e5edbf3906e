import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { Broker } from '@pafka/broker'
import { temporaryFolder } from '@pafka/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { type PerfSaid, runPerf } from './perf-process.ts'

const SHORT = ['--burst', '2MB', '--seconds', '1', '--throughput', '200', '--partitions', '2']

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let report: string
let disks: string[]
beforeAll(async () => {
  folder = await temporaryFolder()
  report = join(folder.path, 'lab.html')
  const [slow, fast] = ['slow', 'fast'].map((name) => join(folder.path, name))
  for (const path of [slow, fast]) mkdirSync(path ?? '')
  disks = ['--slow', slow ?? '', '--fast', fast ?? '', '--report', report]
})
afterAll(() => folder[Symbol.asyncDispose]())

function lab(args: readonly string[], until?: RegExp): Promise<PerfSaid> {
  return runPerf(['lab', ...args], until)
}

test('both have the same load, and are told of side by side, after a Kafka that runs', async () => {
  await using broker = await Broker.start()
  const against = ['--against', broker.bootstrap, '--against-name', 'rival']
  const { exitCode, out, err } = await lab([...disks, ...SHORT, ...against])
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
  expect(out).toMatch(/^ +rival +plain +tiered +tiered : rival +tiered : plain$/mu)
  const rows = ['burst, MB/s', '200 records/s: p99 ms', 'read back, MB/s']
  for (const row of rows) expect(out).toMatch(new RegExp(`^${row} +[\\d.]+ +.* x$`, 'mu'))
  expect(out.match(/burst: 1954 records in/gu)).toHaveLength(3)
  expect(out.match(/read back: 1954 records in/gu)).toHaveLength(3)
  const html = readFileSync(report, 'utf8')
  for (const text of ['The five-minute lab', 'flush.messages=1', 'journal', 'rival']) {
    expect(html).toContain(text)
  }
  for (const name of ['slow', 'fast']) expect(readdirSync(join(folder.path, name))).toEqual([])
})

test('where no slow disk can be made a folder is limited, and labelled so', async () => {
  const path = join(folder.path, 'limited.html')
  const args = [...SHORT, '--limit-folder', '--slow-operations', '1000', '--report', path]
  const { exitCode, out, err } = await lab(args)
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
  expect(out).toMatch(
    /^slow disk: NO DISK, somebody wants it so: a folder that the broker limits$/mu,
  )
  expect(out).toContain('plain: a file log in the limited folder')
  expect(out).toMatch(/^burst, MB\/s .* x$/mu)
  expect(readFileSync(path, 'utf8')).toContain('NO DISK, somebody wants it so')
})

test('where the system refuses to make a disk it says why, and limits a folder', async () => {
  const args = [...SHORT, '--slow-operations', '1000', '--slow-size', '4096']
  const path = join(folder.path, 'refused.html')
  const { exitCode, out, err } = await lab([...args, '--report', path])
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
  expect(out).toMatch(
    /^slow disk: NO DISK, (?:mkfs\.ext4|losetup|it takes|there|no control) .*: a folder/msu,
  )
  expect(out).toMatch(/^burst, MB\/s .* x$/mu)
})

test('who is interrupted leaves nothing behind', async () => {
  const { exitCode, out, err } = await lab([...disks, ...SHORT, '--seconds', '60'], /burst: /u)
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' })
  expect(out).not.toContain('tiered : plain')
  for (const name of ['slow', 'fast']) expect(readdirSync(join(folder.path, name))).toEqual([])
})

test.for([
  [['--burst', 'much'], '--burst: much is no size, as 500MB or 10GiB'],
  [['--slow-operations', '0'], '--slow-operations: 0 is no whole number from 1 on'],
  [['--slow', '/nowhere/at/all'], 'ENOENT'],
  [['--report', '/none/x.html'], '--report: ENOENT'],
] as const)('%j cannot be', async ([args, problem]) => {
  const { exitCode, err } = await lab([...args])
  expect(exitCode).not.toBe(0)
  expect(err).toContain(problem)
})
