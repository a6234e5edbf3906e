import {
  encodeEndTransactionMarker,
  encodeRecordBatch,
  ErrorCode,
  setBaseOffset,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { decodeProducerSnapshot, encodeProducerSnapshot } from './producer-snapshot.ts'
import { ProducerStates } from './producer-states.ts'

const PRODUCER = 7

/** Producers of a log of one record per batch. */
class History {
  readonly states: ProducerStates = new ProducerStates()
  readonly batches: Buffer[] = []

  send(producerEpoch: number, baseSequence: number): void {
    this.#note(batchOf(producerEpoch, baseSequence))
  }

  end(producerEpoch: number, commit: boolean): void {
    const origin = { producerId: PRODUCER, producerEpoch, coordinatorEpoch: 0 }
    this.#note(encodeEndTransactionMarker({ ...origin, timestamp: 0, commit }))
  }

  /** What a start makes of a snapshot of a place, and of what came after it. */
  restored(endOffset: number, lostFrom: number = this.batches.length): ProducerStates {
    const states = new ProducerStates()
    const bytes = encodeProducerSnapshot(this.states, endOffset)
    states.restore(decodeProducerSnapshot(bytes) ?? [])
    for (const batch of this.batches.slice(endOffset, lostFrom)) states.note(batch, 0)
    return states
  }

  #note(bytes: Uint8Array): void {
    const batch = Buffer.from(bytes)
    setBaseOffset(batch, 0, this.batches.length)
    this.batches.push(batch)
    this.states.note(batch, 0)
  }
}

function batchOf(producerEpoch: number, baseSequence: number): Uint8Array {
  const records = [{ timestamp: 0, key: null, value: Buffer.from('v') }]
  const from = { producerId: PRODUCER, producerEpoch, baseSequence, transactional: true }
  return encodeRecordBatch({ records, ...from })
}

test('a transaction that began before all batches that are remembered is open', () => {
  const history = new History()
  for (let sequence = 0; sequence < 20; sequence++) history.send(3, sequence)
  for (let endOffset = 1; endOffset <= 20; endOffset++) {
    const states = history.restored(endOffset)
    expect(states.transactions.firstOffsetOf(PRODUCER)).toBe(0)
    expect(states.check(Buffer.from(batchOf(3, 20)))).toBe(ErrorCode.NONE)
  }
})

test('so is one whose producer has a higher epoch by now', () => {
  const history = new History()
  history.send(3, 0)
  history.send(3, 1)
  history.end(4, false)
  history.send(4, 0)
  expect(history.restored(1, 1).transactions.firstOffsetOf(PRODUCER)).toBe(0)
  const states = history.restored(1, 2)
  expect(states.note(history.batches[2] ?? Buffer.of(), 0)).toMatchObject({
    producerId: PRODUCER,
    firstOffset: 0,
    lastOffset: 2,
  })
  expect(history.restored(1).transactions.firstOffsetOf(PRODUCER)).toBe(3)
})

test('what came after a snapshot and was lost does not hinder what is sent again', () => {
  const history = new History()
  for (let sequence = 0; sequence < 20; sequence++) history.send(3, sequence)
  const states = history.restored(1, 1)
  expect(states.check(Buffer.from(batchOf(3, 1)))).toBe(ErrorCode.NONE)
  expect(states.get(PRODUCER)?.lastSequence).toBe(-1)
})
