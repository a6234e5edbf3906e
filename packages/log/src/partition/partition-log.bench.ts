import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { MIB, silentLogger, systemClock } from '@pafka/base'
import { encodeRecordBatch, ZERO_UUID } from '@pafka/protocol'
import type { Bench } from '@pafka/testing'

import { defaultLogConfig, type LogConfig } from '../config/log-config.ts'
import type { FileSystem, IoDone, OpenFile } from '../files/file-system.ts'
import { memoryFileSystem } from '../files/memory-file-system.ts'
import { nodeFileSystem } from '../files/node-file-system.ts'
import { LogStore } from '../store/log-store.ts'
import type { ChannelType } from '../store/store-options.ts'
import type { PartitionLog } from './partition-log.ts'

const CLIENT = { origin: 'client', leaderEpoch: 0 } as const
const config: LogConfig = { ...defaultLogConfig, maxMessageBytes: 2 * MIB, fileDeleteDelayMs: 0 }
/** Written to one partition before it is deleted and the next one is made. */
const PARTITION_BYTES = 512 * MIB
/** A file system in memory, on Linux. */
const MEMORY = process.env['PAFKA_BENCH_MEMORY'] ?? '/dev/shm'
/** Appends that are under way at the same time, each in a buffer of its own. */
const PIPELINE_BYTES = 32 * MIB

export const benches: readonly Bench[] = [
  ...[1024, 16 * 1024, MIB].flatMap((batchBytes) => [
    appendBench('nowhere', batchBytes, once(storeNowhere)),
    appendBench('the page cache', batchBytes, once(storeOnDisk)),
  ]),
  ...(existsSync(MEMORY) ? [durableBench(1024), durableBench(16 * 1024)] : []),
  readBench(64 * 1024),
  readBench(MIB),
]

/** Made by the first run, kept for the next ones: opening is not what is measured. */
function once(make: () => Promise<LogStore>): () => Promise<LogStore> {
  let made: Promise<LogStore> | undefined
  return () => (made ??= make())
}

function batchOf(sizeBytes: number): Buffer {
  const value = Buffer.alloc(Math.min(1000, sizeBytes - 100), 7)
  const count = Math.max(1, Math.floor((sizeBytes - 61) / (value.length + 12)))
  const records = Array.from({ length: count }, () => ({ timestamp: Date.now(), key: null, value }))
  return Buffer.from(encodeRecordBatch({ records }))
}

/** Appends one batch a turn to one partition, many on their way. */
function appendBench(place: string, batchBytes: number, open: () => Promise<LogStore>): Bench {
  const batch = batchOf(batchBytes)
  return {
    name: `append ${batchBytes} bytes to ${place}`,
    bytes: batch.length,
    run: async (times) => appendMany(await open(), batch, times),
  }
}

/** One after the other: each is durable in persistent memory before the next one is made. */
function durableBench(batchBytes: number): Bench {
  const open = once(storeInMemory)
  const batch = batchOf(batchBytes)
  const bytes = Buffer.from(batch)
  return {
    name: `append ${batchBytes} bytes to mapped memory, each durable before the next`,
    bytes: batch.length,
    async run(times) {
      const store = await open()
      let log = store.get('topic', 0) ?? (await warmLog(store, batch))
      for (let left = times; left > 0; left--) {
        bytes.writeBigInt64BE(0n, 0)
        const { lastOffset } = log.appendAsLeader(bytes, CLIENT)
        store.flushPending()
        if (log.highWatermark !== lastOffset + 1) throw new Error('not durable')
        if (log.sizeBytes < PARTITION_BYTES) continue
        await store.delete([log])
        log = await warmLog(store, batch)
      }
    },
  }
}

/** The first append waits for names to be durable. */
async function warmLog(store: LogStore, batch: Buffer): Promise<PartitionLog> {
  const log = newLog(store)
  log.appendAsLeader(Buffer.from(batch), CLIENT)
  await log.flush()
  return log
}

async function appendMany(store: LogStore, batch: Buffer, times: number): Promise<void> {
  const depth = Math.min(256, Math.max(4, Math.floor(PIPELINE_BYTES / batch.length)))
  const buffers = Array.from({ length: Math.min(depth, times) }, () => Buffer.from(batch))
  const free = [...buffers]
  const waiter = new Recycler(free)
  let log = store.get('topic', 0) ?? newLog(store)
  for (let done = 0; done < times; done++) {
    while (free.length === 0) await turn()
    const bytes = free.pop() as Buffer
    bytes.writeBigInt64BE(0n, 0) // the log has put an offset there
    waiter.inFlight.push(bytes)
    const { lastOffset } = log.appendAsLeader(bytes, CLIENT)
    log.whenCommitted(lastOffset + 1, waiter)
    if (done % 16 === 15) store.flushPending()
    if (log.sizeBytes > PARTITION_BYTES) {
      while (waiter.inFlight.length > 0) await turn()
      await store.delete([log])
      log = newLog(store)
    }
  }
  while (waiter.inFlight.length > 0) await turn()
}

