import { KIB, MIB, SECOND_MS, silentLogger } from '@pafka/base'
import { diskError, type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'

const PIECE_BYTES = 64 * KIB
const VALUE = Buffer.alloc(10_000, 'x')

let files: SimulatedDisk
let clock: ManualClock
let store: LogStore
let log: PartitionLog
let errors: string[] = []
let writes = 0

beforeEach(async () => {
  files = SimulatedDisk.create()
  clock = new ManualClock(TIME_MS)
  errors = []
  writes = 0
  const sizes = { limitBytes: 16 * PIECE_BYTES, tailBytes: 4 * MIB, pieceBytes: PIECE_BYTES }
  const journal = { folder: '/journal', ...sizes }
  const logger = { ...silentLogger, error: (event: string) => void errors.push(event) }
  store = await openStore({ files, clock, logger, store: { channel: 'journal', journal } })
  log = createLog(store)
})

function failCheckpoints(code: string): void {
  files.fault = (operation, path) => {
    if (operation !== 'write' || !path.startsWith('/journal/checkpoint')) return undefined
    writes += 1
    return diskError(code, path)
  }
}

async function append(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
    await committed(log)
  }
}

async function seconds(count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1) {
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(SECOND_MS)
  }
}

test('it is tried each second, and said once until the cause is another or it works', async () => {
  failCheckpoints('EIO')
  await append(40)
  await seconds(5)
  expect([errors, writes]).toEqual([['journal-checkpoint-failed'], 5])
  await append(20) // they want room, too
  expect(writes).toBe(6)
  failCheckpoints('EROFS')
  await seconds(3)
  expect(errors).toHaveLength(2)
  files.fault = () => undefined
  await seconds(2)
  expect(store.journal?.usedBytes).toBeLessThan((16 * PIECE_BYTES) / 4)
  failCheckpoints('EROFS')
  await append(40)
  await seconds(3)
  expect(errors).toEqual(Array(3).fill('journal-checkpoint-failed'))
})

test('nothing is tried after a stop', async () => {
  failCheckpoints('EIO')
  await append(40)
  await seconds(1)
  await store.close()
  writes = 0
  await seconds(3)
  expect(writes).toBe(0)
})
