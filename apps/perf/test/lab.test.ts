import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Broker } from '@pafka/broker'
import { temporaryFolder } from '@pafka/testing'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { newMark } from '../src/lab/lab-mark.ts'
import { takeAwayLeftovers } from '../src/lab/leftovers.ts'
import { slowDiskWay } from '../src/lab/slow-disk.ts'
import { PERF, type PerfSaid, runPerf } from './perf-process.ts'

const SHORT = ['--burst', '2MB', '--seconds', '1', '--throughput', '200', '--partitions', '2']

const LONG = ['lab', '--seconds', '60', '--partitions', '2', '--throughput', '200']
const ON_A_DISK = [...LONG, '--burst', '2MB', '--slow-size', '128MB', '--slow-operations', '1000']
const isLinux = process.platform === 'linux'
const canMake = typeof slowDiskWay() !== 'string'

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

test('what failed has no figure, and is told with its reason', async () => {
  const path = join(folder.path, 'failed.html')
  const large = [
    '--record-size',
    '4000000',
    '--burst',
    '8MB',
    '--throughput',
    '1',
    '--seconds',
    '1',
  ]
  const { exitCode, out, err } = await lab([...disks, ...large, '--report', path])
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: '' })
  expect(out.match(/^ {2}burst: 2 records FAILED, 0 were acknowledged: .+$/gmu)).toHaveLength(2)
  expect(out).toMatch(/^burst, MB\/s +failed +failed +-$/mu)
  expect(out).toMatch(/^plain, burst: 2 records FAILED, 0 were acknowledged: .+/mu)
  expect(out).not.toMatch(/\d x$|in -/mu)
  expect(readFileSync(path, 'utf8')).toContain('plain, burst: 2 records FAILED')
})

test('who waits for a Kafka that is not there can end it soon', async () => {
  const args = ['--limit-folder', '--against', '127.0.0.1:1']
  const beganMs = performance.now()
  const { out } = await lab(args, /kafka, at/u)
  expect(out).not.toContain('plain: ')
  // nobody reached for a minute is an error
  expect(performance.now() - beganMs).toBeLessThan(30_000)
})

test('what is in the folder of the fast tier stays', async () => {
  const own = join(folder.path, 'own')
  mkdirSync(join(own, 'pafka-lab-fast'), { recursive: true })
  writeFileSync(join(own, 'pafka-lab-fast', 'precious'), '')
  const { out } = await lab([...SHORT, '--fast', own, '--limit-folder'], /plain: /u)
  expect(out).toContain('plain: ')
  expect(out).not.toMatch(/burst|200\/s/u)
  const kept = ['pafka-lab-fast', join('pafka-lab-fast', 'precious')]
  expect(readdirSync(own, { recursive: true })).toEqual(kept)
})

test('a folder that is not there is not made', async () => {
  for (const option of ['--slow', '--fast']) {
    const path = join(folder.path, 'nowhere', 'at', 'all')
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { exitCode, err } = await lab([option, path])
    expect(exitCode).toBe(2)
    expect(err).toMatch(new RegExp(`^${option}: no folder can be made there: ENOENT`, 'u'))
    expect(existsSync(join(folder.path, 'nowhere'))).toBe(false)
  }
})

test('who is interrupted leaves nothing behind', async () => {
  const { exitCode, out, err } = await lab([...disks, ...SHORT, '--seconds', '60'], /burst: /u)
  expect({ exitCode, err }).toEqual({ exitCode: 130, err: '' })
  expect(out).not.toMatch(/tiered : plain|200\/s|read back/u)
  for (const name of ['slow', 'fast']) expect(readdirSync(join(folder.path, name))).toEqual([])
})

test.for([
  [['--burst', 'much'], '--burst: much is no size, as 500MB or 10GiB'],
  [['--slow-operations', '0'], '--slow-operations: 0 is no whole number from 1 on'],
  [['--slow', '/nowhere/at/all'], 'ENOENT'],
  [['--report', '/none/x.html'], '--report: ENOENT'],
  [['--fast', '/proc'], '--fast: no folder can be made there: '],
] as const)('%j cannot be', async ([args, problem]) => {
  const { exitCode, err } = await lab([...args])
  expect(exitCode).not.toBe(0)
  expect(err).toContain(problem)
})

// what labs left that were killed: in one file, so that no other lab clears up here

/** A lab that got so far. */
async function labUntil(args: readonly string[], until: RegExp): Promise<ChildProcess> {
  const child = spawn(process.execPath, [...PERF, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`it ended: ${out}`)))
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text
      if (until.test(out)) resolve()
    })
  })
  return child
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise((resolve) => child.once('close', resolve))
}

