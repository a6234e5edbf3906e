import { KIB, seededRandom } from '@pafka/base'
import { type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { encodeEndTransactionMarker } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore } from './test-store.ts'

const PRODUCER = { producerId: 7, producerEpoch: 0 }
/** Of the batches that are to stay. */
const CUT = 2

const CONFIG = { segmentBytes: 450 }
const SIZES = { limitBytes: 256 * KIB, tailBytes: 256 * KIB, pieceBytes: 64 * KIB }
const JOURNAL = { folder: '/data/journal', ...SIZES }

interface Life {
  readonly disk: SimulatedDisk
  readonly store: LogStore
  readonly log: PartitionLog
}

async function live(disk: SimulatedDisk): Promise<Life> {
  const store = await openStore({
    files: disk,
    config: CONFIG,
    store: { channel: 'journal', journal: JOURNAL },
  })
  return { disk, store, log: store.get('topic', 0) ?? createLog(store, CONFIG) }
}

function append({ log }: Life, bytes: number): Promise<void> {
  const records = [{ timestamp: TIME_MS, key: null, value: Buffer.alloc(bytes) }]
  expect(log.appendAsLeader(batchOf(records), CLIENT).errorCode).toBe(0)
  return committed(log)
}

/** Two batches that stay, and behind them a transaction that was aborted, which all files have. */
async function begin(): Promise<Life> {
  const life = await live(SimulatedDisk.create())
  const { log } = life
  for (let count = 0; count < CUT; count++) await append(life, 10)
  const batch = batchOf(numbered(1), { ...PRODUCER, baseSequence: 0, transactional: true })
  log.appendAsLeader(batch, { ...CLIENT, transactionVerified: true })
  const end = { ...PRODUCER, coordinatorEpoch: 0, timestamp: TIME_MS, commit: false }
  const marker = Buffer.from(encodeEndTransactionMarker(end))
  log.appendAsLeader(marker, { origin: 'coordinator', leaderEpoch: 0 })
  await committed(log)
  await log.flush()
  expect(log.parts.segments.count).toBe(1)
  return life
}

/** Offsets of markers. */
async function aborted({ log }: Life): Promise<number[]> {
  const range = { fromOffset: 0, toOffset: log.highWatermark }
  return (await log.transactions.aborted(range)).map(({ lastOffset }) => lastOffset)
}

const NEXT = [
  { next: 'the same segment', bytes: 10, segments: 1 },
  { next: 'a new one', bytes: 300, segments: 4 },
]

/** The process dies so many turns after a cut began, if at all; then the power fails. */
async function cutAndDie(turn: number, seed: number, next: (typeof NEXT)[number]): Promise<Life> {
  let life = await begin()
  if (seed % 2 === 0) await life.store.checkpoint()
  expect(await aborted(life)).toEqual([3])
  const cutting = life.log.truncateTo(CUT).catch(() => undefined)
  await (turn < 0 ? cutting : turns(turn))
  const kills = turn < 0 ? 0 : 1 + (seed % 3)
  for (let left = kills; left > 0; left--) life = await live(life.disk.kill())
  if (life.log.logEndOffset > CUT) await life.log.truncateTo(CUT)
  while (life.log.logEndOffset < CUT + 3) await append(life, next.bytes)
  expect(life.log.parts.segments.count).toBe(next.segments)
  await life.store.checkpoint()
  return live(life.disk.cutPower(seededRandom(seed)))
}

test.each(NEXT)('what was cut does not come back, with $next behind it', async (next) => {
  for (let turn = -1; turn < 8; turn++) {
    for (let seed = 0; seed < 9; seed++) {
      const life = await cutAndDie(turn, seed, next)
      const found = [life.log.logEndOffset, await aborted(life)]
      expect(found, `turn ${turn}, seed ${seed}`).toEqual([CUT + 3, []])
      await life.store.close()
    }
  }
})
