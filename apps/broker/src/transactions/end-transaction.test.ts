import { ErrorCode } from '@pafka/protocol'
import { describe, expect, test } from 'vitest'

import { addPartitions, verifyPartition } from './add-partitions.ts'
import { completed, endTransaction, fencingAbort } from './end-transaction.ts'
import { initProducer } from './init-producer.ts'
import {
  LAST_EPOCH,
  newMetadata,
  type TransactionMetadata,
  TransactionState,
} from './transaction-metadata.ts'

const PARTITION = { topic: 't', partition: 0 }

/** A producer and its coordinator, one step after the other. */
class Play {
  metadata = newMetadata('x', 100, 60_000, 0)
  nowMs = 1
  nextId = 500
  isPlain = false

  get clientVersion(): number {
    return this.isPlain ? 0 : 2
  }

  init(expected?: { producerId: number; producerEpoch: number }): string {
    const asked = { timeoutMs: 60_000, expected, nowMs: this.nowMs }
    let outcome = initProducer(this.metadata, { ...asked, newProducerId: undefined })
    if (outcome === 'producer-id') {
      outcome = initProducer(this.metadata, { ...asked, newProducerId: this.nextId++ })
    }
    return this.#take(outcome)
  }

  add(producerId: number, producerEpoch: number): string {
    const { nowMs, clientVersion } = this
    const claim = { producerId, producerEpoch }
    return this.#take(
      addPartitions(this.metadata, { ...claim, partitions: [PARTITION], clientVersion, nowMs }),
    )
  }

  verify(producerId: number, producerEpoch: number, partition = 0): string {
    const place = { ...PARTITION, partition }
    return this.#take(verifyPartition(this.metadata, { producerId, producerEpoch }, place))
  }

  end(producerId: number, producerEpoch: number, isCommit: boolean): string {
    const { nowMs, clientVersion } = this
    const asked = { producerId, producerEpoch, isCommit, clientVersion, nowMs }
    let outcome = endTransaction(this.metadata, { ...asked, newProducerId: undefined })
    if (outcome === 'producer-id') {
      outcome = endTransaction(this.metadata, { ...asked, newProducerId: this.nextId++ })
    }
    return this.#take(outcome)
  }

  fence(): string {
    return this.#take(fencingAbort(this.metadata, this.nowMs))
  }

  complete(): string {
    return this.#take(completed(this.metadata, this.nowMs))
  }

  #take(outcome: TransactionMetadata | ErrorCode | string): string {
    if (typeof outcome === 'string') return outcome
    if (typeof outcome === 'number') return nameOf(ErrorCode, outcome)
    this.metadata = outcome
    const { state, producerId, producerEpoch } = outcome
    return `${nameOf(TransactionState, state)} ${producerId}/${producerEpoch}`
  }
}

function nameOf(names: Readonly<Record<string, number | string>>, value: number): string {
  return Object.entries(names).find(([, number]) => number === value)?.[0] ?? String(value)
}

describe('with epochs that each end raises', () => {
  test('a commit, and an abort after it', () => {
    const play = new Play()
    expect(play.init()).toBe('Empty 100/0')
    expect(play.add(100, 0)).toBe('Ongoing 100/0')
    expect(play.add(100, 0)).toBe('NONE')
    expect(play.end(100, 0, true)).toBe('PrepareCommit 100/1')
    expect(play.add(100, 1)).toBe('CONCURRENT_TRANSACTIONS')
    expect(play.complete()).toBe('CompleteCommit 100/1')
    expect(play.add(100, 0)).toBe('PRODUCER_FENCED')
    expect(play.add(100, 1)).toBe('Ongoing 100/1')
    expect(play.end(100, 1, false)).toBe('PrepareAbort 100/2')
    expect(play.complete()).toBe('CompleteAbort 100/2')
  })

  test('an end that is sent again is told from another one', () => {
    const play = new Play()
    play.init()
    play.add(100, 0)
    play.end(100, 0, true)
    expect(play.end(100, 0, true)).toBe('CONCURRENT_TRANSACTIONS')
    expect(play.end(100, 0, false)).toBe('INVALID_TXN_STATE')
    expect(play.end(100, 1, true)).toBe('PRODUCER_FENCED')
    play.complete()
    expect(play.end(100, 0, true)).toBe('NONE')
    expect(play.end(100, 0, false)).toBe('INVALID_TXN_STATE')
    expect(play.end(100, 1, true)).toBe('INVALID_TXN_STATE')
    expect(play.end(100, 1, false)).toBe('PrepareAbort 100/2')
  })

  test('what never began can be aborted, and not committed', () => {
    const play = new Play()
    play.init()
    expect(play.end(100, 0, true)).toBe('INVALID_TXN_STATE')
    expect(play.end(100, 0, false)).toBe('PrepareAbort 100/1')
    expect(play.metadata.startMs).toBe(play.nowMs)
  })

  test('epochs that are used up end with another producer id', () => {
    const play = new Play()
    play.init()
    play.metadata = { ...play.metadata, producerEpoch: LAST_EPOCH }
    play.add(100, LAST_EPOCH)
    expect(play.end(100, LAST_EPOCH, true)).toBe(`PrepareCommit 100/${LAST_EPOCH + 1}`)
    expect(play.complete()).toBe('CompleteCommit 500/0')
    expect(play.end(100, LAST_EPOCH, true)).toBe('NONE')
    expect(play.end(100, LAST_EPOCH, false)).toBe('INVALID_TXN_STATE')
    expect(play.end(100, 3, true)).toBe('INVALID_PRODUCER_ID_MAPPING')
    expect(play.add(500, 0)).toBe('Ongoing 500/0')
  })
})