/** Processes of a lab, by its folders. */
function brokersOf(of: ChildProcess): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/u.test(pid))
    .filter((pid) => textOf(`/proc/${pid}/cmdline`).includes(`/pafka-lab-${of.pid}-`))
    .map(Number)
}

/** All that there is of a lab: folders, images, disks, mounts, processes. */
function leftOf(of: ChildProcess): string[] {
  const name = `pafka-lab-${of.pid}-`
  const folders = [tmpdir(), '/dev/shm'].flatMap((path) => readdirSync(path))
  const devices = readdirSync('/sys/block').map((block) =>
    textOf(join('/sys/block', block, 'loop/backing_file')),
  )
  const mounts = textOf('/proc/self/mountinfo').split('\n')
  const all = [...folders, ...devices, ...mounts].filter((text) => text.includes(name))
  return [...all, ...brokersOf(of).map((pid) => `process ${pid}`)]
}

function textOf(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  } catch {
    return '' // a process that has ended by now
  }
}

test('folders of labs that have ended go, and nothing else does', async () => {
  await using own = await temporaryFolder()
  const at = (name: string): string => join(own.path, name)
  const { pid } = spawnSync(process.execPath, ['--version'])
  const [dead, file, link] = [newMark(pid), newMark(pid), newMark(pid)].map(at)
  const kept = [newMark(), `pafka-lab-${pid}`, 'pafka-lab-fast', 'mine'].map(at)
  for (const path of [dead ?? '', ...kept]) {
    mkdirSync(path)
    writeFileSync(join(path, 'precious'), '')
  }
  writeFileSync(file ?? '', '')
  symlinkSync(kept[0] ?? '', link ?? '')
  let told = ''
  const tell = async (text: string): Promise<void> => void (told += text)
  await takeAwayLeftovers([own.path, own.path, at('nothing')], tell)
  expect(told).toContain(`left by a lab that was killed: ${dead}: taken away\n`)
  expect(told.split(own.path)).toHaveLength(2)
  expect(existsSync(dead ?? '')).toBe(false)
  for (const path of [...kept, link ?? '']) expect(existsSync(join(path, 'precious'))).toBe(true)
  expect(existsSync(file ?? '')).toBe(true)
})

test.runIf(canMake).for([
  ['SIGHUP', /burst: /u],
  ['SIGINT', /burst: /u],
  ['SIGINT', /slow disk: /u],
] as const)('%s twice, after %s, leaves nothing', async ([signal, until]) => {
  const ended = await labUntil(ON_A_DISK, until)
  expect(leftOf(ended)).toContainEqual(expect.stringMatching(/\.img/u))
  ended.kill(signal)
  await sleep(200)
  ended.kill(signal)
  await endOf(ended)
  expect(leftOf(ended)).toEqual([])
})

test.runIf(isLinux)('a broker ends when its lab was killed; the next lab clears up', async () => {
  await using own = await temporaryFolder()
  const folders = ['--limit-folder', '--fast', own.path]
  const ended = await labUntil([...LONG, ...folders, '--burst', '2MB'], /burst: /u)
  expect(brokersOf(ended)).toHaveLength(1)
  ended.kill('SIGKILL')
  await endOf(ended)
  await vi.waitFor(() => expect(brokersOf(ended)).toEqual([]), { timeout: 10_000 })
  expect(leftOf(ended)).not.toEqual([])
  const { out } = await runPerf([...LONG, ...folders], /slow disk: /u)
  expect(out).toMatch(/^left by a lab that was killed: \/.*\/pafka-lab-\d+-.*: taken away$/mu)
  expect(leftOf(ended)).toEqual([])
  expect(readdirSync(own.path)).toEqual([])
})

test.runIf(canMake)('what a killed lab left is taken away, and not what one has', async () => {
  const [dead, alive] = await Promise.all([
    labUntil(ON_A_DISK, /burst: /u),
    labUntil(ON_A_DISK, /burst: /u),
  ])
  const had = leftOf(alive)
  // one that cannot end by itself
  for (const broker of brokersOf(dead)) process.kill(broker, 'SIGSTOP')
  dead.kill('SIGKILL')
  await endOf(dead)
  const { out } = await runPerf([...LONG, '--limit-folder'], /slow disk: /u)
  const said = out.split('\n').filter((line) => line.startsWith('left by a lab that was killed: '))
  for (const what of ['broker \\d+', 'disk /dev/loop\\d+', '/dev/shm/\\S+', `${tmpdir()}/\\S+`]) {
    expect(said).toContainEqual(expect.stringMatching(`: ${what}: taken away$`))
  }
  expect(leftOf(dead)).toEqual([])
  expect(leftOf(alive)).toEqual(had)
  alive.kill('SIGINT')
  await endOf(alive)
  expect(leftOf(alive)).toEqual([])
})
