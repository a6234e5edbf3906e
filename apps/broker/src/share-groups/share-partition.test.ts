import { ErrorCode, errorName } from '@pafka/protocol'
import { expect, test } from 'vitest'

import type { AcquireRequest, ReadBatch } from './acquire-records.ts'
import type { DeliveryState, StateBatch } from './delivery-state.ts'
import { SharePartition } from './share-partition.ts'

const MAX_LOCKS = 2000
const MAX_DELIVERIES = 5
const LOCK_MS = 30_000

const [GAP, ACCEPT, RELEASE, REJECT, RENEW] = [0, 1, 2, 3, 4]

/** A partition of batches of ten records, given out by hand. */
class Play {
  partition: SharePartition
  nowMs = 0
  stored: StateBatch[] = []

  constructor(startOffset = 0, batches: readonly StateBatch[] = []) {
    this.partition = new SharePartition({ startOffset, batches, completeCount: 0 })
  }

  acquire(memberId: string, more: Partial<AcquireRequest> & { to?: number } = {}): string {
    const fromOffset = this.partition.nextOffset(more.maxLocks ?? MAX_LOCKS)
    if (fromOffset === undefined) return 'nothing'
    const acquired = this.partition.acquire({
      memberId,
      fromOffset,
      batches: batchesFrom(fromOffset, more.to ?? 29),
      maxRecords: 500,
      batchSize: 500,
      isStrict: false,
      maxLocks: MAX_LOCKS,
      maxDeliveries: MAX_DELIVERIES,
      dueMs: this.nowMs + LOCK_MS,
      ...more,
    })
    return acquired
      .map((one) => `${one.firstOffset}-${one.lastOffset} x${one.deliveryCount}`)
      .join(', ')
  }

  say(memberId: string, firstOffset: number, lastOffset: number, ...types: number[]): string {
    const { errorCode } = this.partition.acknowledge(
      memberId,
      [{ firstOffset, lastOffset, acknowledgeTypes: types }],
      { maxDeliveries: MAX_DELIVERIES, dueMs: this.nowMs + LOCK_MS },
    )
    return errorName(errorCode)
  }

  /** Everything that is planned comes to be, or does not. @returns what was written */
  write(isStored = true): string {
    const state = this.partition.takeChange()
    if (state === undefined) return 'nothing'
    this.partition.stored(isStored)
    const batches = state.batches.map(
      (one) => ` ${one.firstOffset}-${one.lastOffset} ${nameOf(one.state)} x${one.deliveryCount}`,
    )
    return `from ${state.startOffset},${batches.join(',')} ${state.completeCount} done`
  }

  get runs(): string {
    const all = this.partition.runs.map(({ firstOffset, lastOffset, is }) => {
      const next = is.next === null ? '' : ` -> ${nameOf(is.next.state)}`
      return `${firstOffset}-${lastOffset} ${nameOf(is.state)} x${is.deliveryCount}${next}`
    })
    return [`from ${this.partition.startOffset}`, ...all].join(', ')
  }
}

function batchesFrom(fromOffset: number, to: number): ReadBatch[] {
  const batches: ReadBatch[] = []
  for (let baseOffset = fromOffset - (fromOffset % 10); baseOffset <= to; baseOffset += 10) {
    batches.push({ baseOffset, lastOffset: baseOffset + 9, isEmpty: false })
  }
  return batches
}

function nameOf(state: DeliveryState): string {
  return ['available', 'acquired', 'acknowledged', '', 'archived'][state] ?? '?'
}

test('whole batches are given out, and accepted as one', () => {
  const play = new Play()
  expect(play.acquire('one')).toBe('0-29 x1')
  expect(play.acquire('two', { to: 39 })).toBe('30-39 x1')
  expect(play.runs).toBe('from 0, 0-29 acquired x1, 30-39 acquired x1')
  expect(play.say('one', 0, 29, ACCEPT)).toBe('NONE')
  expect(play.runs).toBe('from 0, 0-29 acquired x1 -> acknowledged, 30-39 acquired x1')
  expect(play.write()).toBe('from 30, 0 done')
  expect(play.runs).toBe('from 30, 30-39 acquired x1')
})

