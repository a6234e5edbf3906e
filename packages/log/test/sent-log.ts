import type { Random } from '@pafka/base'
import type { PartitionLog } from '@pafka/log'
import { encodeRecordBatch, recordsCountOf } from '@pafka/protocol'

import type { Promised, Sent, SentTransaction } from './sent-batch.ts'
import { compactionProblem, recordsOf } from './sent-records.ts'
import { openIn, stableProblem, type StableView, transactionBatch } from './sent-transactions.ts'
import { TIME_MS } from './test-batches.ts'

/** What producers know of one partition: all they sent, and what of it was acknowledged. */
export class SentLog {
  readonly topicId: string
  readonly partition: number
  logStartOffset = 0
  /** Records have keys, and older ones of a key may go. */
  readonly #isCompacted: boolean
  /** Of the starts that the log had, the last one that outlives power loss. */
  #leastStart = 0
  #sent: Sent[] = []
  #producerId: number
  #sequence = 0
  #nextValue = 0
  /** A cut that goes on is at it: what lies behind may be gone, or not. */
  #cutOffset = Number.POSITIVE_INFINITY
  /** Of an append, which is never split between segments. */
  #largestBytes = 0
  /** Newest batches that the log can tell from new ones: it may remember others that were lost. */
  #known = 0

  constructor(topicId: string, partition: number, producerId: number, isCompacted: boolean) {
    this.topicId = topicId
    this.partition = partition
    this.#isCompacted = isCompacted
    this.#producerId = producerId
  }

  get endOffset(): number {
    return this.#sent.at(-1)?.endOffset ?? 0
  }

