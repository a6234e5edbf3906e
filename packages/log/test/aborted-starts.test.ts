import { encodeEndTransactionMarker } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { Life } from './life.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CHANNELS, CLIENT, committed } from './test-store.ts'

const PRODUCER = { producerId: 7, producerEpoch: 0 }
const CONFIG = { indexIntervalBytes: 200 }
/** Of calls to the disk: a start takes fewer. */
const MOST_CALLS = 80

/** A transaction that was aborted, and records behind it, all of it durable. */
async function begin(channel: (typeof CHANNELS)[number]): Promise<Life> {
  const life = await Life.begin({ channel, config: CONFIG })
  const { log } = life
  const batch = batchOf(numbered(1), { ...PRODUCER, baseSequence: 0, transactional: true })
  log.appendAsLeader(batch, { ...CLIENT, transactionVerified: true })
  const end = { ...PRODUCER, coordinatorEpoch: 0, timestamp: TIME_MS, commit: false }
  const marker = Buffer.from(encodeEndTransactionMarker(end))
  log.appendAsLeader(marker, { origin: 'coordinator', leaderEpoch: 0 })
  for (let left = 20; left > 0; left--) append(life)
  await committed(log)
  await log.flush()
  await life.store.checkpoint()
  return life
}

function append({ log }: Life): void {
  log.appendAsLeader(batchOf(numbered(1)), CLIENT)
}

/** Offsets of markers. */
async function aborted({ log }: Life): Promise<number[]> {
  const range = { fromOffset: 0, toOffset: log.highWatermark }
  return (await log.transactions.aborted(range)).map(({ lastOffset }) => lastOffset)
}

test.each(CHANNELS)('a start that dies does not forget what was aborted: %s', async (channel) => {
  for (let calls = 0; calls < MOST_CALLS; calls++) {
    const life = await begin(channel)
    await life.cutPowerAndDie(calls, calls)
    await life.cutPower(calls)
    expect([calls, await aborted(life)]).toEqual([calls, [1]])
  }
})
