import { encodeEndTransactionMarker, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { Life } from './life.ts'
import { turns } from './power-cut-world.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CHANNELS, CLIENT, committed } from './test-store.ts'

/** Some records a segment. */
const CONFIG = { segmentBytes: 500, indexIntervalBytes: 100, fileDeleteDelayMs: 0 }
const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1)
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

/** Of deleted records, too. */
function known({ log }: Life): number[] {
  return log.producers().map(({ producerId }) => producerId)
}

test.each(CHANNELS)('that of the first segment is there after a power cut: %s', async (channel) => {
  for (const seed of SEEDS) {
    const life = await Life.begin({ channel, config: CONFIG })
    await send(life, 0)
    await others(life, 20)
    await life.log.flush()
    await life.log.deleteRecordsBefore(18)
    life.clock.advance(0)
    await turns(2)
    await life.cutPower(seed)
    await life.log.truncateTo(20)
    expect([seed, known(life)]).toEqual([seed, [7]])
  }
})

test.each(CHANNELS)('it is written anew where it is damaged: %s', async (channel) => {
  const life = await Life.begin({ channel, config: CONFIG })
  await send(life, 0)
  await others(life, 20)
  await life.log.flush()
  const { parts } = life.log
  const { baseOffset = 0 } = parts.segments.floor(18) ?? {}
  life.disk.writeFile(parts.snapshotPath(baseOffset), Buffer.alloc(10))
  await life.log.deleteRecordsBefore(18)
  await life.kill()
  await life.log.truncateTo(20)
  expect(known(life)).toEqual([7])
})

test('one is synced for the first segment that the journal brings back', async () => {
  for (const seed of SEEDS) {
    const life = await Life.begin({ channel: 'journal', config: CONFIG })
    await send(life, 0)
    await life.store.checkpoint()
    await others(life, 20)
    await life.log.deleteRecordsBefore(18)
    life.clock.advance(0)
    await turns(2)
    await life.kill()
    await life.store.checkpoint()
    await life.cutPower(seed)
    await life.log.truncateTo(20)
    expect([seed, known(life)]).toEqual([seed, [7]])
  }
})

test('one that a checkpoint goes back to stays when its segment goes', async () => {
  const life = await Life.begin({ channel: 'journal', config: { ...CONFIG, retentionBytes: 0 } })
  await send(life, 0)
  await life.store.enforceRetention(TIME_MS)
  expect(life.log.parts.segments.first?.baseOffset).toBe(1)
  await life.store.close()
  await life.kill()
  await life.store.checkpoint()
  await others(life, 20)
  await life.log.deleteRecordsBefore(18)
  await life.kill()
  expect([life.log.logStartOffset, known(life)]).toEqual([18, [7]])
})

test.each(CHANNELS)('that of the first segment outlives its compaction: %s', async (channel) => {
  const config = { ...CONFIG, cleanupPolicy: 'compact', minCleanableDirtyRatio: 0 } as const
  const life = await Life.begin({ channel, config })
  await send(life, 0)
  await others(life, 20)
  await life.log.deleteRecordsBefore(8)
  const { baseOffset } = life.log.parts.segments.first ?? {}
  expect(baseOffset).toBeGreaterThan(0)
  await life.store.clean(life.log)
  expect(life.log.parts.segments.first?.baseOffset).toBe(baseOffset)
  await life.kill()
  await life.log.truncateTo(13)
  expect(known(life)).toEqual([7])
})
