import { assert, type Random, seededRandom } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import type { ReadBatch } from './acquire-records.ts'
import { AcknowledgeType, DeliveryState } from './delivery-state.ts'
import { type PartitionState, SharePartition } from './share-partition.ts'

const SEEDS = 150
const STEPS = 250
const MEMBERS = ['ann', 'bob', 'cy']
const RULES = { maxDeliveries: 4, maxLocks: 60 }
const LOCK_MS = 100

/** What the model knows of a record: what was said of it and stored, and who has it. */
interface Record {
  fate: 'open' | 'accepted' | 'archived'
  owner: string
  dueMs: number
  /** Said of it, and not stored yet. */
  said: AcknowledgeType | 'timeout' | 'gone' | null
  /** Times that it was given out, less those when it was not looked at. */
  count: number
}

/**
 * Members that take, keep, say and vanish, on a partition whose writes are slow, fail, and are cut
 * off by a restart. The model keeps each record by itself.
 */
class RandomPartition {
  readonly random: Random
  readonly log: ReadBatch[] = []
  partition = new SharePartition({ startOffset: 0, batches: [], completeCount: 0 })
  stored: PartitionState = this.partition.state()
  /** What the write under way stores, with what was said for it. */
  writing: { state: PartitionState; offsets: number[] } | null = null
  nowMs = 0
  accepted = 0
  readonly #records = new Map<number, Record>()

  constructor(seed: number) {
    this.random = seededRandom(seed)
    let offset = 0
    for (let at = 0; at < 80; at += 1) {
      if (this.random.below(10) === 0) offset += 1 + this.random.below(20) // compacted away
      const lastOffset = offset + this.random.below(12)
      this.log.push({ baseOffset: offset, lastOffset, isEmpty: this.random.below(12) === 0 })
      offset = lastOffset + 1
    }
  }

  step(): void {
    const member = MEMBERS[this.random.below(MEMBERS.length)] ?? ''
    const dice = this.random.below(100)
    if (dice < 35) this.acquire(member)
    else if (dice < 70) this.say(member)
    else if (dice < 75) this.leave(member)
    else if (dice < 80) this.pass(this.random.below(LOCK_MS))
    else if (dice < 90) this.beginWrite()
    else if (dice < 98) this.endWrite(this.random.below(5) > 0)
    else this.restart()
    this.check()
  }

  acquire(memberId: string): void {
    const fromOffset = this.partition.nextOffset(RULES.maxLocks)
    if (fromOffset === undefined) return
    const first = this.log.findIndex(({ lastOffset }) => lastOffset >= fromOffset)
    const batches = first < 0 ? [] : this.log.slice(first, first + 1 + this.random.below(5))
    const isStrict = this.random.below(2) === 0
    const maxRecords = 1 + this.random.below(30)
    const dueMs = this.nowMs + LOCK_MS
    const limits = { maxRecords, batchSize: 1 + this.random.below(20), isStrict, dueMs }
    const given = this.partition.acquire({ memberId, fromOffset, batches, ...RULES, ...limits })
    let records = 0
    for (const { firstOffset, lastOffset, deliveryCount } of given) {
      for (let offset = firstOffset; offset <= lastOffset; offset += 1) {
        const record = this.#record(offset)
        const batch = this.log.find((one) => one.baseOffset <= offset && offset <= one.lastOffset)
        assert(batch?.isEmpty === false, 'only what is in the log is given out')
        assert(record.fate === 'open', 'what is done with is not given out')
        assert(record.owner === '', 'nobody has it')
        assert(record.said === null, 'what is said of it is stored first')
        assert(record.count + 1 === deliveryCount, 'the count is right')
        assert(deliveryCount <= RULES.maxDeliveries, 'and within its limit')
        record.owner = memberId
        record.count = deliveryCount
        record.dueMs = dueMs
        records += 1
      }
    }
    assert(!isStrict || records <= maxRecords, 'no more than asked for')
  }

