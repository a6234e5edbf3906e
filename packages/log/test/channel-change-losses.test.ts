import { KIB, seededRandom } from '@pafka/base'
import { type ChannelType, type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { encodeEndTransactionMarker } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { syncFile } from '../src/files/file-calls.ts'
import { segmentPath } from '../src/segment/segment-names.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'

const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1)
const SIZES = { limitBytes: 256 * KIB, tailBytes: 256 * KIB, pieceBytes: 64 * KIB }
const JOURNAL = { folder: '/data/journal', ...SIZES }
const CONFIG = { segmentBytes: 500 }
const PRODUCER = { producerId: 7, producerEpoch: 0 }

interface Life {
  readonly files: SimulatedDisk
  readonly store: LogStore
  readonly log: PartitionLog
}

async function live(files: SimulatedDisk, channel: ChannelType): Promise<Life> {
  const store = await openStore({ files, config: CONFIG, store: { channel, journal: JOURNAL } })
  return { files, store, log: store.get('topic', 0) ?? createLog(store, CONFIG) }
}

async function append({ log }: Life, count: number, transactional = false): Promise<void> {
  const producer = transactional ? { ...PRODUCER, baseSequence: 0, transactional } : {}
  const options = { ...CLIENT, transactionVerified: true }
  expect(log.appendAsLeader(batchOf(numbered(count), producer), options).errorCode).toBe(0)
  await committed(log)
}

/** The first segment's index of aborted transactions has one, as a roll leaves it. */
async function addAborted({ files, log }: Life, lastOffset: number): Promise<void> {
  const entry = Buffer.alloc(34)
  const fields = [PRODUCER.producerId, 0, lastOffset, lastOffset + 1]
  for (const [at, value] of fields.entries()) entry.writeBigInt64BE(BigInt(value), 2 + 8 * at)
  const file = files.open(segmentPath(log.parts.folder, 0, 'txnindex'), 'write')
  file.writeNow([entry], 0)
  await syncFile(file)
  await files.syncFolder(log.parts.folder)
}

test('an aborted transaction whose marker is lost with the journal stays away', async () => {
  for (const seed of SEEDS) {
    const journaled = await live(SimulatedDisk.create(), 'journal')
    await append(journaled, 1)
    await journaled.store.checkpoint()
    await addAborted(journaled, 1)
    const filed = await live(journaled.files.cutPower(seededRandom(seed)), 'file')
    await append(filed, 20) // in a segment of its own
    await filed.store.close()
    const { log } = await live(filed.files.cutPower(seededRandom(seed)), 'file')
    expect(log.parts.segments.count).toBe(2)
    const range = { fromOffset: 0, toOffset: log.highWatermark }
    expect([seed, await log.transactions.aborted(range)]).toEqual([seed, []])
  }
})

test('an open transaction is known though who wrote the snapshot was killed', async () => {
  for (const seed of SEEDS) {
    const killed = await live(SimulatedDisk.create(), 'file')
    await append(killed, 1, true)
    killed.log.parts.roll()
    const filed = await live(killed.files.kill(), 'file')
    await filed.store.close()
    const journaled = await live(filed.files.kill(), 'journal')
    await journaled.store.checkpoint()
    const { log } = await live(journaled.files.cutPower(seededRandom(seed)), 'journal')
    expect([seed, log.highWatermark, log.lastStableOffset]).toEqual([seed, 1, 0])
    const end = { ...PRODUCER, coordinatorEpoch: 0, timestamp: TIME_MS, commit: true }
    const marker = Buffer.from(encodeEndTransactionMarker(end))
    log.appendAsLeader(marker, { origin: 'coordinator', leaderEpoch: 0 })
    await committed(log)
    expect(log.lastStableOffset).toBe(2)
  }
})
