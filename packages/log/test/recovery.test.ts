import { join } from 'node:path'

import { type LogFields, type Logger, silentLogger } from '@pafka/base'
import {
  type FileSystem,
  type LogConfig,
  memoryFileSystem,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { readBatches } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { batchOf, idempotent, numbered, TIME_MS } from './test-batches.ts'
import {
  CLIENT,
  committed,
  createLog,
  openStore,
  readAll,
  overChannel,
  overEachChannel,
} from './test-store.ts'

const config: Partial<LogConfig> = { segmentBytes: 1500, indexIntervalBytes: 200 }
const FOLDER = '/data/topic-0'

interface Crashed {
  readonly files: SimulatedDisk
  readonly bytes: Buffer
}

/** A log of 60 batches of 3 records in several segments, whose broker was killed. */
async function crashed(): Promise<Crashed> {
  const disk = SimulatedDisk.create()
  const store = await openStore({ files: disk, config })
  const log = createLog(store, config)
  for (let at = 0; at < 60; at++) {
    log.appendAsLeader(batchOf(numbered(3, at * 3, TIME_MS + at * 10)), CLIENT)
  }
  await committed(log)
  const bytes = await readAll(log)
  return { files: disk.kill(), bytes }
}

interface Reopened {
  readonly log: PartitionLog
  readonly lines: readonly string[]
}

async function reopen(files: FileSystem): Promise<Reopened> {
  const lines: string[] = []
  const note = (event: string, fields?: LogFields): void => {
    lines.push(`${event} ${String(fields?.['cutBytes'] ?? fields?.['path'] ?? '')}`)
  }
  const logger: Logger = { ...silentLogger, warn: note, error: note }
  const store = await openStore({ files, config, logger })
  return { log: store.get('topic', 0) as PartitionLog, lines }
}

function names(files: FileSystem, kind: string): string[] {
  return files
    .list(FOLDER)
    .filter((name) => name.endsWith(kind))
    .toSorted()
}

function change(files: FileSystem, name: string, edit: (bytes: Buffer) => Buffer): void {
  const path = join(FOLDER, name)
  const before = Buffer.from(files.readFile(path) ?? [])
  files.writeFile(path, edit(before))
}

overEachChannel(() => {
  test('after a kill everything that was written is there', async () => {
    const { files, bytes } = await crashed()
    const { log, lines } = await reopen(files)
    expect(lines).toEqual([])
    expect([log.logEndOffset, log.highWatermark]).toEqual([180, 180])
    expect((await readAll(log)).equals(bytes)).toBe(true)
  })

  test('producer state is put together from snapshot and batches', async () => {
    const disk = SimulatedDisk.create()
    const store = await openStore({ files: disk, config })
    const log = createLog(store, config)
    for (let sequence = 0; sequence < 50; sequence++) {
      log.appendAsLeader(idempotent({ producerId: 3, sequence }), CLIENT)
    }
    await committed(log)
    const { log: reopened } = await reopen(disk.kill())
    for (const sequence of [46, 47, 48, 49]) {
      const again = reopened.appendAsLeader(idempotent({ producerId: 3, sequence }), CLIENT)
      expect(again).toMatchObject({ errorCode: 0, baseOffset: sequence })
    }
    const next = reopened.appendAsLeader(idempotent({ producerId: 3, sequence: 50 }), CLIENT)
    expect(next.baseOffset).toBe(50)
  })

  test('a store in memory goes with its file system only', async () => {
    const files = memoryFileSystem()
    const store = await openStore({ files, config })
    createLog(store, config).appendAsLeader(batchOf(numbered(2)), CLIENT)
    await store.close()
    const again = await openStore({ files, config })
    expect(again.get('topic', 0)?.logEndOffset).toBe(2)
    expect(again.clusterId).toBe(store.clusterId)
  })
})

overChannel('file', () => {
  test.each([1, 30, 61, 200])(
    'a tail torn by %i bytes is cut, with one line',
    async (tornBytes) => {
      const { files, bytes } = await crashed()
      const last = names(files, '.log').at(-1) ?? ''
      change(files, last, (it) => it.subarray(0, it.length - tornBytes))
      const { log, lines } = await reopen(files)
      expect(lines).toHaveLength(1)
      expect(lines[0]).toMatch(/^log-tail-cut \d+$/)
      const kept = await readAll(log)
      expect(bytes.subarray(0, kept.length).equals(kept)).toBe(true)
      expect(log.logEndOffset).toBe(180 - 3 * (tornBytes > 124 ? 2 : 1))
      log.appendAsLeader(batchOf(numbered(1)), CLIENT)
      await committed(log)
      expect((await readAll(log, log.logEndOffset - 1)).length).toBeGreaterThan(0)
    },
  )

  test.each(['zeros', 'garbage'])('%s after the last batch are cut', async (what) => {
    const { files, bytes } = await crashed()
    const last = names(files, '.log').at(-1) ?? ''
    change(files, last, (it) => Buffer.concat([it, Buffer.alloc(500, what === 'zeros' ? 0 : 0xa5)]))
    const { log, lines } = await reopen(files)
    expect(lines).toEqual(['log-tail-cut 500'])
    expect((await readAll(log)).equals(bytes)).toBe(true)
  })

  test('a damaged batch ends the log there; later segments go', async () => {
    const { files, bytes } = await crashed()
    const second = names(files, '.log')[1] ?? ''
    const at = Number(second.slice(0, 20))
    change(files, second, (it) => {
      it.writeUInt8(it.readUInt8(100) ^ 1, 100)
      return it
    })
    const { log, lines } = await reopen(files)
    expect(log.logEndOffset).toBe(at)
    expect(lines.every((line) => line.startsWith('log-tail-cut'))).toBe(true)
    expect(names(files, '.log')).toHaveLength(2)
    const kept = await readAll(log)
    expect(bytes.subarray(0, kept.length).equals(kept)).toBe(true)
  })

  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut in the middle of an entry', (bytes) => bytes.subarray(0, bytes.length - 3)],
    ['of zeros', (bytes) => Buffer.alloc(bytes.length)],
    ['that points beyond the file', (bytes) => Buffer.alloc(bytes.length, 0x7f)],
  ])('an index %s is made anew', async (_name, edit) => {
    const { files, bytes } = await crashed()
    const before = await intactIndexes(files)
    const broken = SimulatedDisk.create()
    copy(files, broken)
    for (const kind of ['.index', '.timeindex']) {
      for (const name of names(broken, kind)) change(broken, name, edit)
    }
    const { log } = await reopen(broken)
    expect((await readAll(log)).equals(bytes)).toBe(true)
    expect(await log.offsetForTimestamp(TIME_MS + 301)).toMatchObject({ offset: 91 })
    expect(indexesOf(broken)).toEqual(before)
  })

  test('missing indexes are made anew after a clean shutdown too', async () => {
    const { files, bytes } = await crashed()
    const store = await openStore({ files, config })
    await store.close()
    const before = indexesOf(files)
    for (const name of names(files, 'index')) await files.remove(join(FOLDER, name))
    const { log } = await reopen(files.kill())
    expect((await readAll(log)).equals(bytes)).toBe(true)
    expect(indexesOf(files.kill())).toEqual(before)
  })

  test('an index that leads astray is found out while reading', async () => {
    const { files } = await crashed()
    const first = await openStore({ files, config })
    await first.close()
    const second = names(files, '.index')[1] ?? ''
    change(files, second, (it) => {
      it.writeInt32BE(it.readInt32BE(4) + 7, 4)
      return it
    })
    const { log, lines } = await reopen(files.kill())
    const base = Number(second.slice(0, 20))
    const read = await log.read(base + 10, 1, { minOneBatch: true })
    const [batch] = readBatches(read.records)
    expect(batch && batch.baseOffset <= base + 10 && batch.lastOffset >= base + 10).toBe(true)
    expect(lines.some((line) => line.startsWith('index-damaged'))).toBe(true)
  })

  test('what lies below the recovery point is not read again', async () => {
    const disk = SimulatedDisk.create()
    const store = await openStore({ files: disk, config, store: { recoveryBytes: 0 } })
    const log = createLog(store, config)
    for (let at = 0; at < 60; at++) log.appendAsLeader(batchOf(numbered(3, at * 3)), CLIENT)
    await committed(log)
    await store.checkpoint()
    expect(log.describe().recoveryPoint).toBe(180)
    const files = disk.kill()
    const [first = ''] = names(files, '.log')
    let reads = 0
    files.fault = (operation, path) => {
      if (operation === 'read' && path.endsWith(first)) reads += 1
      return undefined
    }
    const { log: reopened } = await reopen(files)
    expect(reopened.logEndOffset).toBe(180)
    expect(reads).toBeLessThanOrEqual(2) // its size; no contents
  })
})

function indexesOf(files: FileSystem): string[] {
  return names(files, 'index').map((name) => {
    const bytes = files.readFile(join(FOLDER, name)) ?? []
    return `${name} ${Buffer.from(bytes).toString('hex')}`
  })
}

/** As a recovery of undamaged files makes them. */
async function intactIndexes(files: SimulatedDisk): Promise<string[]> {
  const fresh = SimulatedDisk.create()
  copy(files, fresh)
  for (const name of names(fresh, 'index')) await fresh.remove(join(FOLDER, name))
  const store = await openStore({ files: fresh, config })
  store.flushPending()
  return indexesOf(fresh)
}

function copy(from: FileSystem, to: FileSystem): void {
  to.makeFolder(FOLDER)
  for (const folder of ['/data', FOLDER]) {
    for (const name of from.list(folder)) {
      const path = join(folder, name)
      if (from.stat(path)?.isFolder === false)
        to.writeFile(path, from.readFile(path) ?? new Uint8Array())
    }
  }
}
