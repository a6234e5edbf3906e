import type { PartitionLog } from '@pafka/log'
import { encodeRecordBatch, recordsCountOf } from '@pafka/protocol'

import { TIME_MS } from './test-batches.ts'

/** What a batch that was acknowledged survives. */
export type Promised = 'nothing' | 'kill' | 'power'

interface Sent {
  /** As the producer sent it. */
  readonly original: Buffer
  /** As the log must serve it: offsets are assigned in place. */
  readonly served: Buffer
  readonly baseOffset: number
  readonly endOffset: number
  readonly producerId: number
  readonly nextSequence: number
  promised: Promised
}

/** What producers know of one partition: all they sent, and what of it was acknowledged. */
export class SentLog {
  readonly topicId: string
  readonly partition: number
  logStartOffset = 0
  #sent: Sent[] = []
  #producerId: number
  #sequence = 0
  #nextValue = 0
  /** Newest batches that the log can tell from new ones: it may remember others that were lost. */
  #known = 0

  constructor(topicId: string, partition: number, producerId: number) {
    this.topicId = topicId
    this.partition = partition
    this.#producerId = producerId
  }

  get endOffset(): number {
    return this.#sent.at(-1)?.endOffset ?? 0
  }

  /** Appends `sizes.length` batches at once. @returns the offset to wait for, or -1. */
  append(log: PartitionLog, sizes: readonly number[], promised: Promised): number {
    const originals = sizes.map((bytes) => this.#batch(bytes))
    const bytes = Buffer.concat(originals)
    const result = log.appendAsLeader(bytes, { origin: 'client', leaderEpoch: 0 })
    if (result.errorCode !== 0) {
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
      })
      at += original.length
      offset += count
    }
    this.#sent.push(...added)
    this.#known = Math.min(this.#known + added.length, REMEMBERED)
    this.#onAck(log, added, promised)
    return offset
  }

  /** Sends the newest batches again: they are known, and nothing is written. */
  resend(log: PartitionLog): void {
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
    const isPromised = ({ promised }: Sent): boolean => {
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
    const before = this.#sent.length
    this.#sent = this.#sent.filter((one) => one.endOffset <= end)
    if (this.endOffset !== end) fail(`the log ends at ${end}, in the midst of a batch or beyond`)
    for (const one of this.#sent) if (one.promised !== 'power') one.promised = promised
    this.#sequence = this.#sent.at(-1)?.nextSequence ?? 0
    this.#known = Math.max(0, this.#known - before + this.#sent.length)
    if (this.#sent.length < before && promised !== 'power') this.#renewProducer()
  }

  /** Bytes that the log serves: what was sent, in order, from its start to its high watermark. */
  expected(highWatermark: number): Buffer {
    const start = this.logStartOffset
    const pieces = this.#sent.filter((one) => {
      return one.endOffset > start && one.endOffset <= highWatermark
    })
    return Buffer.concat(pieces.map((one) => one.served))
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

  /** Its state may be gone with the batches that were lost. */
  #renewProducer(): void {
    this.#producerId += 1
    this.#sequence = 0
  }

  #batch(bytes: number): Buffer {
    const records = Array.from({ length: 1 + (this.#nextValue % 3) }, (_, at) => ({
      timestamp: TIME_MS + this.#nextValue + at,
      key: null,
      value: Buffer.alloc(bytes, `${this.#nextValue + at} `),
    }))
    this.#nextValue += records.length
    const baseSequence = this.#sequence
    this.#sequence += records.length
    const { producerId } = { producerId: this.#producerId }
    return Buffer.from(encodeRecordBatch({ records, producerId, producerEpoch: 0, baseSequence }))
  }
}

const KAFKA_STORAGE_ERROR = 56
/** Batches of a producer that a log knows. */
const REMEMBERED = 5

export function fail(what: string): never {
  throw new Error(what)
}