  say(memberId: string): void {
    const own = [...this.#records].filter(([, one]) => one.owner === memberId)
    if (own.length === 0) return
    const [firstOffset] = own[this.random.below(own.length)] ?? [0]
    const lastOffset = firstOffset + this.random.below(8)
    const each = this.random.below(2) === 0
    const count = each ? lastOffset - firstOffset + 1 : 1
    const acknowledgeTypes = Array.from({ length: count }, () => this.random.below(5))
    const { errorCode } = this.partition.acknowledge(
      memberId,
      [{ firstOffset, lastOffset, acknowledgeTypes }],
      { ...RULES, dueMs: this.nowMs + LOCK_MS },
    )
    const asked = Array.from({ length: lastOffset - firstOffset + 1 }, (_, at) => firstOffset + at)
    const open = asked.filter((offset) => offset >= this.partition.startOffset)
    const mayAll = open.every((offset) => {
      const record = this.#records.get(offset)
      return record?.owner === memberId && record.said === null
    })
    assert((errorCode === ErrorCode.NONE) === mayAll, 'all are theirs, or none counts')
    if (errorCode !== ErrorCode.NONE) return
    for (const offset of open) {
      const type = acknowledgeTypes[each ? offset - firstOffset : 0]
      const record = this.#record(offset)
      if (type === AcknowledgeType.RENEW) record.dueMs = this.nowMs + LOCK_MS
      else record.said = (type ?? 0) as AcknowledgeType
    }
  }

  leave(memberId: string): void {
    this.partition.release(memberId)
    for (const record of this.#records.values()) {
      if (record.owner === memberId && record.said === null) record.said = 'gone'
    }
  }

  pass(byMs: number): void {
    this.nowMs += byMs
    this.partition.expire(this.nowMs, RULES.maxDeliveries)
    for (const record of this.#records.values()) {
      const isLate = record.owner !== '' && record.dueMs <= this.nowMs
      if (isLate && record.said === null) record.said = 'timeout'
    }
  }

  beginWrite(): void {
    if (this.writing !== null) return
    const state = this.partition.takeChange()
    const said = [...this.#records].filter(([, one]) => one.said !== null)
    assert((state === undefined) === (said.length === 0), 'all that was said is to be stored')
    if (state === undefined) return
    this.writing = { state, offsets: said.map(([offset]) => offset) }
  }

  endWrite(isStored: boolean): void {
    if (this.writing === null) return
    const { state, offsets } = this.writing
    this.writing = null
    this.partition.stored(isStored)
    if (isStored) this.stored = state
    for (const offset of offsets) {
      if (isStored) this.#settle(this.#record(offset))
      else this.#record(offset).said = null
    }
  }

  /** Only what was stored is left. The write under way may be, or may not. */
  restart(): void {
    this.endWrite(this.random.below(2) === 0)
    this.partition = new SharePartition(this.stored)
    for (const record of this.#records.values()) {
      if (record.owner !== '') record.count -= 1
      record.owner = ''
      record.said = null
    }
  }

  check(): void {
    for (const { firstOffset, lastOffset, is } of this.partition.runs) {
      for (let offset = firstOffset; offset <= lastOffset; offset += 1) {
        const record = this.#records.get(offset)
        if (record === undefined) continue
        assert(is.memberId === record.owner, 'who has it has it')
        assert((is.next === null) === (record.said === null), 'what is said waits to be stored')
        const isOpen =
          is.state !== DeliveryState.ACKNOWLEDGED && is.state !== DeliveryState.ARCHIVED
        assert(isOpen === (record.fate === 'open'), 'it is what was said of it')
      }
    }
    for (const [offset, { fate }] of this.#records) {
      const isBefore = offset < this.partition.startOffset
      assert(!isBefore || fate !== 'open', 'nothing is passed over that is not done with')
    }
    let touching = -2
    for (const { firstOffset, lastOffset } of this.partition.runs) {
      assert(touching < 0 || touching + 1 === firstOffset, 'runs leave nothing out')
      touching = lastOffset
    }
  }

  /** Everybody takes and accepts until there is nothing left. */
  drain(): void {
    const last = this.log.at(-1)?.lastOffset ?? 0
    for (let round = 0; round < 2000 && this.partition.startOffset <= last; round += 1) {
      this.pass(LOCK_MS)
      this.endWrite(true)
      this.beginWrite()
      this.endWrite(true)
      this.acquire('ann')
      for (const { firstOffset, lastOffset, is } of this.partition.runs) {
        if (is.state !== DeliveryState.ACQUIRED) continue
        const acknowledgeTypes = [AcknowledgeType.ACCEPT]
        this.partition.acknowledge('ann', [{ firstOffset, lastOffset, acknowledgeTypes }], {
          ...RULES,
          dueMs: 0,
        })
        for (let offset = firstOffset; offset <= lastOffset; offset += 1) {
          this.#record(offset).said = AcknowledgeType.ACCEPT
        }
      }
      this.beginWrite()
      this.endWrite(true)
      this.check()
    }
    assert(this.partition.startOffset > last, 'it comes to an end')
    const inLog = this.log.filter(({ isEmpty }) => !isEmpty)
    for (const { baseOffset, lastOffset } of inLog) {
      for (let offset = baseOffset; offset <= lastOffset; offset += 1) {
        assert(this.#record(offset).fate !== 'open', 'every record was given out, and done with')
      }
    }
  }

  #settle(record: Record): void {
    const { said } = record
    record.said = null
    record.owner = ''
    if (said === 'gone') record.count -= 1
    else if (said === AcknowledgeType.ACCEPT) {
      record.fate = 'accepted'
      this.accepted += 1
    } else if (said === AcknowledgeType.REJECT || said === AcknowledgeType.GAP) {
      record.fate = 'archived'
    } else if (record.count >= RULES.maxDeliveries) record.fate = 'archived'
  }

  #record(offset: number): Record {
    let record = this.#records.get(offset)
    if (record === undefined) {
      record = { fate: 'open', owner: '', dueMs: 0, said: null, count: 0 }
      this.#records.set(offset, record)
    }
    return record
  }
}

function run(seed: number): number {
  const random = new RandomPartition(seed)
  for (let step = 0; step < STEPS; step += 1) random.step()
  random.drain()
  return random.accepted
}

test('slow writes and restarts in any order lose no record and give none out twice', () => {
  let accepted = 0
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    try {
      accepted += run(seed)
    } catch (cause) {
      throw new Error(`replay with PAFKA_SEED=${seed}`, { cause })
    }
  }
  expect(accepted).toBeGreaterThan(0)
})
