import { expect, test } from 'vitest'

import { utf8 } from '../serde/utf8.ts'
import { topic } from '../topic.ts'
import { AssignedPartition } from './assigned-partition.ts'
import { ConsumerRecord, type RecordSource } from './consumer-record.ts'
import type { PartitionReader } from './partition-reader.ts'
import type { RecordFlow } from './record-flow.ts'
import { RunPartition } from './run-partition.ts'

const GROUP = {
  groupId: 'g',
  member: { memberId: 'm', generationId: 1, instanceId: null },
  committed: () => {},
}
const NO_VALUE = { valueAt: 0, valueLength: -1, headersAt: 0, headersCount: 0 }

/** Of a partition with one record for each key, in their order. */
function runOf(keys: readonly string[]) {
  const of = new AssignedPartition(topic('t', { key: utf8() }), 0, GROUP)
  const reader = {} as PartitionReader
  of.reader = reader
  const flow = { pause: () => {}, resume: () => {} } as unknown as RecordFlow
  const run = new RunPartition(of, { flow, order: 'key', concurrency: 4 })
  let offset = -1
  const next = <K, V>(source: RecordSource<K, V>): ConsumerRecord<K, V> | undefined => {
    const bytes = Buffer.from(keys[++offset] ?? '')
    if (bytes.length === 0) return undefined
    const places = { keyAt: 0, keyLength: bytes.length, ...NO_VALUE }
    return new ConsumerRecord(source, bytes, { offset, timestamp: 0 }, places)
  }
  const batch = { lastOffset: keys.length - 1, recordsCount: keys.length, sizeBytes: 1, next }
  run.take({ reader, batch })
  return { of, run }
}

test('who gets the partition waits for what is handled behind a record that waits', async () => {
  const { of, run } = runOf(['a', 'a', 'b', 'b'])
  const [first, behind] = [run.next(), run.next()]
  expect([first?.record.offset, behind?.record.offset, run.next()]).toEqual([0, 2, undefined])
  of.end()
  let isIdle = false
  const idle = of.progress.idle().then(() => (isIdle = true))
  for (const one of [first, behind]) {
    // oxlint-disable-next-line no-await-in-loop -- so that it could have been told
    await new Promise(setImmediate)
    expect(isIdle).toBe(false)
    one?.record.ack()
    if (one !== undefined) run.ended(one)
  }
  await idle
  // what waited was given back, with all behind it
  expect(of.progress.dirtyOffset).toBe(1)
})
