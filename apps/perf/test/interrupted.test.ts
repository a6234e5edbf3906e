import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

import { runCommandLine } from '../src/command-line.ts'
import { type FrozenBroker, frozenBroker } from './frozen-broker.ts'
import { runPerf } from './perf-process.ts'

let broker: FrozenBroker
beforeAll(async () => {
  broker = await frozenBroker()
})
afterEach(() => broker.thaw())
afterAll(() => broker[Symbol.dispose]())

interface Said {
  readonly code: number
  readonly lines: Record<string, unknown>[]
  readonly err: string
}

/** Interrupted when it has said something, and the broker answers no more if `freezes`. */
async function interrupted(freezes: boolean, ...args: string[]): Promise<Said> {
  let [out, err] = ['', '']
  const stop = new AbortController()
  const where = ['--bootstrap-server', broker.bootstrap, '--json']
  const code = await runCommandLine([...args, ...where], {
    async write(text) {
      if (out === '' && freezes) broker.freeze()
      if (out === '') setTimeout(() => stop.abort(), 200)
      out += text
    },
    writeError: (text) => void (err += text),
    signal: stop.signal,
  })
  const lines = out.trimEnd().split('\n')
  return { code, err, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

const OFTEN = ['--reporting-interval', '100']
const SENT = ['--record-size', '100', '--num-records', '1000000000', ...OFTEN]
const FAST = ['produce', '--topic', 'p', ...SENT, '--throughput', '-1']
const SLOW = ['produce', '--topic', 'p', ...SENT, '--throughput', '1000']
const TRANSACTIONS = [...SLOW, '--transaction-duration-ms', '50']
const END_TO_END = ['end-to-end', '--topic', 'e', ...SENT, '--throughput', '1000']
const CATCH_UP = ['catch-up', '--topic', 'c', '--backlog', '100KB', '--throughput', '1000']
const CONSUME = ['consume', '--topic', 'p', '--num-records', '1000000000', ...OFTEN]

test.each([
  ['as fast as it goes', FAST],
  ['at a rate', SLOW],
  ['in transactions', TRANSACTIONS],
])('records %s that a broker does not answer are told apart', async (_, args) => {
  const { code, lines, err } = await interrupted(true, ...args)
  const total = lines.find(({ what }) => what === 'total')
  expect(code).toBe(130)
  expect(total).toMatchObject({ interrupted: true, failed: 0 })
  expect(total?.['records']).toBeGreaterThan(0)
  expect(total?.['unanswered']).toBeGreaterThan(0)
  expect(err).toBe(`${Number(total?.['unanswered'])} records were not answered\n`)
})

test('the time in which nobody sent anything any more is no part of a rate', async () => {
  const beganMs = performance.now()
  const { lines } = await interrupted(true, ...SLOW)
  const tookMs = performance.now() - beganMs
  const total = lines.find(({ what }) => what === 'total')
  expect(tookMs - Number(total?.['elapsedMs'])).toBeGreaterThan(1500)
})

test.each([
  ['end-to-end', END_TO_END, 'total', /^\d+ records were not read, 0 of them not written\n$/u],
  ['catch-up', CATCH_UP, 'before', /^\d+ records were not answered\n$/u],
  ['consume', CONSUME, 'total', /^$/u],
])('%s ends though the broker answers no more', async (_, args, last, problem) => {
  const { code, lines, err } = await interrupted(true, ...args)
  expect(code).toBe(130)
  expect(lines.at(-1)).toMatchObject({ what: last, interrupted: true })
  expect(err).toMatch(problem)
})

test.each([
  ['produce', FAST],
  ['transactions', TRANSACTIONS],
  ['end-to-end', END_TO_END],
  ['catch-up', CATCH_UP],
  ['consume', CONSUME],
])('%s waits for the last answers of a broker that gives them', async (_, args) => {
  const { code, lines, err } = await interrupted(false, ...args)
  expect({ code, err }).toEqual({ code: 130, err: '' })
  expect(lines.at(-1)).toMatchObject({ interrupted: true })
})

test('a backlog that is interrupted says how far it came', async () => {
  const stop = new AbortController()
  let [out, err] = ['', '']
  const where = ['--bootstrap-server', broker.bootstrap, '--topic', 'backlog', '--backlog', '50GB']
  const running = runCommandLine(['catch-up', ...where, '--throughput', '1'], {
    write: async (text) => void (out += text),
    writeError: (text) => void (err += text),
    signal: stop.signal,
  })
  await sleep(1000)
  stop.abort()
  expect(await running).toBe(130)
  expect(out).toMatch(/^backlog: \d+ records sent, .*\n$/u)
  expect(err).toBe('')
})

test('nothing is said that did not begin, and it ends nevertheless', async () => {
  broker.freeze()
  const stop = new AbortController()
  let said = ''
  const where = ['--bootstrap-server', broker.bootstrap]
  const running = runCommandLine([...END_TO_END, ...where], {
    write: async (text) => void (said += text),
    writeError: (text) => void (said += text),
    signal: stop.signal,
  })
  setTimeout(() => stop.abort(), 300)
  expect(await running).toBe(130)
  expect(said).toBe('')
})

test('clients of a bench whose broker answers no more end too', async () => {
  const some = ['--threads', '2', '--num-records', '1000000', '--throughput', '1000', ...OFTEN]
  const where = ['--bootstrap-server', broker.bootstrap, '--json']
  const freeze = (): void => broker.freeze()
  const { exitCode, out, err } = await runPerf(['bench', ...where, ...some], /window/u, freeze)
  expect(exitCode).toBe(130)
  const total = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as unknown
  expect(total).toMatchObject({ what: 'total', interrupted: true, failed: 0 })
  expect(err).toMatch(/^client 0 on local: \d+ records were not answered\nclient 1 on local: /u)
})
