import { MIB } from '@pafka/base'
import type { LogStore, PartitionLog } from '@pafka/log'
import { beforeEach, expect, test } from 'vitest'

import { SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, idempotent, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'

const RING_BYTES = 8 * MIB
const LARGE_BYTES = 300_000

let files: SimulatedDisk
let store: LogStore
let log: PartitionLog

beforeEach(async () => {
  files = SimulatedDisk.create()
  store = await open()
  log = createLog(store)
})

function open(): Promise<LogStore> {
  const journal = { folder: '/data/journal', limitBytes: RING_BYTES, tailBytes: 4 * RING_BYTES }
  return openStore({ files, store: { channel: 'journal', journal } })
}

/** What a crash leaves: the files as they are, without any farewell. */
async function crash(): Promise<void> {
  files = files.kill()
  store = await open()
  log = store.get('topic', 0) as PartitionLog
}

function send(sequence: number): number {
  const result = log.appendAsLeader(idempotent({ producerId: 1, sequence }), CLIENT)
  return result.errorCode === 0 ? result.baseOffset : -result.errorCode
}

test('appends that fill the ring several times over are all committed', async () => {
  const value = Buffer.alloc(LARGE_BYTES)
  const count = (4 * RING_BYTES) / LARGE_BYTES
  for (let left = count; left > 0; left--) {
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value }]), CLIENT)
  }
  await committed(log)
  expect(log.highWatermark).toBe(log.logEndOffset)
  await store.close()
})

test.each([1, 3, 5, 8])(
  '%i batches while a checkpoint is made, a crash: five are known',
  async (after) => {
    for (let sequence = 0; sequence < 10; sequence++) send(sequence)
    await committed(log)
    const checkpoint = store.checkpoint() // it knows of what comes now, and so does the ring
    for (let sequence = 10; sequence < 10 + after; sequence++) send(sequence)
    await Promise.all([checkpoint, committed(log)])
    await crash()
    const end = 10 + after
    for (let sequence = end - 5; sequence < end; sequence++) expect(send(sequence)).toBe(sequence)
    expect(send(end)).toBe(end)
  },
)
