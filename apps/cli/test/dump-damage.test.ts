import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { temporaryFolder } from '@pafka/testing'
import { beforeAll, beforeEach, expect, test } from 'vitest'

import {
  append,
  appendOfProducers,
  CODECS,
  createLog,
  dump,
  dumpJson,
  ofType,
  openStore,
  writeCatalog,
} from './sample-folder.ts'

const config = { segmentBytes: 700, indexIntervalBytes: 100 }
const FIRST = 'orders-0/00000000000000000000'
let [sound, folder] = ['', '']

beforeAll(async () => {
  const temporary = await temporaryFolder()
  sound = temporary.path
  const store = await openStore(sound, { channel: 'file', config })
  const log = createLog(store, config)
  await append(log, 8, CODECS)
  await appendOfProducers(log)
  await store.close()
  writeCatalog(sound)
  return () => temporary[Symbol.asyncDispose]()
})

beforeEach(async () => {
  const temporary = await temporaryFolder()
  folder = temporary.path
  return () => temporary[Symbol.asyncDispose]()
})

/** A copy of a sound file, changed, alone in its folder but for `others`. */
function damaged(name: string, change: (bytes: Buffer) => Buffer, others: string[] = []): string {
  mkdirSync(join(folder, 'orders-0'), { recursive: true })
  for (const other of others) copyFileSync(join(sound, other), join(folder, other))
  const path = join(folder, name)
  writeFileSync(path, change(readFileSync(join(sound, name))))
  return path
}

function flipped(at: number): (bytes: Buffer) => Buffer {
  return (bytes) => {
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
    return bytes
  }
}

/** Positions and texts of what was found. */
async function problemsOf(...args: string[]): Promise<(readonly [unknown, unknown])[]> {
  const lines = await dumpJson(...args)
  return ofType(lines, 'problem').map(({ position, what }) => [position, what] as const)
}

test('a batch whose bytes changed is named, and those behind it are printed', async () => {
  const path = damaged(`${FIRST}.log`, flipped(103 + 70))
  const lines = await dumpJson('--records', path)
  const batches = ofType(lines, 'batch')
  expect(batches.map((batch) => batch['isValid'])).toEqual([true, false, true, true, true, true])
  expect(await problemsOf(path)).toEqual([[103, expect.stringContaining('CRC')]])
  expect((await dump(path)).exitCode).toBe(1)
})

test('a file that is not batches from some place on ends there', async () => {
  const path = damaged(`${FIRST}.log`, flipped(103 + 16))
  expect(await problemsOf(path)).toEqual([[103, expect.stringContaining('magic is')]])
  const large = damaged(`${FIRST}.log`, (bytes) => {
    bytes.writeInt32BE(2 ** 31 - 1, 103 + 8)
    return bytes
  })
  expect(await problemsOf(large)).toEqual([[103, expect.stringContaining('no batch is as large')]])
})

test('a batch that is cut is damage, but for the newest segment', async () => {
  const path = damaged(`${FIRST}.log`, (bytes) => bytes.subarray(0, 110))
  const newest = await dumpJson(path)
  expect(ofType(newest, 'note')).toMatchObject([{ position: 103 }])
  expect(await problemsOf(path)).toEqual([])
  writeFileSync(join(folder, 'orders-0/00000000000000000010.log'), '')
  expect(await problemsOf(path)).toEqual([[103, expect.stringContaining('cut short')]])
})

test('in a data folder its marks say which segments may be cut', async () => {
  const path = damaged(`${FIRST}.log`, (bytes) => bytes.subarray(0, 110))
  writeFileSync(join(folder, 'orders-0/00000000000000000010.log'), '')
  writeFileSync(join(folder, 'meta.properties'), 'version=1\n')
  const points = join(folder, 'recovery-point-offset-checkpoint')
  expect(await problemsOf(path)).toEqual([])
  writeFileSync(points, '0\n1\norders 0 9\n')
  expect(await problemsOf(path)).toEqual([])
  writeFileSync(points, '0\n1\norders 0 10\n')
  expect(await problemsOf(path)).toHaveLength(1)
  rmSync(points)
  writeFileSync(join(folder, '.kafka_cleanshutdown'), '{"version":0}')
  expect(await problemsOf(path)).toHaveLength(1)
})

test('zeros at the end are room that was set aside', async () => {
  const grown = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(5000)])
  for (const name of [`${FIRST}.log`, `${FIRST}.index`, `${FIRST}.timeindex`]) {
    const lines = await dumpJson(damaged(name, grown))
    expect(ofType(lines, 'problem')).toEqual([])
    expect(ofType(lines, 'padding').length + Number(name.endsWith('.timeindex'))).toBeGreaterThan(0)
    const entries = lines.filter(({ type }) => /batch|Entry/.test(type))
    const before = await dumpJson(join(sound, name))
    expect(entries).toHaveLength(before.filter(({ type }) => /batch|Entry/.test(type)).length)
  }
})

