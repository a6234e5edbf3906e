import { KIB, MIB, seededRandom } from '@pafka/base'
import { type LogRead, type LogStoreOptions, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overChannel, readAll } from './test-store.ts'

const BATCHES = 24

let disk = SimulatedDisk.create()
let undo: (() => Promise<void>)[] = []

beforeEach(() => {
  disk = SimulatedDisk.create()
})

afterEach(async () => {
  for (const action of undo.toReversed()) await action()
  undo = []
})

interface OldLog {
  readonly log: PartitionLog
  readonly bytes: Buffer
}

/** A log of a store that was opened again: all its bytes are in files, none in memory. */
async function oldLog(valueBytes: number, options?: Partial<LogStoreOptions>): Promise<OldLog> {
  const random = seededRandom(7)
  const before = await openStore({ files: disk })
  const written = createLog(before)
  for (let at = 0; at < BATCHES; at++) {
    const value = Buffer.from(random.bytes(valueBytes))
    written.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
  }
  await committed(written)
  const bytes = await readAll(written, 0, MIB)
  await before.close()
  const store = await openStore({ files: disk, store: { ...options } })
  undo.push(() => store.close())
  const log = store.get('topic', 0)
  if (log === undefined) throw new Error('the log is gone')
  return { log, bytes }
}

function readOne(log: PartitionLog, offset: number, minOneBatch: boolean): Promise<LogRead> {
  return log.read(offset, 100 * KIB, { minOneBatch })
}

overChannel('journal', () => {
  test('batches larger than what is read at least come whole', async () => {
    const { log, bytes } = await oldLog(600 * KIB)
    for (const maxBytes of [1, 300 * KIB, 700 * KIB, 3 * MIB]) {
      expect((await readAll(log, 0, maxBytes)).equals(bytes)).toBe(true)
    }
  })

  test('an answer holds its memory until it is released', async () => {
    const { log, bytes } = await oldLog(90 * KIB, { readMemoryBytes: MIB })
    const held: LogRead[] = []
    for (let at = 0; at < BATCHES; at++) held.push(await readOne(log, at, false))
    const given = held.filter((read) => read.records.length > 0)
    const refused = held.filter((read) => read.records.length === 0)
    expect(given.length).toBeGreaterThan(0)
    expect(refused.length).toBeGreaterThan(0)
    for (const read of refused) expect(read.errorCode).toBe(ErrorCode.NONE)
    const whoWaits = await readOne(log, BATCHES - 1, true)
    expect(whoWaits.records.length).toBeGreaterThan(90 * KIB)
    for (const read of [...held, whoWaits]) read.release()
    expect((await readAll(log, 0, 100 * KIB)).equals(bytes)).toBe(true)
  })

  test('who holds answers for ever keeps nobody from reading', async () => {
    const { log, bytes } = await oldLog(90 * KIB, { readMemoryBytes: MIB })
    const held: LogRead[] = []
    for (let at = 0; at < BATCHES; at++) {
      held.push(await readOne(log, at, true), await readOne(log, at, false))
    }
    const first = Buffer.concat(held.filter((_, at) => at % 2 === 0).map((read) => read.records))
    expect(first.equals(bytes)).toBe(true)
    expect((await readAll(log, 0, 100 * KIB)).equals(bytes)).toBe(true)
    for (const read of held) read.release()
  })

  test('who holds a batch larger than reads should be keeps nobody from reading it', async () => {
    const { log, bytes } = await oldLog(300 * KIB, { readMemoryBytes: MIB })
    const held: LogRead[] = []
    for (let at = 0; at < BATCHES; at++) held.push(await log.read(at, 1, { minOneBatch: true }))
    expect(Buffer.concat(held.map((read) => read.records)).equals(bytes)).toBe(true)
    for (const read of held) read.release()
  })
})
