import { readBatches, readRecords } from '@pafka/protocol'

import type { Sent } from './sent-batch.ts'

/** One record; as text it is equal to another just when the record is. */
export class SentRecord {
  readonly offset: number
  readonly key: string
  readonly value: string

  constructor(offset: number, key: string, value: string) {
    this.offset = offset
    this.key = key
    this.value = value
  }

  toString(): string {
    return `${this.offset} ${this.key} ${this.value}`
  }
}

export function recordsOf(batches: Buffer): SentRecord[] {
  const records: SentRecord[] = []
  for (const batch of readBatches(batches)) {
    for (const { offset, key, value } of readRecords(batch)) {
      records.push(new SentRecord(offset, textOf(key), textOf(value)))
    }
  }
  return records
}

/**
 * What compaction leaves: records that were sent, in order, and of each key the last one, or one
 * after it of which nobody knows whether it survived.
 * @returns what is wrong with what a log serves
 */
export function compactionProblem(
  due: readonly Sent[],
  served: Buffer,
  logStartOffset: number,
): string | undefined {
  const known = new Set<string>()
  const last = new Map<string, SentRecord>()
  for (const one of due) {
    for (const record of recordsOf(one.served)) {
      known.add(String(record))
      if (!one.isDoubtful && record.offset >= logStartOffset) last.set(record.key, record)
    }
  }
  let before = -1
  for (const record of recordsOf(served)) {
    if (record.offset <= before) return `offset ${record.offset} after ${before}`
    before = record.offset
    if (!known.has(String(record))) return `a record at ${record.offset} that was never sent`
    const lastOffset = last.get(record.key)?.offset ?? record.offset
    if (record.offset >= lastOffset) last.delete(record.key)
  }
  for (const { key, offset } of last.values()) return `no record at ${offset}, the last of ${key}`
  return undefined
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? '' : Buffer.from(bytes).toString('latin1')
}
