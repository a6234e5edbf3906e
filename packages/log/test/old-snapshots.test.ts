import { encodeEndTransactionMarker, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { Life } from './life.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CHANNELS, CLIENT, committed } from './test-store.ts'

/** Some records a segment. */
const CONFIG = { segmentBytes: 500, indexIntervalBytes: 100, fileDeleteDelayMs: 0 }
const PRODUCER = { producerId: 7, producerEpoch: 0 }

async function send({ log }: Life, baseSequence: number, transactional = false): Promise<void> {
  const batch = batchOf(numbered(1), { ...PRODUCER, baseSequence, transactional })
  const { errorCode } = log.appendAsLeader(batch, { ...CLIENT, transactionVerified: true })
  expect(errorCode).toBe(ErrorCode.NONE)
  await committed(log)
}

async function commit({ log }: Life): Promise<void> {
  const end = { ...PRODUCER, coordinatorEpoch: 0, timestamp: TIME_MS, commit: true }
  const marker = Buffer.from(encodeEndTransactionMarker(end))
  log.appendAsLeader(marker, { origin: 'coordinator', leaderEpoch: 0 })
  await committed(log)
}

async function others({ log }: Life, count: number): Promise<void> {
  for (let left = count; left > 0; left--) log.appendAsLeader(batchOf(numbered(1)), CLIENT)
  await committed(log)
}

test.each(CHANNELS)('one from before the first segment is not believed: %s', async (channel) => {
  const life = await Life.begin({ channel, config: CONFIG })
  await send(life, 0, true)
  await life.log.flush()
  const { parts } = life.log
  const path = parts.snapshotPath(1)
  const old = life.disk.readFile(path)
  if (old === undefined) throw new Error('a flush writes what producers did')
  await commit(life)
  await send(life, 1)
  await others(life, 20)
  await life.log.deleteRecordsBefore(20)
  await life.store.checkpoint()
  // as power loss leaves them that comes before what was done to them is durable
  for (const { kind, baseOffset } of parts.segmentFiles()) {
    if (kind === 'snapshot') await life.disk.remove(parts.snapshotPath(baseOffset))
  }
  life.disk.writeFile(path, old)
  await life.kill()
  expect(life.log.parts.segments.first?.baseOffset).toBeGreaterThan(3)
  expect(life.log.lastStableOffset).toBe(23)
  await life.log.truncateTo(22)
  expect(life.log.lastStableOffset).toBe(22)
  await send(life, 2)
})
