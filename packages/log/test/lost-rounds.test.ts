import { KIB, seededRandom } from '@pafka/base'
import {
  decodeRound,
  defaultLogConfig,
  type LogStore,
  type PartitionLog,
  readRoundHead,
} from '@pafka/log'
import { expect, test } from 'vitest'

import { SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll } from './test-store.ts'

const PIECE_BYTES = 64 * KIB
/** A round takes one block, and its batch all of a segment. */
const VALUE_BYTES = 2000
/** Acks do not wait for a barrier: of many rounds a power cut may lose any. */
const CONFIG = { ...defaultLogConfig, flushMessages: 1_000_000, segmentBytes: 2200 }
const SEEDS = Array.from({ length: 80 }, (_, at) => at + 1)

interface Outcome {
  /** Batches that are there again. */
  readonly kept: number
  /** Whether they are the first of those that were sent. */
  readonly isPrefix: boolean
  /** Of the first round of the lap; -1 when it is not whole. */
  readonly lapOffset: number
}

function open(disk: SimulatedDisk): Promise<LogStore> {
  const sizes = { limitBytes: 2 * PIECE_BYTES, tailBytes: 32 * PIECE_BYTES }
  const journal = { folder: '/data/journal', ...sizes, pieceBytes: PIECE_BYTES }
  return openStore({ files: disk, config: CONFIG, store: { channel: 'journal', journal } })
}

async function append(log: PartitionLog, sent: Buffer[]): Promise<void> {
  const value = Buffer.alloc(VALUE_BYTES, `${sent.length} `)
  const batch = batchOf([{ timestamp: TIME_MS, key: null, value }])
  expect(log.appendAsLeader(batch, CLIENT).errorCode).toBe(0)
  sent.push(batch)
  await committed(log)
}

/** Of the round at the beginning of the ring; -1 when it is not whole. */
function firstOffsetOf(disk: SimulatedDisk): number {
  const ring = Buffer.from(disk.readFile('/data/journal/ring') ?? [])
  const head = readRoundHead(ring, ring.subarray(16, 32))
  const round = head && decodeRound(ring.subarray(0, head.totalBytes), head)
  return round?.items[0]?.baseOffset ?? -1
}

/** A ring goes round with rounds that no barrier covers, and power is lost. */
async function goRoundAndCut(seed: number): Promise<Outcome> {
  const disk = SimulatedDisk.create()
  const log = createLog(await open(disk), CONFIG)
  const sent: Buffer[] = []
  while (sent.length < 20 + seed) await append(log, sent)
  const left = disk.cutPower(seededRandom(seed))
  const lapOffset = firstOffsetOf(left)
  const after = (await open(left)).get('topic', 0) as PartitionLog
  const served = await readAll(after, 0, 10_000)
  const kept = after.logEndOffset
  const isPrefix = served.equals(Buffer.concat(sent.slice(0, kept)))
  return { kept, isPrefix, lapOffset }
}

test('what follows a round that is lost is lost too, in a ring that goes round', async () => {
  let tempted = 0
  for (const seed of SEEDS) {
    const { kept, isPrefix, lapOffset } = await goRoundAndCut(seed)
    expect([seed, isPrefix]).toEqual([seed, true])
    if (lapOffset > kept) tempted += 1
  }
  // a round before the lap was lost, and the lap's first was there for the taking
  expect(tempted).toBeGreaterThan(3)
})
