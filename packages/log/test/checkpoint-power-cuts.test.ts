import { KIB, seededRandom } from '@pafka/base'
import type { LogStore, PartitionLog } from '@pafka/log'
import { describe, expect, test } from 'vitest'

import { SimulatedDisk } from '../src/files/simulated-disk.ts'
import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, readAll } from './test-store.ts'

const PIECE_BYTES = 64 * KIB
/** More than the ring has room for. */
const APPENDS = 60
const SEEDS = Array.from({ length: 10 }, (_, at) => at + 1)

/** What a checkpoint waits for, in its order: until then the ring has to keep what it has. */
const WAITS: readonly (readonly [string, RegExp])[] = [
  ['a segment is durable', /\/topic-0\/\d+\.log$/],
  ['its file is durable', /\/journal\/checkpoint\.\d+\.tmp$/],
  ["its file's name is durable", /\/journal$/],
]

/** Syncs of some paths take until `isOver`. */
class Hold {
  isOver = false
  isReached = false
  readonly #waiting: (() => void)[] = []

  constructor(disk: SimulatedDisk, path: RegExp) {
    const openFile = disk.open.bind(disk)
    disk.open = (name, mode) => {
      const file = openFile(name, mode)
      const sync = file.sync.bind(file)
      file.sync = (done) => this.#when(path.test(name), () => sync(done))
      return file
    }
    const syncFolder = disk.syncFolder.bind(disk)
    disk.syncFolder = async (name) => {
      await new Promise<void>((resolve) => this.#when(path.test(name), resolve))
      await syncFolder(name)
    }
  }

  end(): void {
    this.isOver = true
    for (const goOn of this.#waiting) goOn()
  }

  #when(isMeant: boolean, goOn: () => void): void {
    if (!isMeant || this.isOver) return goOn()
    this.isReached = true
    this.#waiting.push(goOn)
  }
}

function open(disk: SimulatedDisk): Promise<LogStore> {
  const sizes = {
    limitBytes: 4 * PIECE_BYTES,
    tailBytes: 32 * PIECE_BYTES,
    pieceBytes: PIECE_BYTES,
  }
  const journal = { folder: '/data/journal', ...sizes }
  return openStore({ files: disk, store: { channel: 'journal', journal } })
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Each of them a round of its own, as far as the ring has room. @returns what was sent */
async function append(log: PartitionLog): Promise<Buffer> {
  const sent: Buffer[] = []
  for (let at = 0; at < APPENDS; at++) {
    const batch = batchOf([
      { timestamp: TIME_MS, key: null, value: Buffer.alloc(10_000, `${at} `) },
    ])
    log.appendAsLeader(batch, CLIENT)
    sent.push(batch)
    await turns(4)
  }
  return Buffer.concat(sent)
}

describe.each(WAITS)('a checkpoint that waits until %s', (_, path) => {
  test.each(SEEDS)('lets nothing go that a power cut needs, seed %i', async (seed) => {
    const disk = SimulatedDisk.create()
    const log = createLog(await open(disk))
    await log.flush()
    const hold = new Hold(disk, path)
    const sent = await append(log)
    const acknowledged = log.highWatermark
    expect([hold.isReached, acknowledged > 10, acknowledged < APPENDS]).toEqual([true, true, true])
    const store = await open(disk.cutPower(seededRandom(seed)))
    const after = store.get('topic', 0) as PartitionLog
    expect(after.logEndOffset).toBeGreaterThanOrEqual(acknowledged)
    const served = await readAll(after)
    expect(served.equals(sent.subarray(0, served.length))).toBe(true)
  })

  test('lets them go when it is', async () => {
    const disk = SimulatedDisk.create()
    const log = createLog(await open(disk))
    const hold = new Hold(disk, path)
    await append(log)
    hold.end()
    await committed(log)
    expect(log.highWatermark).toBe(APPENDS)
  })
})
