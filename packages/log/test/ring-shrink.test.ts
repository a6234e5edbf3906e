import { KIB, MIB, seededRandom, silentLogger } from '@pafka/base'
import { type LogStore, SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll } from './test-store.ts'
import { tierOf } from './tier-logs.ts'

const RING = '/data/journal/ring'
const VALUE = Buffer.alloc(100_000, 'x')
const SMALL_BYTES = 4 * MIB
/** More turns than a start takes. */
const TURNS = 60

function open(files: SimulatedDisk, limitBytes: number): Promise<LogStore> {
  const clock = new ManualClock(TIME_MS)
  const options = { limitBytes, tailBytes: 32 * MIB, pieceBytes: 256 * KIB }
  const journal = { folder: '/data/journal', ...options }
  return openStore({ files, clock, logger: silentLogger, store: { channel: 'journal', journal } })
}

function bytesOf(store: LogStore): Promise<Buffer> {
  const log = store.get('topic', 0)
  if (log === undefined) throw new Error('the log is gone')
  return readAll(log)
}

async function append(store: LogStore, count: number): Promise<Buffer> {
  const log = store.get('topic', 0) ?? createLog(store)
  for (let left = count; left > 0; left--) {
    log.appendAsLeader(batchOf([{ timestamp: TIME_MS, key: null, value: VALUE }]), CLIENT)
    await committed(log)
  }
  return readAll(log)
}

function ringBytes(disk: SimulatedDisk): number {
  return disk.stat(RING)?.sizeBytes ?? 0
}

/** A ring of 16 MiB with records that no file has yet. */
async function large(): Promise<{ readonly disk: SimulatedDisk; readonly bytes: Buffer }> {
  const disk = SimulatedDisk.create()
  const store = await open(disk, 64 * MIB)
  await append(store, 24)
  while (ringBytes(disk) < 16 * MIB) await turns(10)
  return { disk: disk.kill(), bytes: await bytesOf(store) }
}

test('a ring that is larger than it may be is smaller after a start, and goes on', async () => {
  const { disk, bytes } = await large()
  const store = await open(disk, SMALL_BYTES)
  expect(ringBytes(disk)).toBe(SMALL_BYTES)
  expect(await bytesOf(store)).toEqual(bytes)
  const all = await append(store, 100)
  const next = disk.kill()
  const again = await open(next, SMALL_BYTES)
  expect(await bytesOf(again)).toEqual(all)
  expect(ringBytes(next)).toBeLessThanOrEqual(SMALL_BYTES + 256 * KIB)
  await again.close()
})

test('a crash at any step of that takes nothing along', async () => {
  const sizes = new Set<number>()
  for (let turn = 0; turn < TURNS; turn += 3) {
    const { disk, bytes } = await large()
    const opening = open(disk, SMALL_BYTES).catch(() => undefined) // of a disk that is gone
    await turns(turn)
    sizes.add(ringBytes(disk))
    const next = turn % 2 === 0 ? disk.kill() : disk.cutPower(seededRandom(turn))
    await opening
    const again = await open(next, SMALL_BYTES)
    expect(await bytesOf(again), `turn ${turn}`).toEqual(bytes)
    await again.close()
  }
  expect(sizes.size).toBeGreaterThan(1) // before and after
})

test.each([
  [4000 * MIB, 500 * MIB],
  [200 * MIB, 25 * MIB],
  [80 * MIB, 16 * MIB],
  [40 * MIB, 10 * MIB],
])('on a path of %i bytes the ring grows to %i', async (sizeBytes, limitBytes) => {
  const files = SimulatedDisk.create()
  files.mounts = ['/fast', '/slow']
  const fast = { name: 'NVME', paths: [{ path: '/fast', sizeBytes }] } as const
  const journal = { folder: '/fast/journal', limitBytes: 1024 * MIB, tailBytes: 8 * MIB }
  const tiers = [fast, tierOf('HDD', '/slow')]
  const store = await openStore({
    ...{ files, clock: new ManualClock(TIME_MS), dir: '/fast', logger: silentLogger },
    store: { dirs: ['/fast', '/slow'], tiers, journal, channel: 'journal' },
  })
  expect(store.journal?.limitBytes).toBe(limitBytes)
  await store.close()
})