  /** Appends `sizes.length` batches at once. @returns the offset to wait for, or -1. */
  append(log: PartitionLog, sizes: readonly number[], promised: Promised): number {
    const originals = sizes.map((bytes) => this.#batch(bytes))
    const bytes = Buffer.concat(originals)
    this.#largestBytes = Math.max(this.#largestBytes, bytes.length)
    const result = log.appendAsLeader(bytes, { origin: 'client', leaderEpoch: 0 })
    if (result.errorCode !== 0) {
      const isTooLarge = bytes.length > log.config.segmentBytes
      const isRefused = isTooLarge && result.errorCode === RECORD_LIST_TOO_LARGE
      if (result.errorCode !== KAFKA_STORAGE_ERROR && !isRefused) {
        fail(`an append gives ${JSON.stringify(result)} ${this.describe()}`)
      }
      this.#sequence -= originals.reduce((sum, one) => sum + recordsCountOf(one), 0)
      return -1
    }
    if (result.baseOffset !== this.endOffset) {
      fail(`append at ${result.baseOffset} instead of ${this.endOffset}`)
    }
    const added: Sent[] = []
    let [at, offset, sequence] = [0, result.baseOffset, this.#sequence]
    for (const one of originals) sequence -= recordsCountOf(one)
    for (const original of originals) {
      const count = recordsCountOf(original)
      sequence += count
      added.push({
        original,
        served: bytes.subarray(at, at + original.length),
        baseOffset: offset,
        endOffset: offset + count,
        producerId: this.#producerId,
        nextSequence: sequence,
        promised: 'nothing',
        isDoubtful: false,
      })
      at += original.length
      offset += count
    }
    this.#sent.push(...added)
    this.#known = Math.min(this.#known + added.length, REMEMBERED)
    this.#onAck(log, added, promised)
    return offset
  }

  /** Begins a transaction of a producer that is not known yet, or ends one. */
  transact(log: PartitionLog, random: Random, producerId: number, promised: Promised): void {
    const open = openIn(this.#sent)
    const ended = random.below(3) === 0 ? undefined : open[random.below(open.length)]
    const transaction: SentTransaction =
      ended === undefined
        ? { producerId, marker: undefined }
        : { producerId: ended, marker: random.below(3) === 0 ? 'commit' : 'abort' }
    const original = transactionBatch(transaction)
    const served = Buffer.from(original)
    const origin = ended === undefined ? 'client' : 'coordinator'
    const { errorCode, baseOffset } = log.appendAsLeader(served, {
      origin,
      leaderEpoch: 0,
      transactionVerified: true,
    })
    if (errorCode === KAFKA_STORAGE_ERROR) return
    if (errorCode !== 0) fail(`a transaction gives error ${errorCode}`)
    this.#largestBytes = Math.max(this.#largestBytes, served.length)
    const added: Sent = {
      original,
      served,
      baseOffset,
      endOffset: baseOffset + 1,
      producerId: transaction.producerId,
      nextSequence: this.#sequence,
      promised: 'nothing',
      isDoubtful: false,
      transaction,
    }
    this.#sent.push(added)
    this.#known = Math.min(this.#known + 1, REMEMBERED)
    this.#onAck(log, [added], promised)
  }

  /** @returns what is wrong with what a log knows of its transactions, if anything */
  stableProblem(stable: StableView): string | undefined {
    return stableProblem(this.#sent, this.logStartOffset, stable)
  }

  /** Sends the newest batches again: they are known, and nothing is written. */
  resend(log: PartitionLog): void {
    if (this.#isCompacted) return // a log knows those that compaction left
    const end = log.logEndOffset
    for (const one of this.#sent.slice(Math.max(0, this.#sent.length - this.#known))) {
      if (one.baseOffset < this.logStartOffset || one.producerId !== this.#producerId) continue
      const again = Buffer.from(one.original)
      const result = log.appendAsLeader(again, { origin: 'client', leaderEpoch: 0 })
      if (result.errorCode === KAFKA_STORAGE_ERROR) return
      if (result.errorCode !== 0 || result.baseOffset !== one.baseOffset) {
        fail(
          `a repeated batch at ${one.baseOffset} gives ${JSON.stringify(result)} ` +
            this.describe(),
        )
      }
    }
    if (log.logEndOffset !== end) fail('a repeated batch was written')
  }

  /** Lowest end that the log may have after an accident. */
  leastEnd(accident: 'kill' | 'power'): number {
    const isPromised = ({ promised, endOffset }: Sent): boolean => {
      if (endOffset > this.#cutOffset) return false
      return promised === 'power' || (promised === 'kill' && accident === 'kill')
    }
    return this.#sent.findLast(isPromised)?.endOffset ?? 0
  }

  /** The log was opened again: what it has is served, what it has not is gone. */
  reopened(log: PartitionLog, accident: 'kill' | 'power', promised: Promised): void {
    const least = this.leastEnd(accident)
    const end = log.logEndOffset
    if (end < least) fail(`acknowledged up to ${least}, the log ends at ${end}`)
    if (log.highWatermark !== end) fail('all of a log is committed when it is opened')
    this.#checkStart(log.logStartOffset, accident)
    const before = this.#sent.length
    const isCut = end < this.endOffset && Number.isFinite(this.#cutOffset)
    this.#cutOffset = Number.POSITIVE_INFINITY
    this.#sent = this.#sent.filter((one) => one.endOffset <= end)
    if (this.endOffset !== end) fail(`the log ends at ${end}, in the midst of a batch or beyond`)
    for (const one of this.#sent) {
      if (one.promised === 'power') continue
      if (accident === 'power' || one.promised === 'nothing') one.isDoubtful = true
      one.promised = promised
    }
    this.#sequence = this.#sent.at(-1)?.nextSequence ?? 0
    this.#known = isCut ? 0 : Math.max(0, this.#known - before + this.#sent.length)
    const isLost = this.#sent.length < before && promised !== 'power'
    // of a compacted log batches may be lost that others follow
    if (isLost || this.#isCompacted) this.#renewProducer()
  }

  /** A cut begins. @returns where: between two batches, or at an end of the log */
  cutting(random: Random): number {
    const ends = [0, ...this.#sent.map(({ endOffset }) => endOffset)]
    const offsets = ends.filter((end) => end >= this.logStartOffset)
    this.#cutOffset = offsets[random.below(offsets.length)] as number
    return this.#cutOffset
  }

  /** The cut has ended: what lay behind it never comes back. */
  cut(log: PartitionLog): void {
    const offset = this.#cutOffset
    if (log.logEndOffset !== offset) fail(`cut at ${offset}, the log ends at ${log.logEndOffset}`)
    if (offset < this.endOffset) this.#known = 0 // it is put together anew of what is left
    this.#sent = this.#sent.filter(({ endOffset }) => endOffset <= offset)
    this.#sequence = this.#sent.at(-1)?.nextSequence ?? 0
    this.#cutOffset = Number.POSITIVE_INFINITY
  }

  /** Below `offset` records were deleted, for good. */
  startRaised(offset: number): void {
    this.#leastStart = this.logStartOffset = offset
  }

  /** Retention took whole segments, and no more than it may; a power cut may bring them back. */
  retained(log: PartitionLog): void {
    const { retentionBytes, segmentBytes } = log.config
    const start = log.logStartOffset
    const before = this.#bytesFrom(this.logStartOffset)
    const kept = this.#bytesFrom(start)
    if (start === this.logStartOffset && kept <= retentionBytes) return
    const hasCut = start !== this.logStartOffset && !this.#beginsBatch(start)
    if (hasCut) fail(`retention cut a batch at ${start}`)
    if (kept < Math.min(before, retentionBytes)) fail(`retention kept ${kept} bytes only`)
    const most = retentionBytes + segmentBytes + this.#largestBytes
    if (log.highWatermark === log.logEndOffset && kept > most) fail(`retention kept ${kept} bytes`)
    this.logStartOffset = start
  }

  /** The log was made anew: what it had is gone. */
  emptied(): void {
    this.startRaised(0)
  }

  /** @returns what is wrong with the bytes that a log serves from `start` on, if anything. */
  problemOf(served: Buffer, start: number, highWatermark: number): string | undefined {
    const due = this.#sent.filter((one) => {
      return one.endOffset > start && one.endOffset <= highWatermark
    })
    if (this.#isCompacted) return compactionProblem(due, served, start)
    const expected = Buffer.concat(due.map((one) => one.served))
    if (served.equals(expected)) return undefined
    return `${served.length} bytes instead of ${expected.length}, or others`
  }

  describe(): string {
    return this.#sent
      .map(
        (s) =>
          `${s.baseOffset}-${s.endOffset}(${s.served.length}) p${s.producerId} ` +
          `s${s.nextSequence} ${s.promised}`,
      )
      .join(' ')
  }

  /** Whether these bytes could be of it, when it is not known which. */
  has(bytes: Buffer): boolean {
    if (this.#isCompacted) {
      const sent = new Set(this.#sent.flatMap((one) => recordsOf(one.served)).map(String))
      return recordsOf(bytes).every((record) => sent.has(String(record)))
    }
    return Buffer.concat(this.#sent.map((one) => one.served)).includes(bytes)
  }

  #onAck(log: PartitionLog, added: readonly Sent[], promised: Promised): void {
    log.whenCommitted(added.at(-1)?.endOffset ?? 0, {
      committed: () => {
        for (const one of added) one.promised = promised
      },
      failed: () => undefined,
    })
  }

  #checkStart(start: number, accident: 'kill' | 'power'): void {
    if (start === this.logStartOffset) return
    const isBetween = start >= this.#leastStart && start < this.logStartOffset
    if (accident === 'kill' || !isBetween || !this.#beginsBatch(start)) {
      fail(`begins at ${start} instead of ${this.logStartOffset}`)
    }
    this.logStartOffset = start
  }

  #beginsBatch(offset: number): boolean {
    return offset === this.endOffset || this.#sent.some(({ baseOffset }) => baseOffset === offset)
  }

  #bytesFrom(offset: number): number {
    const kept = this.#sent.filter(({ endOffset }) => endOffset > offset)
    return kept.reduce((sum, { served }) => sum + served.length, 0)
  }

  /** Its state may be gone with the batches that were lost. */
  #renewProducer(): void {
    this.#producerId += 1
    this.#sequence = 0
  }

  #batch(bytes: number): Buffer {
    const records = Array.from({ length: 1 + (this.#nextValue % 3) }, (_, at) => ({
      timestamp: TIME_MS + this.#nextValue + at,
      key: this.#isCompacted ? Buffer.from(`key-${(this.#nextValue + at) % KEYS}`) : null,
      value: Buffer.alloc(bytes, `${this.#nextValue + at} `),
    }))
    this.#nextValue += records.length
    const baseSequence = this.#sequence
    this.#sequence += records.length
    const { producerId } = { producerId: this.#producerId }
    return Buffer.from(encodeRecordBatch({ records, producerId, producerEpoch: 0, baseSequence }))
  }
}

const KEYS = 4
const KAFKA_STORAGE_ERROR = 56
const RECORD_LIST_TOO_LARGE = 18
/** Batches of a producer that a log knows. */
const REMEMBERED = 5

export function fail(what: string): never {
  throw new Error(what)
}
