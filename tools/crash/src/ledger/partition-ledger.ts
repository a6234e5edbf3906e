import { assert } from '@pafka/base'
import type { RecordBatchView } from '@pafka/protocol'

import { Finding } from './finding.ts'
import type { SentBatch } from './sent-batch.ts'

/**
 * Everything that was sent to one partition, what the acks said of it, and what was read back.
 * Knows nothing of brokers or connections: acks and batches are told, findings are thrown.
 */
export class PartitionLedger {
  readonly topic: string
  readonly partition: number
  /** What was read, in the order of offsets from 0, without gaps. */
  readonly #log: SentBatch[] = []
  /** What was sent and not read yet, by CRC: where a batch that is read is looked for. */
  readonly #unseen = new Map<number, SentBatch[]>()
  /** Sequence that the next new batch of a producer id has to have. */
  readonly #nextSequences = new Map<number, number>()
  /** How much of `#log` was read after the broker's last restart but one. */
  #provenCount = 0
  #ackedEnd = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get place(): string {
    return `${this.topic}-${this.partition}`
  }

  /** Exclusive: the broker's log must reach here, by its acks or by what it let be read. */
  get leastEndOffset(): number {
    return Math.max(this.#ackedEnd, this.#log.at(-1)?.endOffset ?? 0)
  }

  sent(batch: SentBatch): void {
    const alike = this.#unseen.get(batch.crc)
    if (alike === undefined) this.#unseen.set(batch.crc, [batch])
    else alike.push(batch)
  }

  /** @param offset of its first record as the ack said; undefined: only that it is there. */
  acked(batch: SentBatch, offset: number | undefined): void {
    if (offset !== undefined && batch.offset >= 0 && batch.offset !== offset) {
      throw new Finding('moved', this.place, `${batch.title} is acknowledged at ${offset} now`)
    }
    batch.state = 'acknowledged'
    if (offset !== undefined) batch.offset = offset
    if (batch.offset >= 0) this.#ackedEnd = Math.max(this.#ackedEnd, batch.endOffset)
  }

  /** Reads what is new only, as a consumer that goes on. */
  follow(): LedgerPass {
    return this.#passFrom(this.#log.length)
  }

  /** Reads what was not read since the last restart, and what is new. */
  passFromProven(): LedgerPass {
    return this.#passFrom(this.#provenCount)
  }

  /** Reads everything again. */
  passFromStart(): LedgerPass {
    return this.#passFrom(0)
  }

  #passFrom(index: number): LedgerPass {
    return new LedgerPass(this.place, index, {
      log: this.#log,
      find: (view) => this.#find(view),
      missing: () => this.#missing(),
      proven: () => {
        this.#provenCount = this.#log.length
      },
    })
  }

  /** Which of those sent and not yet read this is; with it, the batch is read. */
  #find(view: RecordBatchView): SentBatch {
    const bytes = view.slice()
    const alike = this.#unseen.get(view.crc) ?? []
    const batch = alike.find((candidate) => candidate.differenceAt(bytes) < 0)
    if (batch === undefined) throw this.#unknown(view)
    if (batch.offset >= 0 && batch.offset !== view.baseOffset) {
      throw new Finding('moved', this.place, `${batch.title} is read at ${view.baseOffset}`)
    }
    this.#checkSequence(batch)
    if (alike.length > 1) alike.splice(alike.indexOf(batch), 1)
    else this.#unseen.delete(view.crc)
    batch.offset = view.baseOffset
    batch.isSeen = true
    return batch
  }

  #checkSequence(batch: SentBatch): void {
    if (!batch.isIdempotent) return
    const { producerId, baseSequence, records } = batch.recipe
    const expected = this.#nextSequences.get(producerId) ?? 0
    if (baseSequence !== expected) {
      throw new Finding(
        'out of sequence',
        this.place,
        `${batch.title}, expected sequence ${expected}`,
      )
    }
    this.#nextSequences.set(producerId, baseSequence + records)
  }

  #unknown(view: RecordBatchView): Finding {
    const { baseOffset } = view
    const bytes = view.slice()
    const again = this.#log.find((seen) => seen.differenceAt(bytes) < 0)
    if (again !== undefined) {
      return new Finding('twice', this.place, `${again.title} is also read at ${baseOffset}`)
    }
    const what = describe(view)
    for (const batch of [...this.#unseen.values()].flat()) {
      if (batch.offset !== baseOffset) continue
      const at = batch.differenceAt(bytes)
      const actual = `${what} is read there, first difference at byte ${at}`
      return new Finding('changed', this.place, `expected ${batch.title}, ${actual}`)
    }
    return new Finding('never sent', this.place, what)
  }

  #missing(): readonly SentBatch[] {
    const unseen = [...this.#unseen.values()].flat()
    return unseen.filter(({ state }) => state === 'acknowledged')
  }
}

interface PassOwner {
  readonly log: SentBatch[]
  find(view: RecordBatchView): SentBatch
  missing(): readonly SentBatch[]
  proven(): void
}

/** One reading of a partition, batch by batch, from where the pass starts to where it ends. */
export class LedgerPass {
  readonly place: string
  readonly #owner: PassOwner
  #index: number
  #nextOffset: number
  #checkedBytes = 0

  constructor(place: string, index: number, owner: PassOwner) {
    this.place = place
    this.#owner = owner
    this.#index = index
    this.#nextOffset = owner.log[index - 1]?.endOffset ?? 0
  }

  /** Of the batch that has to be read next. */
  get nextOffset(): number {
    return this.#nextOffset
  }

  get checkedBytes(): number {
    return this.#checkedBytes
  }

  /**
   * Takes the next batch. @throws {Finding} when it is not what has to be there; the pass cannot
   * go on then.
   */
  read(view: RecordBatchView): void {
    const known = this.#owner.log[this.#index]
    if (view.baseOffset !== this.#nextOffset) {
      const expected = known === undefined ? `offset ${this.#nextOffset}` : known.title
      const detail = `expected ${expected}, ${describe(view)} is read`
      throw new Finding('offsets with a gap or an overlap', this.place, detail)
    }
    if (known === undefined) this.#owner.log.push(this.#owner.find(view))
    else this.#readAgain(known, view)
    this.#index += 1
    this.#nextOffset = view.nextOffset
    this.#checkedBytes += view.sizeBytes
  }

  #readAgain(known: SentBatch, view: RecordBatchView): void {
    const at = known.differenceAt(view.slice())
    if (at < 0) return
    const actual = `${describe(view)} is read there, first difference at byte ${at}`
    throw new Finding('changed', this.place, `expected ${known.title}, ${actual}`)
  }

  /** It was read to its end. @throws {Finding} when something acknowledged is missing. */
  finish(): void {
    const { log } = this.#owner
    assert(this.#index <= log.length, 'a pass adds what it reads')
    const missing = this.#owner.missing()
    const lost = log[this.#index] ?? missing[0]
    if (lost === undefined) {
      this.#owner.proven()
      return
    }
    const count = log.length - this.#index + missing.length
    const detail = `${lost.title}, ${count} in all; the log ends at ${this.#nextOffset}`
    throw new Finding('lost', this.place, detail)
  }
}

function describe(view: RecordBatchView): string {
  const { producerId, baseSequence, recordsCount, sizeBytes, baseOffset } = view
  const sequence = `producer ${producerId} sequence ${baseSequence}`
  return `a batch at ${baseOffset} (${recordsCount} records, ${sizeBytes} B, ${sequence})`
}
