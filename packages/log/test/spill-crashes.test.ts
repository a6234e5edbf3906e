import { KIB, seededRandom } from '@pafka/base'
import { type LogStore, type PartitionLog, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overChannel, readAll } from './test-store.ts'
import { idOf } from './tier-stage.ts'

const MOUNTS = ['/fast', '/slow']
const CONFIG = { segmentBytes: 300, indexIntervalBytes: 100 }
const PIECE_BYTES = 64 * KIB
const TURNS = 40
const CUTS = 8

function open(disk: SimulatedDisk): Promise<LogStore> {
  const clock = new ManualClock(TIME_MS)
  const tiers = [
    { name: 'NVME', paths: [{ path: '/fast', sizeBytes: -1 }] },
    { name: 'HDD', paths: [{ path: '/slow', sizeBytes: -1 }] },
  ] as const
  const sizes = { limitBytes: 4 * PIECE_BYTES, tailBytes: 8 * PIECE_BYTES }
  const journal = { folder: '/fast/journal', pieceBytes: PIECE_BYTES, ...sizes }
  return openStore({
    ...{ files: disk, clock, config: CONFIG, dir: '/fast' },
    store: { dirs: MOUNTS, tiers, journal },
  })
}

/** Log files by base offset, in all dirs; those that are on their way out left aside. */
function copies(disk: SimulatedDisk): string[] {
  const folders = ['/fast/topic-0', '/slow/moved/topic-0']
  const there = folders.filter((folder) => disk.stat(folder) !== undefined)
  const names = there.flatMap((folder) => disk.list(folder))
  return names.filter((name) => name.endsWith('.log'))
}

async function append(log: PartitionLog, isGone: () => boolean): Promise<void> {
  for (let at = 0; at < 4 && !isGone(); at++) {
    log.appendAsLeader(batchOf(numbered(1, 0, TIME_MS)), CLIENT)
    await committed(log)
  }
}

/** Segments spill while checkpoints settle them; then the power goes. */
async function survives(turn: number, seed: number): Promise<number> {
  const disk = SimulatedDisk.create()
  disk.mounts = MOUNTS
  disk.hasSlowNames = true
  const store = await open(disk)
  const log = createLog(store, CONFIG)
  await append(log, () => false)
  await store.checkpoint()
  store.tiers.spillAfter(idOf(store, '/fast'), 0)
  const writing = (async () => {
    for (let round = 0; round < 4 && !disk.isDead; round++) {
      await append(log, () => disk.isDead)
      await store.checkpoint()
    }
  })().catch(() => undefined)
  await turns(turn)
  const acked = log.highWatermark
  const random = seededRandom(seed * TURNS + turn)
  const next = seed === 0 ? disk.kill() : disk.cutPower(random)
  void writing
  const again = await open(next)
  const back = again.get('topic', 0)
  const where = `turn ${turn}, seed ${seed}`
  if (back === undefined) throw new Error(`no log: ${where}`)
  expect(back.logEndOffset, where).toBeGreaterThanOrEqual(acked)
  const bytes = await readAll(back)
  const one = batchOf(numbered(1, 0, TIME_MS)).length
  expect(bytes, where).toHaveLength(one * back.logEndOffset)
  expect(new Set(copies(next)).size, where).toBe(copies(next).length)
  again.tiers.spillAfter(idOf(again, '/fast'), 0)
  await append(back, () => false)
  const all = await readAll(back)
  expect(all.subarray(0, bytes.length), where).toEqual(bytes)
  await again.close()
  const last = await open(next)
  const log2 = last.get('topic', 0)
  expect(log2 && (await readAll(log2)), where).toEqual(all)
  await last.close()
  return acked
}

overChannel('journal', () => {
  test('after a crash at any step of a spill all that was acknowledged is there', async () => {
    const acked = new Set<number>()
    for (let turn = 0; turn < TURNS; turn++) {
      for (let seed = 0; seed < CUTS; seed++) acked.add(await survives(turn, seed))
    }
    expect(acked.size).toBeGreaterThan(4)
  }, 60_000)

  test('a new log that lost its oldest segment has all that the journal has', async () => {
    for (let seed = 0; seed < 20; seed++) {
      let disk = SimulatedDisk.create()
      disk.mounts = MOUNTS
      disk.hasSlowNames = true
      const store = await open(disk)
      const log = createLog(store, CONFIG)
      await append(log, () => false)
      store.tiers.spillAfter(idOf(store, '/fast'), 0)
      await append(log, () => false)
      store.tiers.spillAfter(idOf(store, '/fast'), Number.POSITIVE_INFINITY)
      await append(log, () => false)
      expect(log.parts.segments.all().some(({ moved }) => moved !== undefined)).toBe(true)
      await log.deleteRecordsBefore(4)
      const before = await readAll(log)
      for (let start = 0; start < 2; start++) {
        disk = disk.cutPower(seededRandom(seed))
        const again = await open(disk)
        const found = again.get('topic', 0) as PartitionLog
        expect([seed, found.logStartOffset, found.logEndOffset]).toEqual([seed, 4, 12])
        expect((await readAll(found)).equals(before)).toBe(true)
      }
    }
  })
})