describe('a producer whose transaction nobody ends', () => {
  test('another producer of the id aborts what runs, and the first can do nothing more', () => {
    const play = new Play()
    play.init()
    play.add(100, 0)
    expect(play.init()).toBe('abort')
    expect(play.fence()).toBe('PrepareAbort 100/1')
    expect(play.init()).toBe('CONCURRENT_TRANSACTIONS')
    expect(play.add(100, 0)).toBe('PRODUCER_FENCED')
    expect(play.end(100, 0, true)).toBe('INVALID_TXN_STATE')
    play.complete()
    expect(play.end(100, 0, true)).toBe('INVALID_TXN_STATE')
    expect(play.init()).toBe('Empty 100/2')
    expect(play.end(100, 0, false)).toBe('PRODUCER_FENCED')
    expect(play.end(100, 1, false)).toBe('PRODUCER_FENCED')
    expect(play.add(100, 0)).toBe('PRODUCER_FENCED')
  })

  test('whoever is late and aborts goes on in the epoch that it has then', () => {
    const play = new Play()
    play.init()
    play.add(100, 0)
    play.fence()
    expect(play.end(100, 0, false)).toBe('CONCURRENT_TRANSACTIONS')
    play.complete()
    expect(play.end(100, 0, false)).toBe('NONE')
    expect(play.add(100, 1)).toBe('Ongoing 100/1')
  })

  test('who is fenced at the last epoch goes on with another id', () => {
    const play = new Play()
    play.init()
    play.metadata = { ...play.metadata, producerEpoch: LAST_EPOCH }
    play.add(100, LAST_EPOCH)
    expect(play.fence()).toBe(`PrepareAbort 100/${LAST_EPOCH + 1}`)
    expect(play.end(100, LAST_EPOCH, false)).toBe('PRODUCER_FENCED')
    expect(play.complete()).toBe(`CompleteAbort 100/${LAST_EPOCH + 1}`)
    expect(play.end(100, LAST_EPOCH, false)).toBe('PRODUCER_FENCED')
    expect(play.add(100, LAST_EPOCH)).toBe('PRODUCER_FENCED')
    expect(play.init()).toBe('Empty 500/0')
  })
})

test('a batch may be in a partition that was added, while the transaction runs', () => {
  const play = new Play()
  play.init()
  expect(play.verify(100, 0)).toBe('TRANSACTION_ABORTABLE')
  play.add(100, 0)
  expect(play.verify(100, 0)).toBe('NONE')
  expect(play.verify(100, 0, 1)).toBe('TRANSACTION_ABORTABLE')
  expect(play.verify(100, 1)).toBe('PRODUCER_FENCED')
  expect(play.verify(101, 0)).toBe('INVALID_PRODUCER_ID_MAPPING')
  play.end(100, 0, true)
  expect(play.verify(100, 1)).toBe('CONCURRENT_TRANSACTIONS')
  play.complete()
  expect(play.verify(100, 1)).toBe('TRANSACTION_ABORTABLE')
})

describe('with epochs that ends leave alone', () => {
  function plain(): Play {
    const play = new Play()
    play.isPlain = true
    play.init()
    return play
  }

  test('a commit, and the same again', () => {
    const play = plain()
    expect(play.add(100, 0)).toBe('Ongoing 100/0')
    expect(play.end(100, 0, true)).toBe('PrepareCommit 100/0')
    expect(play.end(100, 0, true)).toBe('CONCURRENT_TRANSACTIONS')
    expect(play.complete()).toBe('CompleteCommit 100/0')
    expect(play.end(100, 0, true)).toBe('NONE')
    expect(play.end(100, 0, false)).toBe('INVALID_TXN_STATE')
  })

  test('who has an older or a newer epoch is fenced', () => {
    const play = plain()
    play.init()
    play.add(100, 1)
    expect(play.end(100, 0, true)).toBe('PRODUCER_FENCED')
    expect(play.end(100, 2, true)).toBe('PRODUCER_FENCED')
    expect(play.end(101, 1, true)).toBe('INVALID_PRODUCER_ID_MAPPING')
  })

  test('another producer of the id aborts what runs', () => {
    const play = plain()
    play.add(100, 0)
    expect(play.init()).toBe('abort')
    expect(play.fence()).toBe('PrepareAbort 100/1')
    play.complete()
    expect(play.init()).toBe('Empty 100/2')
  })
})

describe('a producer that says what it has', () => {
  test('goes on from it, also when it did not hear the answer', () => {
    const play = new Play()
    play.init()
    expect(play.init({ producerId: 100, producerEpoch: 0 })).toBe('Empty 100/1')
    expect(play.init({ producerId: 100, producerEpoch: 0 })).toBe('Empty 100/1')
    expect(play.init({ producerId: 100, producerEpoch: 1 })).toBe('Empty 100/2')
    expect(play.init({ producerId: 100, producerEpoch: 0 })).toBe('PRODUCER_FENCED')
    expect(play.init({ producerId: 101, producerEpoch: 2 })).toBe('PRODUCER_FENCED')
  })

  test('gets another id when its epochs are used up', () => {
    const play = new Play()
    play.init()
    play.metadata = { ...play.metadata, producerEpoch: LAST_EPOCH }
    const before = { producerId: 100, producerEpoch: LAST_EPOCH }
    expect(play.init(before)).toBe('Empty 500/0')
    expect(play.init(before)).toBe('Empty 500/0')
  })
})
