import { execFileSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

import { KIB } from '@pafka/base'
import { temporaryFolder } from '@pafka/testing'
import { beforeEach, describe, expect, test } from 'vitest'

import {
  append,
  createLog,
  dump,
  type DumpLine,
  dumpJson,
  ofType,
  openStore,
  writeCatalog,
} from './sample-folder.ts'

const BLOCK = 4096
const PIECE_BYTES = 64 * KIB
let folder = ''
let ring = ''

beforeEach(async () => {
  const temporary = await temporaryFolder()
  folder = join(temporary.path, 'crashed')
  ring = join(folder, 'journal/ring')
  await leaveBehind(temporary.path, 12)
  return () => temporary[Symbol.asyncDispose]()
})

/**
 * What a broker leaves that is killed: rounds of one block each, which no checkpoint covers.
 * @param covered rounds before them that one does
 */
async function leaveBehind(path: string, rounds: number, covered = 0): Promise<void> {
  const journal = { limitBytes: 4 * PIECE_BYTES, tailBytes: 1024 * KIB, pieceBytes: PIECE_BYTES }
  const data = join(path, `data-${covered}`)
  const store = await openStore(data, { channel: 'journal', journal })
  const log = createLog(store)
  // so few at a time that the ring stays as small as it is, and makes no checkpoint of its own
  for (let left = covered; left > 0; left--) {
    await append(log, 1)
    if (left % 4 === 1) await store.checkpoint()
  }
  for (let left = rounds; left > 0; left--) await append(log, 1)
  writeCatalog(data)
  rmSync(folder, { recursive: true, force: true })
  cpSync(data, folder, { recursive: true })
  await store.close()
}

/** The same rounds in a ring that ends behind the first four: the others lie at its beginning. */
function turnRound(): void {
  const rounds = readFileSync(ring).subarray(0, 12 * BLOCK)
  const [first, others] = [rounds.subarray(0, 4 * BLOCK), rounds.subarray(4 * BLOCK)]
  forgetSize()
  writeFileSync(ring, Buffer.concat([others, Buffer.alloc(4 * BLOCK), first]))
  const path = join(folder, 'journal/checkpoint')
  const checkpoint = readFileSync(path)
  checkpoint.writeBigInt64BE(BigInt(12 * BLOCK), 32)
  checkpoint.writeUInt32BE(crc32(checkpoint.subarray(16)), 12)
  writeFileSync(path, checkpoint)
}

function forgetSize(): void {
  rmSync(join(folder, 'journal/ring-size'))
}

function cutUnseen(lengthBytes: number): void {
  truncateSync(ring, lengthBytes)
  forgetSize()
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  writeFileSync(path, bytes)
}

interface Found {
  readonly rounds: readonly DumpLine[]
  readonly end: DumpLine | undefined
  /** Positions and texts. */
  readonly problems: readonly unknown[]
  readonly notes: readonly unknown[]
}

async function foundIn(...args: string[]): Promise<Found> {
  const lines = await dumpJson(...args)
  const said = (type: string): unknown[] =>
    ofType(lines, type).map(({ position, what }) => [position, what])
  const [end] = ofType(lines, 'ringEnd')
  return { rounds: ofType(lines, 'round'), end, problems: said('problem'), notes: said('note') }
}

function sequenceOf(line: DumpLine | undefined): number {
  return Number(line?.['sequence'])
}

describe('where the run of rounds ends', () => {
  test('is said, and that it had to', async () => {
    const { rounds, end, problems, notes } = await foundIn(ring)
    expect(rounds).toHaveLength(12)
    const lastSequence = sequenceOf(rounds[11])
    const position = 12 * BLOCK
    expect(end).toMatchObject({ position, lastSequence, rounds: 12, younger: null })
    expect([problems, notes]).toEqual([[], []])
  })

  test('before a damaged round, though sound ones follow: damage', async () => {
    const all = await foundIn(ring)
    flip(ring, 5 * BLOCK + 200)
    const { rounds, end, problems } = await foundIn(ring)
    expect(rounds).toEqual(all.rounds.slice(0, 5))
    const [lastSequence, younger] = [4, 7].map((at) => sequenceOf(all.rounds[at]))
    expect(end).toMatchObject({ position: 5 * BLOCK, lastSequence, rounds: 5, younger })
    const what = `the run is broken off behind sequence ${lastSequence}: ${younger} beyond it`
    expect(problems).toEqual([[5 * BLOCK, expect.stringContaining(what)]])
    const { text, exitCode, errors } = await dump(folder)
    expect(text).toContain(`\nthe run ends at 20480 lastSequence: ${lastSequence} rounds: 5\n`)
    expect(text).toContain(`\nPROBLEM at 20480: ${what}`)
    expect([exitCode, errors]).toEqual([1, '1 problem found\n'])
    const whole = (await foundIn('--all', ring)).rounds.map(({ state, isWhole }) => [
      state,
      isWhole,
    ])
    expect(whole.slice(4, 7)).toEqual([
      ['live', true],
      ['unconnected', false],
      ['unconnected', true],
    ])
  })

  test.each([11, 10])('before round %i of 0 to 11, as a power cut may leave it', async (block) => {
    flip(ring, block * BLOCK + 200)
    const { rounds, end, problems, notes } = await foundIn(ring)
    expect([rounds.length, end?.['younger'], problems]).toEqual([block, null, []])
    expect(notes).toEqual([[block * BLOCK, expect.stringContaining('is not whole')]])
    expect((await dump(ring)).exitCode).toBe(0)
  })

  test('in a ring that went round, also before the first of a lap', async () => {
    turnRound()
    const { rounds, problems } = await foundIn(ring)
    const blocks = rounds.map(({ position }) => Number(position) / BLOCK)
    expect([blocks, problems]).toEqual([[12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7], []])
    flip(ring, 200)
    const broken = await foundIn(ring)
    expect(broken.rounds).toEqual(rounds.slice(0, 4))
    expect(broken.problems).toEqual([[16 * BLOCK, expect.stringContaining('broken off')]])
  })

  test('where a ring was cut, and before its rounds began', async () => {
    cutUnseen(5 * BLOCK + 500)
    const { rounds, notes } = await foundIn(ring)
    expect(rounds).toHaveLength(5)
    expect(notes).toEqual([[5 * BLOCK, expect.stringContaining('is not whole')]])
    await leaveBehind(join(folder, '..'), 2, 8)
    truncateSync(ring, 3 * BLOCK)
    const { problems } = await foundIn(ring)
    expect(problems).toEqual([[3 * BLOCK, expect.stringContaining('the file ends before')]])
    truncateSync(ring, 0)
    const checkpoint = readFileSync(join(folder, 'journal/checkpoint'))
    checkpoint.writeBigInt64BE(0n, 32) // rounds that began at the beginning
    checkpoint.writeUInt32BE(crc32(checkpoint.subarray(16)), 12)
    writeFileSync(join(folder, 'journal/checkpoint'), checkpoint)
    expect((await foundIn(ring)).problems).toEqual([[0, expect.stringContaining('ends before')]])
  })
})

test('a ring is cut that is shorter than a file beside it says', async () => {
  truncateSync(ring, 5 * BLOCK + 500)
  const { rounds, problems } = await foundIn(ring)
  expect(rounds).toHaveLength(5)
  expect(problems).toEqual([
    [5 * BLOCK + 500, expect.stringMatching(/^the file was cut: it had \d{5,} bytes at least$/)],
  ])
})

describe('rounds that were set aside for a log dir that failed', () => {
  let aside = ''

  beforeEach(() => {
    aside = join(folder, 'journal/stranded-1')
    mkdirSync(aside)
    cpSync(join(folder, 'journal/checkpoint'), join(aside, 'checkpoint'))
    writeFileSync(join(aside, 'ring'), readFileSync(ring).subarray(0, 12 * BLOCK))
  })

  test('are named by the same catalog as those of the journal', async () => {
    const { text, exitCode } = await dump(folder)
    expect(exitCode).toBe(0)
    expect(text.match(/\btopic: orders topicId/g)?.length).toBeGreaterThanOrEqual(24)
    expect(text).not.toContain('topic: none')
  })

  test('are all there, or it is damage', async () => {
    flip(join(aside, 'ring'), 11 * BLOCK + 200)
    const { rounds, problems } = await foundIn(join(aside, 'ring'))
    expect(rounds).toHaveLength(11)
    expect(problems).toEqual([[11 * BLOCK, expect.stringContaining('go on up to 49152')]])
  })

  test('need not follow each other', async () => {
    const rounds = readFileSync(join(aside, 'ring'))
    const others = [rounds.subarray(0, 4 * BLOCK), rounds.subarray(6 * BLOCK)]
    writeFileSync(join(aside, 'ring'), Buffer.concat(others))
    const found = await foundIn(join(aside, 'ring'))
    expect([found.rounds.length, found.problems, found.notes]).toEqual([10, [], []])
  })

  test('are damage where one in their midst is, or a hole in its place', async () => {
    flip(join(aside, 'ring'), 5 * BLOCK + 200)
    const { rounds, problems } = await foundIn(join(aside, 'ring'))
    expect(rounds).toHaveLength(11)
    expect(problems).toEqual([[null, expect.stringContaining('rounds are missing')]])
  })

  test('that were not finished are in the ring too', async () => {
    rmSync(join(aside, 'checkpoint'))
    const { rounds, problems, notes } = await foundIn(join(aside, 'ring'))
    expect([rounds, problems]).toEqual([[], []])
    expect(notes).toEqual([[null, expect.stringContaining('was not finished')]])
  })
})

test('a journal elsewhere knows the log dir where the names of its topics are', async () => {
  const elsewhere = join(folder, '../elsewhere/journal')
  mkdirSync(join(folder, '../elsewhere'))
  renameSync(join(folder, 'journal'), elsewhere)
  rmSync(join(elsewhere, 'dirs'))
  expect((await dump(elsewhere)).text).toContain('topic: none')
  writeFileSync(join(elsewhere, 'dirs'), `0\n2\nan-id /not/there\nanother-id ${folder}\n`)
  const { text } = await dump(elsewhere)
  expect(text).toContain('topic: orders')
  expect(text).not.toContain('topic: none')
})

describe('paths without anything to be read', () => {
  test('a folder without files of a broker is said to be one', async () => {
    const empty = join(folder, 'empty')
    mkdirSync(join(empty, 'ring'), { recursive: true })
    const { text, exitCode } = await dump(empty)
    expect([text, exitCode]).toEqual([`note no file of a broker is below ${empty}\n`, 0])
  })

  test('a pipe is not waited for', async () => {
    const pipe = join(folder, 'orders-0/00000000000000000000.log')
    rmSync(pipe, { force: true })
    execFileSync('/usr/bin/env', ['mkfifo', pipe])
    for (const path of [pipe, folder]) {
      const { text, exitCode } = await dump(path)
      expect([text.includes(`PROBLEM ${pipe} is no regular file`), exitCode]).toEqual([true, 1])
    }
  })

  test('what is no text is said in few words, at the right place', async () => {
    const path = join(folder, 'recovery-point-offset-checkpoint')
    const noise = Buffer.alloc(1000, 0xe9)
    writeFileSync(path, Buffer.concat([Buffer.from('0\n2\n'), noise, Buffer.from('\nx\n')]))
    const { problems } = await foundIn(path)
    expect(problems.map((one) => (one as unknown[])[0])).toEqual([4, 1005])
    const [line = ''] = (await dump(path)).text.match(/^PROBLEM at 4.*/m) ?? []
    expect(line).toMatch(/"(e9){80}" and more$/)
  })
})
