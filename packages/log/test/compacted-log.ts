import { expect } from 'vitest'

import type { LogConfig, LogStore, PartitionLog } from '@pafka/log'
import {
  ControlRecordType,
  controlRecordTypeOf,
  encodeEndTransactionMarker,
  readBatches,
  type RecordBatchOptions,
  readRecords,
} from '@pafka/protocol'

import { batchOf, TIME_MS } from './test-batches.ts'
import { CLIENT, committed, readAll } from './test-store.ts'

const COORDINATOR = { origin: 'coordinator', leaderEpoch: 0 } as const

/** Small segments: about one batch each. */
export const compacted: Partial<LogConfig> = {
  cleanupPolicy: 'compact',
  segmentBytes: 90,
  indexIntervalBytes: 100,
  fileDeleteDelayMs: 0,
}

/** `key=value` texts as records; `key=` is a tombstone. */
export function recordOf(
  text: string,
  timestamp: number = TIME_MS,
): { timestamp: number; key: Buffer; value: Buffer | null } {
  const [key = '', value = ''] = text.split('=')
  return { timestamp, key: Buffer.from(key), value: value === '' ? null : Buffer.from(value) }
}

/** One batch each; the last ones stay in the active segment. */
export async function write(
  store: LogStore,
  log: PartitionLog,
  texts: readonly string[],
): Promise<void> {
  for (const text of texts) append(log, [text])
  await stored(store, log)
}

/** What was appended lies in files, which are all that compaction looks at. */
export async function stored(store: LogStore, log: PartitionLog): Promise<void> {
  store.flushPending()
  await committed(log)
  await store.checkpoint()
}

/** One batch. @returns its base offset. */
export function append(
  log: PartitionLog,
  texts: readonly string[],
  options: RecordBatchOptions & { readonly timestamp?: number } = {},
): number {
  const records = texts.map((text) => recordOf(text, options.timestamp))
  const verified = { ...CLIENT, transactionVerified: options.transactional === true }
  const result = log.appendAsLeader(batchOf(records, options), verified)
  expect([result.errorCode, result.errorMessage]).toEqual([0, undefined])
  return result.baseOffset
}

/** The end of a producer's transaction. */
export function endTransaction(
  log: PartitionLog,
  producerId: number,
  commit: boolean,
  timestamp: number = TIME_MS,
): number {
  const marker = { commit, coordinatorEpoch: 3, producerId, producerEpoch: 0, timestamp }
  const result = log.appendAsLeader(Buffer.from(encodeEndTransactionMarker(marker)), COORDINATOR)
  expect([result.errorCode, result.errorMessage]).toEqual([0, undefined])
  return result.baseOffset
}

/** What a reader of all records finds: `offset key=value`, `offset commit`, `offset empty`. */
export async function contents(log: PartitionLog): Promise<string[]> {
  const lines: string[] = []
  for (const batch of readBatches(await readAll(log))) {
    expect(batch.valid).toBe(true)
    if (batch.recordsCount === 0) lines.push(`${batch.lastOffset} empty`)
    for (const record of readRecords(batch)) {
      const { offset, key, value } = record
      if (batch.control) {
        const isCommit = controlRecordTypeOf(record) === ControlRecordType.commit
        lines.push(`${offset} ${isCommit ? 'commit' : 'abort'}`)
        continue
      }
      const text = value === null ? 'null' : Buffer.from(value).toString()
      lines.push(`${offset} ${Buffer.from(key ?? []).toString()}=${text}`)
    }
  }
  return lines
}

/** What a reader knows at the end: the last value of each key. */
export function newest(lines: readonly string[]): string[] {
  const values = new Map<string, string>()
  for (const line of lines) {
    const [key = '', value = ''] = line.slice(line.indexOf(' ') + 1).split('=')
    values.set(key, value)
  }
  return [...values].map(([key, value]) => `${key}=${value}`).toSorted()
}
