import { assert, seededRandom } from '@pafka/base'
import { RecordBatchView, setBaseOffset, setPartitionLeaderEpoch } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { makeBatch } from '../load/batch-source.ts'
import { Finding } from './finding.ts'
import { type LedgerPass, PartitionLedger } from './partition-ledger.ts'
import type { SentBatch } from './sent-batch.ts'

const SIZES = { leastBytes: 400, mostBytes: 2000 }
const PRODUCER = { producerId: 7, producerEpoch: 0 }

const random = seededRandom(5)

/** A partition with `count` batches of one idempotent producer, acknowledged one after another. */
function acknowledged(count: number): { ledger: PartitionLedger; batches: SentBatch[] } {
  const ledger = new PartitionLedger('topic', 3)
  const batches: SentBatch[] = []
  let offset = 0
  for (let left = count; left > 0; left--) {
    const batch = sentTo(ledger, offset)
    ledger.acked(batch, offset)
    batches.push(batch)
    offset = batch.endOffset
  }
  return { ledger, batches }
}

function sentTo(ledger: PartitionLedger, baseSequence: number): SentBatch {
  const { batch } = makeBatch(random, SIZES, { ...PRODUCER, baseSequence })
  ledger.sent(batch)
  return batch
}

/** The batch as a broker serves it. */
function served(batch: SentBatch, offset: number): RecordBatchView {
  const bytes = Buffer.from(batch.bytes())
  setBaseOffset(bytes, 0, offset)
  setPartitionLeaderEpoch(bytes, 0, 4)
  return new RecordBatchView(bytes, 0)
}

function readAll(pass: LedgerPass, batches: readonly SentBatch[]): void {
  for (const batch of batches) pass.read(served(batch, pass.nextOffset))
  pass.finish()
}

function findingOf(check: () => void): string {
  try {
    check()
  } catch (error) {
    if (error instanceof Finding) return error.kind
    throw error
  }
  return 'nothing'
}

test('what is served as it was acknowledged is fine, again and again', () => {
  const { ledger, batches } = acknowledged(4)
  readAll(ledger.passFromProven(), batches)
  readAll(ledger.passFromProven(), [])
  readAll(ledger.passFromStart(), batches)
  expect(ledger.leastEndOffset).toBe(batches.at(-1)?.endOffset)
})

test('an acknowledged batch that is missing at the end is lost, read before or not', () => {
  const { ledger, batches } = acknowledged(4)
  expect(findingOf(() => readAll(ledger.follow(), batches.slice(0, 3)))).toBe('lost')
  readAll(ledger.follow(), batches.slice(3))
  expect(findingOf(() => readAll(ledger.passFromStart(), batches.slice(0, 3)))).toBe('lost')
})

test('a batch without an ack may be there or not, but what was read has to stay', () => {
  const { ledger, batches } = acknowledged(1)
  const open = sentTo(ledger, batches[0]?.endOffset ?? 0)
  readAll(ledger.passFromProven(), batches)
  readAll(ledger.passFromProven(), [open])
  expect(ledger.leastEndOffset).toBe(open.endOffset)
  expect(findingOf(() => readAll(ledger.passFromStart(), batches))).toBe('lost')
})

test('what a consumer saw is read once more after the restart', () => {
  const { ledger, batches } = acknowledged(3)
  const follower = ledger.follow()
  for (const batch of batches) follower.read(served(batch, follower.nextOffset))
  expect(findingOf(() => ledger.passFromProven().finish())).toBe('lost')
  readAll(ledger.passFromProven(), batches)
})

test('a changed byte is found, wherever it is', () => {
  const { ledger, batches } = acknowledged(1)
  const [batch] = batches
  assert(batch !== undefined, 'one was made')
  for (const at of [17, 43, batch.sizeBytes - 1]) {
    const view = served(batch, 0)
    view.bytes[at] = (view.bytes[at] ?? 0) ^ 1
    expect(findingOf(() => ledger.passFromProven().read(view))).toBe('changed')
  }
  const seen = ledger.passFromProven()
  seen.read(served(batch, 0))
  const view = served(batch, 0)
  view.bytes[60] = (view.bytes[60] ?? 0) ^ 1
  const again = (): void => ledger.passFromStart().read(view)
  expect(again).toThrow('first difference at byte 60')
})

test('a batch that nobody sent is found', () => {
  const { ledger } = acknowledged(0)
  const other = sentTo(new PartitionLedger('topic', 4), 0)
  expect(findingOf(() => ledger.passFromStart().read(served(other, 0)))).toBe('never sent')
})

test('a batch that is there twice is found', () => {
  const { ledger, batches } = acknowledged(2)
  const pass = ledger.passFromStart()
  const [first, second] = batches
  assert(first !== undefined && second !== undefined, 'two were made')
  pass.read(served(first, pass.nextOffset))
  pass.read(served(second, pass.nextOffset))
  expect(findingOf(() => pass.read(served(first, pass.nextOffset)))).toBe('twice')
})

test('a gap and an overlap of offsets are found', () => {
  const { ledger, batches } = acknowledged(2)
  const [first, second] = batches
  assert(first !== undefined && second !== undefined, 'two were made')
  const pass = ledger.passFromStart()
  pass.read(served(first, 0))
  const kind = 'offsets with a gap or an overlap'
  expect(findingOf(() => pass.read(served(second, first.endOffset + 1)))).toBe(kind)
  expect(findingOf(() => pass.read(served(second, first.endOffset - 1)))).toBe(kind)
})

test('a batch elsewhere than its ack said is found, whichever comes first', () => {
  const { ledger, batches } = acknowledged(2)
  const [, second] = batches
  assert(second !== undefined, 'two were made')
  expect(findingOf(() => ledger.passFromStart().read(served(second, 0)))).toBe('moved')
  const open = sentTo(new PartitionLedger('topic', 3), 0)
  const other = new PartitionLedger('topic', 3)
  other.sent(open)
  other.follow().read(served(open, 0))
  expect(findingOf(() => other.acked(open, 5))).toBe('moved')
  expect(findingOf(() => other.acked(open, 0))).toBe('nothing')
})

test('a hole in what a producer sent is found though no ack was given', () => {
  const ledger = new PartitionLedger('topic', 3)
  const first = sentTo(ledger, 0)
  const second = sentTo(ledger, first.recipe.records)
  const early = (): void => ledger.passFromStart().read(served(second, 0))
  expect(findingOf(early)).toBe('out of sequence')
})