test('who has not got a record can say nothing of it, and nobody twice', () => {
  const play = new Play()
  play.acquire('one')
  expect(play.say('two', 0, 29, ACCEPT)).toBe('INVALID_RECORD_STATE')
  expect(play.say('one', 0, 30, ACCEPT)).toBe('INVALID_REQUEST')
  expect(play.say('one', 5, 9, ACCEPT)).toBe('NONE')
  expect(play.say('one', 9, 12, RELEASE)).toBe('INVALID_RECORD_STATE')
  expect(play.write()).toBe('from 0, 5-9 acknowledged x1 5 done')
  expect(play.say('one', 0, 29, ACCEPT)).toBe('INVALID_RECORD_STATE')
  expect(play.say('one', 0, 4, ACCEPT)).toBe('NONE')
  expect(play.write()).toBe('from 10, 0 done')
  expect(play.say('one', 0, 9, ACCEPT), 'said again, of what is done with').toBe('NONE')
  expect(play.write()).toBe('nothing')
})

test('each record can be something else', () => {
  const play = new Play()
  play.acquire('one', { to: 9 })
  const types = [ACCEPT, ACCEPT, RELEASE, REJECT, GAP, RENEW, ACCEPT, RELEASE, RELEASE, ACCEPT]
  play.nowMs = 1000
  expect(play.say('one', 0, 9, ...types)).toBe('NONE')
  expect(play.write()).toBe(
    'from 2, 2-2 available x1, 3-4 archived x1, 6-6 acknowledged x1, 7-8 available x1, ' +
      '9-9 acknowledged x1 4 done',
  )
  expect(play.partition.nextDueMs).toBe(31_000)
  expect(play.acquire('two', { to: 9 })).toBe('2-2 x2, 7-8 x2')
  expect(play.partition.nextOffset(MAX_LOCKS)).toBe(10)
})

test('a write that failed never happened', () => {
  const play = new Play()
  play.acquire('one', { to: 19 })
  play.say('one', 0, 9, ACCEPT)
  expect(play.write(false)).toBe('from 10, 0 done')
  expect(play.runs).toBe('from 0, 0-19 acquired x1')
  expect(play.say('one', 0, 19, ACCEPT)).toBe('NONE')
  expect(play.write()).toBe('from 20, 0 done')
})

test('what is said while a write is under way goes with the next', () => {
  const play = new Play()
  play.acquire('one')
  play.say('one', 0, 9, ACCEPT)
  expect(play.partition.takeChange()).toEqual({ startOffset: 10, batches: [], completeCount: 0 })
  play.say('one', 10, 19, ACCEPT)
  expect(play.partition.takeChange(), 'one at a time').toBeUndefined()
  play.partition.stored(false)
  expect(play.write(), 'does not count what could not be stored').toBe(
    'from 0, 10-19 acknowledged x1 10 done',
  )
})

test('a lock ends, and what was given out too often is not given out again', () => {
  const play = new Play()
  const told: string[] = []
  for (let round = 1; round <= MAX_DELIVERIES; round += 1) {
    told.push(play.acquire('one', { to: 7, batches: [batch(0, 7)] }))
    play.nowMs += LOCK_MS
    expect(play.partition.expire(play.nowMs - 1, MAX_DELIVERIES)).toBe(false)
    expect(play.partition.expire(play.nowMs, MAX_DELIVERIES)).toBe(true)
    play.write()
  }
  expect(told, 'those that failed often come in smaller company').toEqual([
    '0-7 x1',
    '0-7 x2',
    '0-7 x3',
    '0-3 x4',
    '0-0 x5',
  ])
  expect(play.runs).toBe('from 1, 1-3 available x4, 4-7 available x3')
})

test('whoever is gone gives back what it has as if it had never had it', () => {
  const play = new Play()
  play.acquire('one', { to: 9 })
  play.acquire('two', { to: 19 })
  expect(play.partition.release('one')).toBe(true)
  expect(play.partition.release('one'), 'once').toBe(false)
  expect(play.write()).toBe('from 0, 0 done')
  expect(play.runs).toBe('from 0, 0-9 available x0, 10-19 acquired x1')
  expect(play.acquire('two', { to: 9 })).toBe('0-9 x1')
})

test('no more are out at a time than may be', () => {
  const play = new Play()
  expect(play.acquire('one', { maxLocks: 15 })).toBe('0-19 x1')
  expect(play.acquire('two', { maxLocks: 15 })).toBe('nothing')
  play.say('one', 15, 15, RELEASE)
  play.write()
  expect(play.acquire('two', { maxLocks: 15 }), 'only what was out before').toBe('15-15 x2')
  expect(play.acquire('two', { maxLocks: 15 })).toBe('nothing')
})

