import { type LogFields, MIB, silentLogger } from '@pafka/base'
import {
  diskError,
  type LogConfig,
  type LogStore,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { ErrorCode, readBatches } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'
import { beforeEach, expect, test } from 'vitest'

import { turns } from './power-cut-world.ts'
import { batchOf, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overChannel, readAll } from './test-store.ts'
import { onlyLog, SMALL, tierOf } from './tier-logs.ts'
import { idOf, moveAll, placesOf } from './tier-stage.ts'

const DIRS = ['/fast', '/slow', '/slower', '/journal-disk']

let files: SimulatedDisk
let clock: ManualClock
let told: [string, LogFields | undefined][]

function open(): Promise<LogStore> {
  const tiers = [tierOf('NVME', '/fast'), tierOf('SSD', '/slow'), tierOf('HDD', '/slower')]
  const tell = (event: string, fields?: LogFields): void => void told.push([event, fields])
  const logger = { ...silentLogger, error: tell, warn: tell }
  const journal = { folder: '/journal-disk/journal', limitBytes: 8 * MIB, tailBytes: 8 * MIB }
  const store = { dirs: DIRS, tiers, journal }
  return openStore({ files, clock, config: SMALL, dir: '/fast', logger, store })
}

async function append(log: PartitionLog, batches: number): Promise<void> {
  for (let at = 0; at < batches; at++) {
    log.appendAsLeader(batchOf(numbered(1, 0, clock.nowMs())), CLIENT)
    await committed(log)
  }
}

function spill(store: LogStore, path: string, bytes = 0): void {
  store.tiers.spillAfter(idOf(store, path), bytes)
}

function marksIn(folder: string): string[] {
  return files.list(folder).filter((name) => /\.(moved|begun)\./.test(name))
}

function codeOf(log: PartitionLog): ErrorCode {
  return log.appendAsLeader(batchOf(numbered(1, 0, TIME_MS)), CLIENT).errorCode
}

beforeEach(() => {
  files = SimulatedDisk.create()
  files.mounts = ['/fast', '/slow', '/slower', '/journal-disk']
  clock = new ManualClock(TIME_MS)
  told = []
})

overChannel('journal', () => {
  test('what begins on a path and leaves it unmeasured takes none of its bytes', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    await store.tiers.measure()
    spill(store, '/fast')
    await append(log, 9)
    await store.checkpoint()
    expect(await moveAll(store, idOf(store, '/fast'))).not.toEqual([])
    expect(store.tiers.paths().map(({ usedBytes }) => usedBytes >= 0)).toEqual([true, true, true])
    await store.tiers.measure()
    const [fast, slow] = store.tiers.paths()
    expect((fast?.usedBytes ?? 0) + (slow?.usedBytes ?? 0)).toBe(log.sizeBytes)
    await store.close()
  })

  test('what comes after a path is full begins on the next tier, until it has room', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    await append(log, 2)
    spill(store, '/fast')
    await append(log, 9)
    const places = placesOf(store, log)
    expect(places[0]).toBe('home')
    expect(new Set(places.slice(1))).toEqual(new Set(['/slow']))
    expect(marksIn('/fast/topic-0').every((name) => name.includes('.begun.'))).toBe(true)
    const all = await readAll(log)
    await store.checkpoint()
    expect(marksIn('/fast/topic-0')).toHaveLength(places.length - 1)
    expect(marksIn('/fast/topic-0').every((name) => name.includes('.moved.'))).toBe(true)
    spill(store, '/fast', Number.POSITIVE_INFINITY)
    await append(log, 9)
    expect(placesOf(store, log).at(-1)).toBe('home')
    expect((await readAll(log)).subarray(0, all.length)).toEqual(all)
    const both = await readAll(log)
    await store.close()
    const again = await open()
    expect(await readAll(onlyLog(again))).toEqual(both)
    await append(onlyLog(again), 3)
    await again.close()
    expect(told).toEqual([])
  })

  test('so many bytes are still taken', async () => {
    const store = await open()
    const log = createLog(store, { ...SMALL, segmentBytes: 1_000_000 })
    await append(log, 1)
    const bytes = log.sizeBytes
    spill(store, '/fast', 3 * bytes)
    await append(log, 3)
    expect(placesOf(store, log)).toEqual(['home'])
    await append(log, 3)
    expect(placesOf(store, log)).toEqual(['home', '/slow'])
    await store.close()
  })

  test('a next tier that fills up is left for another, or for home', async () => {
    const store = await open()
    const log = createLog(store, { ...SMALL, segmentBytes: 1_000_000 })
    await append(log, 1)
    const bytes = log.sizeBytes
    spill(store, '/fast')
    spill(store, '/slow', 2 * bytes)
    await append(log, 3)
    expect(placesOf(store, log)).toEqual(['home', '/slow', '/slower'])
    spill(store, '/fast', 2 * bytes)
    spill(store, '/slower', bytes)
    await append(log, 2)
    expect(placesOf(store, log)).toEqual(['home', '/slow', '/slower', 'home'])
    spill(store, '/slower')
    await append(log, 5)
    expect(placesOf(store, log)).toEqual(['home', '/slow', '/slower', 'home'])
    const all = await readAll(log)
    await store.close()
    const again = await open()
    expect(await readAll(onlyLog(again))).toEqual(all)
    await again.close()
  })

  test('a topic goes where it may, or stays', async () => {
    const store = await open()
    const partition = (at: number, wish: Partial<LogConfig>): PartitionLog => {
      const wanted = { topic: 'w', topicId: 'AAAAAAAAAAAAAAAAAAAABQ', partition: at, dir: '/fast' }
      return store.create(wanted, { ...createLogConfig, ...wish })
    }
    const createLogConfig = { ...createLog(store, SMALL).config }
    const excluding = partition(0, { storageTierExclude: ['SSD'] })
    const pinned = partition(1, { storageTierPin: 'NVME' })
    const preferring = partition(2, { storageTierPrefer: 'HDD' })
    for (const log of [excluding, pinned, preferring]) await append(log, 1)
    spill(store, '/fast')
    for (const log of [excluding, pinned, preferring]) await append(log, 1)
    expect([excluding, pinned, preferring].map((log) => placesOf(store, log).at(-1))).toEqual([
      ...['/slower', 'home', '/slower'],
    ])
    spill(store, '/slow')
    const other = partition(3, {})
    await append(other, 2)
    expect(placesOf(store, other).at(-1)).toBe('/slower')
    spill(store, '/slower')
    await append(other, 20)
    expect(placesOf(store, other).at(-1)).toBe('home')
    await store.close()
  })

  test('what was spilled is moved and deleted as all else', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    await append(log, 1)
    spill(store, '/fast')
    await append(log, 9)
    const all = await readAll(log)
    const movable = (): number => [...store.tiers.segments()].length
    expect(movable()).toBe(0)
    await store.checkpoint()
    expect(movable()).toBeGreaterThan(2)
    await moveAll(store, idOf(store, '/slower'))
    expect(await readAll(log)).toEqual(all)
    await moveAll(store, idOf(store, '/fast'))
    expect(await readAll(log)).toEqual(all)
    await log.truncateTo(9)
    await append(log, 4)
    await log.truncateTo(3)
    await append(log, 1)
    await store.delete([log])
    clock.advance(100_000)
    await store.close()
    expect(files.list('/slow/moved')).toEqual([])
    expect(files.list('/slower/moved')).toEqual([])
  })

  test('where a segment cannot be begun on the next tier it begins at home', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    await append(log, 1)
    spill(store, '/fast')
    files.fault = (operation, path) =>
      operation === 'open' && path.startsWith('/slow/moved') ? diskError('EACCES', path) : undefined
    await append(log, 1)
    expect(placesOf(store, log)).toEqual(['home', 'home'])
    expect(told.map(([event]) => event)).toEqual(['segment-not-spilled'])
    files.fault = () => undefined
    await store.close()
  })

  test('who writes to a tier that fails takes no appends, and loses nothing', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    const wanted = { topic: 'w', topicId: 'AAAAAAAAAAAAAAAAAAAABQ', partition: 0, dir: '/fast' }
    const other = store.create(wanted, log.config)
    await append(log, 2)
    await append(other, 2)
    spill(store, '/fast')
    await append(log, 5)
    spill(store, '/fast', Number.POSITIVE_INFINITY)
    files.fault = (operation, path) =>
      path.startsWith('/slow/') && operation !== 'read' ? diskError('EIO', path) : undefined
    await store.flush().catch(() => undefined)
    await turns(20)
    expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([true, false, true, true])
    expect(told.filter(([event]) => event === 'log-dir-failed')).toHaveLength(1)
    expect(codeOf(log)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    await append(other, 3)
    await store.checkpoint()
    files.fault = () => undefined
    await store.close()
    const again = await open()
    expect(again.dirs().every(({ isOnline }) => isOnline)).toBe(true)
    expect([onlyLog(again).logEndOffset, again.get('w', 0)?.logEndOffset]).toEqual([7, 5])
    await readAll(onlyLog(again))
    await append(onlyLog(again), 1)
    await again.close()
  })

  test('who writes to a tier that is lost takes no appends, and loses nothing', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    await append(log, 2)
    spill(store, '/fast')
    await append(log, 5)
    files.mounts = []
    files.rename('/slow', '/away')
    await store.tiers.measure()
    await turns(20)
    expect(codeOf(log)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
    expect(log.isOnline).toBe(false)
    await store.close()
    const without = await open()
    expect(without.get('topic', 0)).toBeUndefined()
    await without.close()
    await files.removeFolder('/slow')
    files.rename('/away', '/slow')
    const again = await open()
    expect(onlyLog(again).logEndOffset).toBe(7)
    await readAll(onlyLog(again))
    await again.close()
  })

  test.each([1, 3, 9])('nor when it is lost in the midst of a flush of %i turns', async (slow) => {
    for (let delay = 0; delay < 24; delay++) {
      files = SimulatedDisk.create()
      files.mounts = DIRS
      const store = await open()
      const log = createLog(store, SMALL)
      await append(log, 2)
      spill(store, '/fast')
      await append(log, 5)
      spill(store, '/fast', Number.POSITIVE_INFINITY)
      await append(log, 5)
      files.slowness = () => slow
      const flushing = store.flush().catch(() => undefined)
      await turns(delay)
      files.mounts = []
      files.rename('/slow', '/away')
      await store.tiers.measure()
      await turns(60)
      expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([true, false, true, true])
      let acked = 12
      // all that was under way to /slow may have got there
      for (let left = 6; left > 0 && codeOf(log) === ErrorCode.NONE; left--) acked += 1
      await turns(60)
      expect(log.highWatermark).toBe(acked)
      await flushing
      files.slowness = () => 1
      if (delay % 2 === 0) await store.close()
      else files = files.kill()
      await files.removeFolder('/slow')
      files.rename('/away', '/slow')
      const again = await open()
      expect(onlyLog(again).logEndOffset, `lost after ${delay} turns`).toBe(acked)
      const batches = [...readBatches(await readAll(onlyLog(again)))]
      expect(batches.length, `lost after ${delay} turns`).toBe(acked)
      await again.close()
    }
  })

  test('a next tier that is full holds its logs up, and loses nothing', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    await append(log, 2)
    spill(store, '/fast')
    await append(log, 5)
    files.fault = (operation, path) =>
      path.startsWith('/slow/') && operation === 'write' ? diskError('ENOSPC', path) : undefined
    await store.flush().catch(() => undefined)
    expect(store.dirs().every(({ isOnline }) => isOnline)).toBe(true)
    files.fault = () => undefined
    clock.advance(2000)
    await turns(20)
    await append(log, 2)
    const all = await readAll(log)
    await store.close()
    const again = await open()
    expect(await readAll(onlyLog(again))).toEqual(all)
    await again.close()
  })
})

overChannel('file', () => {
  test('without a journal nothing begins elsewhere', async () => {
    const store = await open()
    const log = createLog(store, SMALL)
    spill(store, '/fast')
    await append(log, 9)
    expect(new Set(placesOf(store, log))).toEqual(new Set(['home']))
    await store.close()
  })
})
