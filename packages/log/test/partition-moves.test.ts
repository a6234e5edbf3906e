import { KIB, seededRandom } from '@pafka/base'
import {
  diskError,
  type LogConfig,
  type LogStore,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { movePartition } from './move-stage.ts'
import { turns } from './power-cut-world.ts'
import { batchOf, idempotent, numbered, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, openStore, overEachChannel, readAll } from './test-store.ts'
import { moveAll } from './tier-stage.ts'

const DIRS = ['/a', '/b', '/c']
const PRODUCER = { producerId: 5, producerEpoch: 0 }
const CONFIG = { segmentBytes: 300, indexIntervalBytes: 100, fileDeleteDelayMs: 0 }

interface Scene {
  readonly disk: SimulatedDisk
  readonly clock: ManualClock
  readonly store: LogStore
  readonly log: PartitionLog
}

function open(
  disk: SimulatedDisk,
  config: Partial<LogConfig> = CONFIG,
  clock: ManualClock = new ManualClock(TIME_MS),
): Promise<LogStore> {
  const pieceBytes = 64 * KIB
  const journal = { folder: '/a/journal', limitBytes: 4 * pieceBytes, tailBytes: 8 * pieceBytes }
  const store = { dirs: DIRS, journal: { ...journal, pieceBytes } }
  return openStore({ files: disk, clock, config, dir: '/a', store })
}

async function begin(config: Partial<LogConfig> = CONFIG): Promise<Scene> {
  const disk = SimulatedDisk.create()
  disk.mounts = DIRS
  disk.hasSlowNames = true
  const clock = new ManualClock(TIME_MS)
  const store = await open(disk, config, clock)
  const log = createLog(store, config)
  for (let at = 0; at < 7; at++) append(log, at)
  await committed(log)
  return { disk, clock, store, log }
}

function append(log: PartitionLog, first: number): void {
  const result = log.appendAsLeader(batchOf(numbered(1, first, TIME_MS)), CLIENT)
  expect(result.errorCode).toBe(0)
}

/** Folders of the partition in all log dirs, those included that come or go. */
function foldersOf(disk: SimulatedDisk): string[] {
  return DIRS.flatMap((dir) => disk.list(dir).map((name) => `${dir}/${name}`)).filter((path) =>
    /topic-0|left\./.test(path),
  )
}

overEachChannel(() => {
  test('a partition is in the other dir, with all it had, and goes on there', async () => {
    const { disk, clock, store, log } = await begin()
    const before = await readAll(log)
    expect(await movePartition(store, log, '/b')).toBe(true)
    expect(log.dir).toBe('/b')
    expect(await readAll(log)).toEqual(before)
    for (let at = 7; at < 20; at++) append(log, at)
    await committed(log)
    const bytes = await readAll(log)
    expect(bytes.subarray(0, before.length)).toEqual(before)
    clock.advance(0)
    await turns(20)
    expect(foldersOf(disk)).toEqual(['/b/topic-0'])
    await store.close()
    const again = await open(disk)
    const found = again.get('topic', 0) as PartitionLog
    expect(found.dir).toBe('/b')
    expect(await readAll(found)).toEqual(bytes)
    await again.close()
  })

  test('what is appended and read meanwhile is neither refused nor lost', async () => {
    const { disk, store, log } = await begin({ ...CONFIG, segmentBytes: 2000 })
    let at = 7
    let isMoving = true
    let isAll = false
    const appending = (async (): Promise<void> => {
      while (isMoving && at < 2000) {
        append(log, at++)
        await turns(3)
      }
    })()
    const read: Buffer[] = []
    const reading = (async (): Promise<void> => {
      for (let offset = 0; !isAll || offset < log.highWatermark;) {
        const found = await log.read(offset, 400, { minOneBatch: true })
        expect(found.errorCode).toBe(0)
        if (found.nextOffset > offset) read.push(Buffer.from(found.records))
        offset = Math.max(offset, found.nextOffset)
        found.release()
        await turns(1)
      }
    })()
    try {
      for (const path of ['/b', '/c', '/a', '/b']) {
        expect(await movePartition(store, log, path)).toBe(true)
        expect(log.dir).toBe(path)
      }
    } finally {
      isMoving = false
    }
    await appending
    await committed(log)
    isAll = true
    await reading
    expect(at).toBeGreaterThan(20)
    expect(log.highWatermark).toBe(at)
    const bytes = await readAll(log)
    expect(Buffer.concat(read)).toEqual(bytes)
    const again = await open(disk.kill())
    expect(await readAll(again.get('topic', 0) as PartitionLog)).toEqual(bytes)
    await again.close()
  })

  test('after a crash at any step one copy counts, and is whole', { timeout: 60_000 }, async () => {
    let ended = 0
    for (let turn = 0; turn < 90; turn += 1 + Math.floor(turn / 15)) {
      for (let seed = 0; seed < 4; seed++) if (await survives(turn, seed)) ended += 1
    }
    expect(ended).toBeGreaterThan(0)
    expect(ended).toBeLessThan(200)
  })

  async function survives(turn: number, seed: number): Promise<boolean> {
    const { disk, store, log } = await begin({ ...CONFIG, flushMessages: 1 })
    await log.deleteRecordsBefore(2)
    let isDone = false
    const moving = movePartition(store, log, '/b').then(
      () => (isDone = true),
      () => undefined, // of a disk that is gone
    )
    await turns(turn)
    append(log, 7)
    await committed(log)
    const bytes = await readAll(log)
    const isEnded = isDone
    const next = seed === 0 ? disk.kill() : disk.cutPower(seededRandom(seed * 100 + turn))
    await moving
    const where = `turn ${turn}, seed ${seed}`
    const again = await open(next)
    const found = again.get('topic', 0)
    expect(found && (await readAll(found)), where).toEqual(bytes)
    expect(found?.logStartOffset, where).toBe(2)
    if (isEnded) expect(found?.dir, where).toBe('/b')
    await turns(10)
    await again.moves.placesNoted()
    await again.close()
    expect(foldersOf(next).filter((path) => !path.endsWith('-delete'))).toEqual([
      `${found?.dir}/topic-0`,
    ])
    return isEnded
  }

  test('a start tells what was on its way', async () => {
    const { disk, store, log } = await begin()
    const move = await store.moves.begin(log, '/b')
    expect(move?.copiedTo).toBe(0)
    expect(foldersOf(disk)).toHaveLength(2)
    const next = disk.kill()
    const again = await open(next)
    const { topic, partition, topicId } = log
    expect(again.moves.interrupted).toEqual([{ topic, partition, topicId, path: '/b' }])
    await turns(5)
    await again.close()
    expect(foldersOf(next)[0]).toEqual('/a/topic-0')
  })

  test('deleted records, and producers, are known in the other dir', async () => {
    const { disk, store, log } = await begin({ ...CONFIG, flushMessages: 1 })
    const batch = idempotent({ producerId: 5, sequence: 0 })
    log.appendAsLeader(Buffer.from(batch), CLIENT)
    await committed(log)
    await log.deleteRecordsBefore(4)
    await movePartition(store, log, '/b')
    const again = await open(disk.cutPower(seededRandom(1)))
    const found = again.get('topic', 0) as PartitionLog
    expect(found.dir).toBe('/b')
    expect(found.logStartOffset).toBe(4)
    expect(found.logEndOffset).toBe(8)
    expect(found.appendAsLeader(Buffer.from(batch), CLIENT).baseOffset).toBe(7)
    await again.close()
  })

  test('a transaction that is open is known in the other dir', async () => {
    const config = { ...CONFIG, flushMessages: 1 }
    for (let seed = 0; seed < 10; seed++) {
      const { disk, store, log } = await begin(config)
      const records = numbered(1, 0, TIME_MS)
      const batch = batchOf(records, { ...PRODUCER, baseSequence: 0, transactional: true })
      log.appendAsLeader(batch, { ...CLIENT, transactionVerified: true })
      await committed(log)
      await store.close()
      const second = await open(disk, config)
      await second.checkpoint() // now a file tells of it, and nothing else
      const opened = second.get('topic', 0) as PartitionLog
      await movePartition(second, opened, '/b')
      append(opened, 8)
      await committed(opened)
      const third = await open(disk.cutPower(seededRandom(seed)), config)
      const found = third.get('topic', 0) as PartitionLog
      expect([seed, found.dir, found.lastStableOffset]).toEqual([seed, '/b', 7])
      await third.close()
    }
  })

  test('a checkpoint after it lets nothing go that a power cut needs', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const { disk, store, log } = await begin({ ...CONFIG, flushMessages: 1, segmentBytes: 2000 })
      await store.checkpoint()
      for (let at = 7; at < 12; at++) append(log, at)
      await committed(log)
      const bytes = await readAll(log)
      await movePartition(store, log, '/b')
      await store.checkpoint()
      const next = disk.cutPower(seededRandom(seed))
      const again = await open(next)
      const found = again.get('topic', 0) as PartitionLog
      expect(await readAll(found), `seed ${seed}`).toEqual(bytes)
      await again.close()
    }
  })

  test('no dir is blamed for files in the one that a partition left', async () => {
    for (let turn = 0; turn < 60; turn++) {
      const { disk, store, log } = await begin()
      disk.slowness = () => 3
      disk.fault = (operation, path) => {
        const isOld = path.startsWith('/a/topic-0') && log.dir === '/b'
        return isOld && operation === 'sync' ? diskError('EIO', path) : undefined
      }
      const moving = movePartition(store, log, '/b')
      await turns(turn)
      append(log, 7)
      const flushing = Promise.allSettled([store.checkpoint(), log.flush()])
      expect(await moving).toBe(true)
      await flushing
      await turns(20)
      const online = store.dirs().filter(({ isOnline }) => isOnline)
      expect(
        online.map(({ path }) => path),
        `turn ${turn}`,
      ).toEqual(DIRS)
      append(log, 8)
      await committed(log)
      await store.close()
    }
  })

  test('a partition that is deleted meanwhile stays deleted', { timeout: 60_000 }, async () => {
    for (let turn = 0; turn < 60; turn++) {
      const { disk, clock, store, log } = await begin()
      const moving = movePartition(store, log, '/b').catch(() => false)
      await turns(turn)
      await store.delete([log])
      await moving
      clock.advance(0)
      await turns(10)
      await store.close()
      const again = await open(disk)
      expect(again.get('topic', 0), `turn ${turn}`).toBeUndefined()
      await again.close()
      expect(foldersOf(disk).filter((path) => !path.includes('left.'))).toEqual([])
    }
  })

  test('a dir that fails meanwhile ends the move, and takes nothing with it', async () => {
    for (let left = 0; left < 60; left++) {
      const { disk, store, log } = await begin()
      const bytes = await readAll(log)
      let count = left
      disk.fault = (_operation, path) => {
        if (!path.startsWith('/b/')) return undefined
        return count-- > 0 ? undefined : diskError('EIO', path)
      }
      await movePartition(store, log, '/b').catch(() => false)
      disk.fault = () => undefined
      if (log.dir === '/a') {
        append(log, 7)
        await committed(log)
      }
      const all = log.isOnline ? await readAll(log) : bytes
      const again = await open(disk.kill())
      const found = again.get('topic', 0) as PartitionLog
      expect(await readAll(found), `after ${left}`).toEqual(all)
      await again.close()
    }
  })

  test('no room there ends the move before it begins, and while it runs', async () => {
    const { disk, store, log } = await begin()
    let left = 15
    disk.fault = (_operation, path) => {
      if (!path.startsWith('/b/')) return undefined
      return left-- > 0 ? undefined : diskError('ENOSPC', path)
    }
    await expect(movePartition(store, log, '/b')).rejects.toThrow('ENOSPC')
    disk.fault = () => undefined
    expect(log.dir).toBe('/a')
    expect(store.dirs().every(({ isOnline }) => isOnline)).toBe(true)
    append(log, 7)
    await committed(log)
    expect(await movePartition(store, log, '/b')).toBe(true)
    await store.close()
  })

  test('a dir that does not answer holds up nobody for long', async () => {
    const { clock, store, log } = await begin()
    const move = await store.moves.begin(log, '/b')
    const never = (): Promise<boolean> => new Promise(() => undefined)
    const ending = move?.end({ copy: never, placed: async () => undefined })
    const failure = ending?.catch(String)
    await turns(20)
    append(log, 7)
    clock.advance(30_000)
    expect(await failure).toContain('the log dir /b does not answer')
    await move?.abandon()
    await committed(log)
    await store.flush()
    await store.checkpoint()
    expect(log.dir).toBe('/a')
    expect(log.highWatermark).toBe(8)
    expect(await movePartition(store, log, '/b')).toBe(true)
    await store.close()
  })

  test('segments that lie in other dirs stay there', async () => {
    const { disk, store, log } = await begin()
    await store.flush()
    await store.checkpoint()
    const bytes = await readAll(log)
    const id = (path: string): string =>
      store.dirs().find((dir) => dir.path === path)?.directoryId ?? ''
    const moved = await moveAll(store, id('/c'))
    expect(moved.length).toBeGreaterThan(1)
    for (const path of ['/b', '/c', '/a']) {
      expect(await movePartition(store, log, path)).toBe(true)
      expect(await readAll(log)).toEqual(bytes)
      const far = [...log.parts.segments].filter((one) => one.moved?.directoryId === id('/c'))
      expect(far.map(({ baseOffset }) => baseOffset)).toEqual(moved)
    }
    const again = await open(disk.cutPower(seededRandom(3)))
    expect(await readAll(again.get('topic', 0) as PartitionLog)).toEqual(bytes)
    await again.close()
  })
})