test('a limit of records ends with a batch, or where it says', () => {
  const loose = new Play()
  expect(loose.acquire('one', { maxRecords: 12 })).toBe('0-19 x1')
  const strict = new Play()
  expect(strict.acquire('one', { maxRecords: 12, isStrict: true })).toBe('0-11 x1')
  expect(strict.acquire('one', { maxRecords: 5, isStrict: true })).toBe('12-16 x1')
  const split = new Play()
  expect(split.acquire('one', { batchSize: 15, to: 49 })).toBe('0-19 x1, 20-39 x1, 40-49 x1')
})

test('what is not in the log, or not for members, is passed over', () => {
  const play = new Play(5)
  const batches = [batch(8, 9), batch(20, 24), { ...batch(25, 25), isEmpty: true }, batch(26, 30)]
  expect(play.acquire('one', { batches })).toBe('8-9 x1, 20-24 x1, 26-30 x1')
  expect(play.runs).toBe(
    'from 8, 8-9 acquired x1, 10-19 archived x0, 20-24 acquired x1, 25-25 archived x0, ' +
      '26-30 acquired x1',
  )
  play.say('one', 8, 9, ACCEPT)
  play.say('one', 20, 24, RELEASE)
  expect(play.write()).toBe('from 20, 20-24 available x1, 25-25 archived x0 1 done')
  // meanwhile the log was compacted
  expect(play.acquire('one', { batches: [batch(22, 22)] })).toBe('22-22 x2')
  expect(play.runs).toContain('from 22, 22-22 acquired x2, 23-24 available x1')
})

test('only markers are passed over for good', () => {
  const play = new Play()
  expect(play.acquire('one', { batches: [{ ...batch(0, 9), isEmpty: true }] })).toBe('')
  expect(play.runs).toBe('from 10')
  expect(play.partition.nextOffset(MAX_LOCKS)).toBe(10)
})

test('what a write gives up is told, with why, as long as it is under way', () => {
  const play = new Play()
  play.acquire('one', { to: 9 })
  play.say('one', 0, 9, ACCEPT, REJECT, REJECT, GAP, RENEW, RELEASE, RENEW, RENEW, RENEW, RENEW)
  expect(play.partition.givenUp(), 'only planned').toEqual([])
  play.partition.takeChange()
  expect(play.partition.givenUp()).toEqual([
    { firstOffset: 1, lastOffset: 2, deliveryCount: 1, why: 'rejected' },
  ])
  play.partition.expire(LOCK_MS, 1)
  play.partition.stored(true)
  expect(play.partition.givenUp()).toEqual([])
  play.partition.takeChange()
  expect(play.partition.givenUp()).toEqual([
    { firstOffset: 4, lastOffset: 4, deliveryCount: 1, why: 'delivered too often' },
    { firstOffset: 6, lastOffset: 9, deliveryCount: 1, why: 'delivered too often' },
  ])
})

test('records that were deleted are forgotten', () => {
  const play = new Play()
  play.acquire('one')
  expect(play.partition.startRaised(15)).toBe(true)
  expect(play.partition.startRaised(15)).toBe(false)
  expect(play.write()).toBe('from 15, 0 done')
  expect(play.say('one', 10, 19, ACCEPT)).toBe('NONE')
  expect(play.write()).toBe('from 20, 0 done')
})

test('what was stored comes back, and what was out is available', () => {
  const play = new Play()
  play.acquire('one')
  play.say('one', 5, 14, ACCEPT)
  play.say('one', 15, 16, RELEASE)
  play.write()
  const again = new Play(play.partition.startOffset, play.partition.state().batches)
  expect(again.runs).toBe('from 0, 0-4 available x0, 5-14 acknowledged x1, 15-16 available x1')
  expect(again.acquire('two')).toBe('0-4 x1, 15-16 x2, 17-29 x1')
})

function batch(baseOffset: number, lastOffset: number): ReadBatch {
  return { baseOffset, lastOffset, isEmpty: false }
}

test('an error is a value', () => {
  expect(new Play().say('one', 0, 0, ACCEPT)).toBe(errorName(ErrorCode.INVALID_REQUEST))
})
