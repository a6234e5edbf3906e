import { existsSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

import { KIB, MIB, silentLogger } from '@pafka/base'
import {
  defaultLogConfig,
  LogStore,
  type LogStoreOptions,
  nodeFileSystem,
  type PartitionLog,
} from '@pafka/log'
import { errorName } from '@pafka/protocol'
import { ManualClock, temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, createLog, TOPIC_ID } from './test-store.ts'

const SHM = '/dev/shm'
const SEGMENT_BYTES = MIB

async function send(log: PartitionLog, sizeBytes: number): Promise<string> {
  const value = Buffer.alloc(sizeBytes, 'x')
  const { errorCode } = log.appendAsLeader(
    batchOf([{ timestamp: TIME_MS, key: null, value }]),
    CLIENT,
  )
  if (errorCode === 0) await committed(log)
  return errorName(errorCode)
}

async function read(log: PartitionLog, offset: number): Promise<string> {
  const found = await log.read(offset, MIB, { minOneBatch: true })
  found.release()
  return errorName(found.errorCode)
}

interface Stage {
  readonly store: LogStore
  readonly log: PartitionLog
  readonly other: PartitionLog
  readonly said: string[]
  /** Cuts the first segment's file of `log`. */
  readonly cut: (sizeBytes: number) => void
}

/** Files that are mapped for good, by the processor's own rules. */
async function onMemory(
  use: (stage: Stage) => Promise<void>,
  options: Partial<LogStoreOptions> = {},
): Promise<void> {
  await using folder = await temporaryFolder(SHM)
  const said: string[] = []
  const error = (event: string): void => void said.push(event)
  const config = { ...defaultLogConfig, segmentBytes: SEGMENT_BYTES }
  const store = await LogStore.open({
    dirs: [folder.path],
    channel: 'pmem',
    files: nodeFileSystem,
    clock: new ManualClock(TIME_MS),
    logger: { ...silentLogger, error },
    nodeId: 1,
    configOf: () => config,
    retentionCheckIntervalMs: 0,
    checkpointIntervalMs: 0,
    cleanerBackoffMs: 0,
    ...options,
  })
  try {
    const log = createLog(store, config)
    const other = store.create({ topic: 'other', topicId: TOPIC_ID, partition: 1 }, config)
    const cut = (sizeBytes: number): void => {
      const partition = join(folder.path, 'topic-0')
      const first = readdirSync(partition).find((name) => name.endsWith('.log')) ?? ''
      expect(statSync(join(partition, first)).size).toBeGreaterThan(sizeBytes)
      truncateSync(join(partition, first), sizeBytes)
    }
    await use({ store, log, other, said, cut })
  } finally {
    await store.close()
  }
}

const isThere = existsSync(SHM)

// The clock stands still: nothing but the memory tells.
test.skipIf(!isThere)('a consumer of a batch whose end was cut off finds out', () => {
  return onMemory(async ({ store, log, other, said, cut }) => {
    expect(await send(log, 900 * KIB)).toBe('NONE')
    expect(await send(log, 900 * KIB), 'in a segment of its own').toBe('NONE')
    expect(await send(other, 100)).toBe('NONE')
    cut(500_000)
    expect(await read(log, 0)).toBe('KAFKA_STORAGE_ERROR')
    expect(said).toEqual(['log-unreadable', 'log-dir-failed'])
    expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([false])
    expect([await send(log, 100), await send(other, 100)]).toEqual([
      'KAFKA_STORAGE_ERROR',
      'KAFKA_STORAGE_ERROR',
    ])
    expect(await read(log, 0), 'and is told so again').toBe('KAFKA_STORAGE_ERROR')
    expect(said).toHaveLength(2)
  })
})

test.skipIf(!isThere)('the last segment does not grow over what was cut off', () => {
  return onMemory(async ({ store, log, cut }) => {
    for (let at = 0; at < 10; at++) expect(await send(log, 5 * KIB)).toBe('NONE')
    cut(50_000)
    await expect(send(log, 100 * KIB)).rejects.toThrow('truncated by somebody else')
    expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([false])
  })
})

test.skipIf(!isThere)('a file that was cut while it was closed is found out by its length', () => {
  const use = async ({ store, log, other, said, cut }: Stage): Promise<void> => {
    expect(await send(log, 900 * KIB)).toBe('NONE')
    expect(await send(other, 100), 'closes the file of the first').toBe('NONE')
    cut(100_000)
    expect(await read(log, 0)).toBe('KAFKA_STORAGE_ERROR')
    expect(said).toEqual(['log-unreadable', 'log-dir-failed'])
    expect(store.dirs().map(({ isOnline }) => isOnline)).toEqual([false])
  }
  return onMemory(use, { maxOpenFiles: 1 })
})
