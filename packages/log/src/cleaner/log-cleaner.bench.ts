import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { assert, MIB, silentLogger, systemClock } from '@pafka/base'
import { encodeRecordBatch, ZERO_UUID } from '@pafka/protocol'
import type { Bench } from '@pafka/testing'

import { defaultLogConfig, type LogConfig } from '../config/log-config.ts'
import { nodeFileSystem } from '../files/node-file-system.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { LogStore } from '../store/log-store.ts'

const CLIENT = { origin: 'client', leaderEpoch: 0 } as const
const BATCH_RECORDS = 500
const RECORD_BYTES = 100
const config: LogConfig = {
  ...defaultLogConfig,
  cleanupPolicy: 'compact',
  segmentBytes: 128 * MIB,
  fileDeleteDelayMs: 0,
  minCleanableDirtyRatio: 0.01,
}

/** `times` is the number of distinct keys; a third of them is written again. */
export const benches: readonly Bench[] = [
  { name: 'compact a key', bytes: RECORD_BYTES, run: (times) => compactKeys(times) },
]

/** Writes, then compacts until nothing is dirty but the active segment. */
async function compactKeys(keys: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pafka-bench-'))
  const store = await openStore(folder)
  try {
    const log = store.create({ topic: 'topic', topicId: ZERO_UUID, partition: 0 }, config)
    for (let from = 0; from < keys; from += BATCH_RECORDS) await append(store, log, from)
    for (let from = 0; from < keys; from += 3 * BATCH_RECORDS) await append(store, log, from)
    await log.flush()
    await store.cleanIfDirty(systemClock.nowMs())
    assert(log.logEndOffset >= keys, 'the log has all that was written')
  } finally {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function openStore(folder: string): Promise<LogStore> {
  return LogStore.open({
    dirs: [folder],
    files: nodeFileSystem,
    clock: systemClock,
    logger: silentLogger,
    nodeId: 1,
    configOf: () => config,
    cleanerBackoffMs: 0,
    retentionCheckIntervalMs: 0,
    checkpointIntervalMs: 0,
  })
}

async function append(store: LogStore, log: PartitionLog, from: number): Promise<void> {
  const timestamp = systemClock.nowMs()
  const records = Array.from({ length: BATCH_RECORDS }, (_, at) => ({
    timestamp,
    key: Buffer.from(`key-${from + at}`),
    value: Buffer.alloc(RECORD_BYTES - 25, at),
  }))
  log.appendAsLeader(Buffer.from(encodeRecordBatch({ records })), CLIENT)
  store.flushPending()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  log.whenCommitted(log.logEndOffset, {
    committed: () => resolve(),
    failed: (_log, error) => reject(error),
  })
  await promise
}
