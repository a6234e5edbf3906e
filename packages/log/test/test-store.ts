import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Clock, type Logger, MIB, silentLogger } from '@pafka/base'
import {
  defaultLogConfig,
  type FileSystem,
  type LogConfig,
  LogStore,
  type LogStoreOptions,
  type PartitionLog,
  SimulatedDisk,
} from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { beforeEach, describe } from 'vitest'

import { TIME_MS } from './test-batches.ts'

export const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
export const CLIENT = { origin: 'client', leaderEpoch: 0 } as const

export interface TestStoreOptions {
  readonly files: FileSystem
  readonly dir?: string
  readonly config?: Partial<LogConfig>
  readonly clock?: Clock
  readonly logger?: Logger
  readonly store?: Partial<LogStoreOptions>
}

type Channel = NonNullable<LogStoreOptions['channel']>

export const CHANNELS: readonly Channel[] = ['file', 'journal', 'pmem']

let channel: Channel = 'file'

/** Runs tests over every channel: what they say holds whatever makes appends durable. */
export function overEachChannel(tests: () => void): void {
  describe.each(CHANNELS)('channel %s', (name) => {
    onChannel(name, tests)
  })
}

/** Runs tests over one channel: they look at what only it has on disk, or how it fails. */
export function overChannel(name: Channel, tests: () => void): void {
  describe(`channel ${name} alone`, () => {
    onChannel(name, tests)
  })
}

function onChannel(name: Channel, tests: () => void): void {
  beforeEach(() => {
    channel = name
  })
  tests()
}

/** Where folders of the channel can be: persistent memory is played by a file system in memory. */
export function parentOfFolders(): string {
  return channel === 'pmem' ? '/dev/shm' : tmpdir()
}

export function openStore(options: TestStoreOptions): Promise<LogStore> {
  const config = { ...defaultLogConfig, ...options.config }
  const dir = options.dir ?? '/data'
  const isPmem = (options.store?.channel ?? channel) === 'pmem'
  if (options.files instanceof SimulatedDisk) options.files.isPersistentMemory = isPmem
  return LogStore.open({
    dirs: [dir],
    channel,
    journal: { folder: join(dir, 'journal'), limitBytes: 64 * MIB, tailBytes: 16 * MIB },
    files: options.files,
    clock: options.clock ?? new ManualClock(TIME_MS),
    logger: options.logger ?? silentLogger,
    nodeId: 1,
    configOf: () => config,
    retentionCheckIntervalMs: 0,
    checkpointIntervalMs: 0,
    cleanerBackoffMs: 0,
    ...options.store,
  })
}

export function createLog(store: LogStore, config: Partial<LogConfig> = {}): PartitionLog {
  const wanted = { topic: 'topic', topicId: TOPIC_ID, partition: 0 }
  return store.create(wanted, { ...defaultLogConfig, ...config })
}

/** Resolves when everything below the log end of this moment is committed. */
export function committed(log: PartitionLog): Promise<void> {
  return new Promise((resolve, reject) => {
    log.whenCommitted(log.logEndOffset, {
      committed: () => resolve(),
      failed: (_log, error) => reject(error),
    })
  })
}

/** Every byte from `fromOffset` on that is committed now, read in pieces of `maxBytes`. */
export async function readAll(
  log: PartitionLog,
  fromOffset: number = log.logStartOffset,
  maxBytes = 300,
): Promise<Buffer> {
  const pieces: Buffer[] = []
  let offset = fromOffset
  const upTo = log.highWatermark
  while (offset < upTo) {
    const read = await log.read(offset, maxBytes, { minOneBatch: true, upTo })
    if (read.errorCode !== 0) throw new Error(`read at ${offset} gives ${read.errorCode}`)
    if (read.records.length === 0) break
    pieces.push(Buffer.from(read.records))
    offset = read.nextOffset
    read.release()
  }
  return Buffer.concat(pieces)
}