/** Commits come in the order of appends: the oldest buffer is free again. */
class Recycler {
  readonly inFlight: Buffer[] = []
  readonly #free: Buffer[]

  constructor(free: Buffer[]) {
    this.#free = free
  }

  committed(): void {
    const bytes = this.inFlight.shift()
    if (bytes !== undefined) this.#free.push(bytes)
  }

  failed(_log: unknown, error: Error): void {
    throw error
  }
}

function readBench(maxBytes: number): Bench {
  const filled = once(async () => {
    const store = await storeOnDisk()
    await appendMany(store, batchOf(16 * 1024), 4096)
    return store
  })
  return {
    name: `read ${maxBytes} bytes from the page cache, in order`,
    bytes: maxBytes,
    async run(times) {
      const log = (await filled()).get('topic', 0)
      if (log !== undefined) await readMany(log, maxBytes, times)
    },
  }
}

async function readMany(log: PartitionLog, maxBytes: number, times: number): Promise<void> {
  let offset = 0
  for (let left = times; left > 0; left--) {
    const read = await log.read(offset, maxBytes, { minOneBatch: true })
    offset = read.nextOffset >= log.highWatermark ? 0 : read.nextOffset
    read.release()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function newLog(store: LogStore): PartitionLog {
  return store.create({ topic: 'topic', topicId: ZERO_UUID, partition: 0 }, config)
}

function storeOn(files: FileSystem, dir: string, channel?: ChannelType): Promise<LogStore> {
  const [clock, logger] = [systemClock, silentLogger]
  return LogStore.open({ dirs: [dir], files, clock, logger, channel, nodeId: 1 })
}

function storeInMemory(): Promise<LogStore> {
  return storeOn(nodeFileSystem, freshFolder(MEMORY), 'pmem')
}

function freshFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, 'pafka-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'data')
}

function storeNowhere(): Promise<LogStore> {
  return storeOn(nowhere(), '/data')
}

function storeOnDisk(): Promise<LogStore> {
  return storeOn(nodeFileSystem, freshFolder(tmpdir()))
}

/** Takes every byte of a log and keeps none: what is left is the engine's own work. */
function nowhere(): FileSystem {
  const files = memoryFileSystem()
  const open: FileSystem['open'] = (path, mode) => {
    const file = files.open(path, mode)
    return path.endsWith('.log') ? new Sink(file) : file
  }
  return { ...methodsOf(files), open }
}

function methodsOf(files: FileSystem): FileSystem {
  return {
    open: (path, mode) => files.open(path, mode),
    openDirect: (path, mode, durable) => files.openDirect(path, mode, durable),
    map: (path, reserveBytes) => files.map(path, reserveBytes),
    readFile: (path) => files.readFile(path),
    writeFile: (path, bytes) => files.writeFile(path, bytes),
    makeFolder: (path) => files.makeFolder(path),
    list: (path) => files.list(path),
    stat: (path) => files.stat(path),
    rename: (from, to) => files.rename(from, to),
    remove: (path) => files.remove(path),
    removeFolder: (path) => files.removeFolder(path),
    syncFolder: (path) => files.syncFolder(path),
    hastenSyncs: (folder) => files.hastenSyncs(folder),
    isInMemory: (folder) => files.isInMemory(folder),
    lock: (folder) => files.lock(folder),
  }
}

class Sink implements OpenFile {
  readonly #file: OpenFile

  constructor(file: OpenFile) {
    this.#file = file
  }

  readNow(into: Uint8Array): number {
    return into.length
  }

  read(into: Uint8Array, _positionBytes: number, done: IoDone): void {
    queueMicrotask(() => done(null, into.length))
  }

  writeNow(pieces: readonly Uint8Array[]): number {
    let bytes = 0
    for (const piece of pieces) bytes += piece.length
    return bytes
  }

  write(pieces: readonly Uint8Array[], _positionBytes: number, done: IoDone): void {
    queueMicrotask(() => done(null, this.writeNow(pieces)))
  }

  truncate(sizeBytes: number): void {
    this.#file.truncate(sizeBytes)
  }

  sizeBytes(): number {
    return this.#file.sizeBytes()
  }

  sync(done: IoDone): void {
    this.#file.sync(done)
  }

  syncNow(): void {}

  close(): void {
    this.#file.close()
  }
}
