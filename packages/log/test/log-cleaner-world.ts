import { type LogFields, type Logger, silentLogger } from '@pafka/base'
import {
  type CleanerOptions,
  type FileSystem,
  type LogConfig,
  type LogStore,
  type LogStoreOptions,
  memoryFileSystem,
  type PartitionLog,
} from '@pafka/log'
import { ManualClock } from '@pafka/testing'

import { compacted } from './compacted-log.ts'
import { TIME_MS } from './test-batches.ts'
import { createLog, openStore } from './test-store.ts'

/** A store with one log to be compacted. */
export interface World {
  readonly files: FileSystem
  readonly clock: ManualClock
  readonly store: LogStore
  readonly log: PartitionLog
  readonly logger: Logger
  /** Fields of the lines of each event. */
  readonly lines: (event: string) => LogFields[]
}

export interface WorldOptions {
  readonly config?: Partial<LogConfig>
  readonly cleaner?: Partial<CleanerOptions>
  readonly files?: FileSystem
  readonly store?: Partial<LogStoreOptions>
}

export async function begin(options: WorldOptions = {}): Promise<World> {
  const { files = memoryFileSystem(), cleaner } = options
  const clock = new ManualClock(TIME_MS)
  const config = { ...compacted, ...options.config }
  const found: { event: string; fields: LogFields }[] = []
  const note = (event: string, fields: LogFields = {}): void => void found.push({ event, fields })
  const logger: Logger = { ...silentLogger, info: note, warn: note, error: note }
  const more = { cleaner, ...options.store }
  const store = await openStore({ files, config, clock, logger, store: more })
  const log = createLog(store, config)
  const lines = (event: string): LogFields[] =>
    found.filter((line) => line.event === event).map((line) => line.fields)
  return { files, clock, store, log, logger, lines }
}

/** Lets what runs in the background go on for a while. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}