test('indexes rise, are whole, and agree with their log', async () => {
  const swapped = damaged(`${FIRST}.index`, (bytes) =>
    Buffer.concat([bytes.subarray(8, 16), bytes.subarray(0, 8), bytes.subarray(16)]),
  )
  expect(await problemsOf(swapped)).toEqual([[8, 'entries do not rise']])
  const odd = damaged(`${FIRST}.timeindex`, (bytes) => bytes.subarray(0, bytes.length - 5))
  expect(await problemsOf(odd)).toEqual([[36, expect.stringContaining('7 bytes')]])

  const log = [`${FIRST}.log`]
  const moved = damaged(`${FIRST}.index`, (bytes) => (bytes.writeInt32BE(304, 12), bytes), log)
  expect(await problemsOf(moved)).toEqual([])
  expect(await problemsOf('--verify', moved)).toContainEqual([8, expect.stringMatching(/no batch/)])
  const other = damaged(`${FIRST}.index`, (bytes) => (bytes.writeInt32BE(4, 0), bytes), log)
  expect(await problemsOf('--verify', other)).toEqual([
    [0, 'the batch at 103 ends with offset 3, not 4'],
  ])
  const early = damaged(`${FIRST}.timeindex`, (bytes) => (bytes.writeInt32BE(9, 8), bytes), log)
  expect(await problemsOf('--verify', early)).toContainEqual([
    0,
    'the batch at offset 9 is later: 1700000000050',
  ])
  rmSync(join(folder, `${FIRST}.log`))
  expect(await problemsOf('--verify', early)).toEqual([
    [null, expect.stringContaining('cannot be read')],
  ])
})

test('snapshots, checkpoints, properties and the catalog', async () => {
  const snapshot = damaged('orders-0/00000000000000000016.snapshot', flipped(30))
  expect(await problemsOf(snapshot)).toEqual([[0, expect.stringContaining('CRC')]])

  const name = 'recovery-point-offset-checkpoint'
  const points = damaged(name, () => Buffer.from('0\n3\norders 0 5\norders x\n'))
  expect(await problemsOf(points)).toEqual([
    [15, 'not a line of it: "orders x"'],
    [24, '3 lines are promised, 2 are there'],
  ])
  const version = damaged('orders-0/leader-epoch-checkpoint', () => Buffer.from('7\n0\n'))
  expect(await problemsOf(version)).toEqual([[0, 'version is "7", not 0']])
  const meta = damaged('meta.properties', () => Buffer.from('version=1\nnonsense\n'))
  expect(await problemsOf(meta)).toEqual([[10, 'not a property: "nonsense"']])

  const topic = 'orders-0/partition.metadata'
  expect(await problemsOf(damaged(topic, (bytes) => bytes))).toEqual([])
  expect(await problemsOf(damaged(topic, () => Buffer.from('version: 0\n')))).toEqual([
    [11, 'there is no topic_id'],
  ])
  for (const id of ['xyz', '', 'AAAAAAAAAAAAAAAAAAAAAA']) {
    const path = damaged(topic, () => Buffer.from(`version: 0\ntopic_id: ${id}\n`))
    expect(await problemsOf(path)).toEqual([[11, `no topic id: "topic_id: ${id}"`]])
    expect((await dump(path)).exitCode).toBe(1)
  }

  const middle = damaged('catalog.log', flipped(80))
  expect(await problemsOf(middle)).toEqual([
    [78, expect.stringContaining('refuses to start')],
    [98, 'sequence is 6, not 5'],
  ])
  const torn = damaged('catalog.log', (bytes) => bytes.subarray(0, bytes.length - 1))
  expect(await problemsOf(torn)).toEqual([])
  expect(ofType(await dumpJson(torn), 'note')).toMatchObject([{ position: 98 }])
})

test('a damaged file does not keep the next from being printed', async () => {
  const log = damaged(`${FIRST}.log`, flipped(103 + 16))
  const points = damaged('recovery-point-offset-checkpoint', (bytes) => bytes)
  const ring = join(folder, 'journal')
  mkdirSync(ring)
  writeFileSync(join(ring, 'checkpoint'), 'nonsense')
  writeFileSync(join(ring, 'ring'), Buffer.alloc(8192))
  writeFileSync(join(folder, 'notes.txt'), 'not ours')
  const { text, errors, exitCode } = await dump(folder)
  expect(exitCode).toBe(1)
  expect(errors).toBe('3 problems found\n')
  expect(text).toContain(`Dumping ${log}`)
  expect(text).toContain('topic: orders partition: 0 offset: 16')
  expect(text).not.toContain('notes.txt')
  truncateSync(points, 0)
  expect((await dump(join(folder, 'notes.txt'), points)).text).toContain('PROBLEM at 0: no file of')
})

test('an index whose segment was moved to another log dir is not compared', async () => {
  const path = damaged(`${FIRST}.index`, (bytes) => bytes)
  expect(await problemsOf('--verify', path)).not.toEqual([])
  writeFileSync(join(folder, `${FIRST}.moved.AAAAAAAAAAAAAAAAAAAAAQ`), '')
  expect(await problemsOf('--verify', path)).toEqual([])
  const { text } = await dump('--verify', path)
  expect(text).toContain('lies in the log dir AAAAAAAAAAAAAAAAAAAAAQ')
})
