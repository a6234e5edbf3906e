import { asError } from '../errors/as-error.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { FetchedBatch, RecordSequence } from './fetched-batch.ts'
import type { FetchedRecords } from './fetched-records.ts'

/** A batch that is damaged as often is so where it lies. */
export const MOST_DAMAGED = 3

/** What is done with batches before they are taken. */
export interface BatchPreparation {
  /** @returns undefined for one that can be taken as it is */
  prepare(batch: FetchedBatch): Promise<RecordSequence> | undefined
  /** There is something to take. */
  ready(): void
}

/** A partition that is read: how far it was fetched, and what nobody took yet. */
export class PartitionReader {
  readonly topic: string
  readonly partition: number
  /** Before it nothing is fetched, as something went wrong. By the clock's `monotonicMs`. */
  notBeforeMs: number = -Infinity
  failures = 0
  /** Nothing is given of it; set by its flow. */
  isHeld = false
  /** Nothing is fetched of it; set by its flow. */
  isPaused = false
  /** Somebody waits for this very one; set by its flow. */
  isAwaited = false
  /** As the last fetch told it; -1 before. */
  highWatermark = -1
  /** After the last batch that was taken; -1 before the first. */
  takenOffset = -1
  /** Where to fetch it from instead of its leader (KIP-392), until then. */
  preferred: { readonly nodeId: number; readonly untilMs: number } | undefined
  /** What is taken stays, until `settle`, so that nobody needs to fetch it again. */
  keepsTaken = false
  readonly #fetched: FetchedRecords[] = []
  #taken: FetchedRecords[] = []
  #fetchOffset = -1
  #bufferedBytes = 0
  #failure: KafkaError | undefined
  /** Where a batch was damaged last, and how often in a row. */
  #damaged = { offset: -1, times: 0 }
  readonly #preparation: BatchPreparation | undefined
  /** The batch that is being prepared. */
  #preparing: FetchedBatch | undefined
  /** The batch that is taken next, or why nothing is any more. */
  #prepared: RecordSequence | KafkaError | undefined
  #isClosed = false

  constructor(topic: string, partition: number, preparation?: BatchPreparation) {
    this.topic = topic
    this.partition = partition
    this.#preparation = preparation
  }

  /** What is fetched next; -1 while it is looked up. */
  get fetchOffset(): number {
    return this.#fetchOffset
  }

  /** Bytes that were fetched, and not taken. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** Records that are there and not taken, as far as it is known. */
  get lag(): number {
    const from = this.takenOffset < 0 ? this.#firstOffset : this.takenOffset
    return from < 0 ? 0 : Math.max(0, this.highWatermark - from)
  }

  get #firstOffset(): number {
    return this.#fetched[0]?.fetchOffset ?? this.#fetchOffset
  }

  /** There is something to take: a batch, or why there is none. */
  get isReady(): boolean {
    if (this.#preparing !== undefined) return this.#prepared !== undefined
    return this.#fetched.length > 0 || this.#failure !== undefined
  }

  /** A batch is being prepared, or was and is not taken yet. */
  get isPreparing(): boolean {
    return this.#preparing !== undefined
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Goes on from there; what was fetched is dropped. -1 until it is known where. */
  seek(offset: number): void {
    this.takenOffset = -1
    this.#fetched.length = 0
    this.#taken = []
    this.#bufferedBytes = 0
    this.#failure = undefined
    this.#preparing = undefined
    this.#prepared = undefined
    this.#fetchOffset = offset
  }

  /**
   * Goes back to what is kept.
   * @returns false when it is not there any more, or not yet
   */
  rewind(offset: number): boolean {
    const kept = [...this.#taken, ...this.#fetched]
    const at = kept.findIndex((one) => one.fetchOffset <= offset && offset < one.endOffset)
    if (at < 0) return false
    const again = kept.slice(at).map((one) => one.again(Math.max(offset, one.fetchOffset)))
    this.#fetched.splice(0, this.#fetched.length, ...again)
    this.#bufferedBytes = again.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    this.#taken = []
    this.takenOffset = offset
    this.#preparing = undefined
    this.#prepared = undefined
    return true
  }

  /** What was taken is done with. */
  settle(): void {
    this.#taken = []
  }

  /** @param fetchOffset what was asked for: an answer to something older is dropped */
  add(fetchOffset: number, records: FetchedRecords): void {
    if (this.#isClosed || fetchOffset !== this.#fetchOffset) return
    this.#fetched.push(records)
    this.#bufferedBytes += records.sizeBytes
    this.#fetchOffset = records.endOffset
    this.failures = 0
  }

  /** Told to who takes next, after what was fetched before. */
  fail(error: KafkaError): void {
    this.#failure = error
  }

  /**
   * @returns the next batch with records; undefined when there is none now
   * @throws {KafkaError} CORRUPT_MESSAGE, or why it cannot be fetched
   */
  take(): RecordSequence | undefined {
    if (this.#preparing !== undefined) return this.#takePrepared()
    const batch = this.#takeFetched()
    const preparing = batch && this.#prepare(batch)
    if (batch === undefined || preparing === undefined) return batch
    this.#preparing = batch
    void this.#whenPrepared(batch, preparing)
    return undefined
  }

  #prepare(batch: FetchedBatch): Promise<RecordSequence> | undefined {
    const opening = batch.open()
    return opening === undefined
      ? this.#preparation?.prepare(batch)
      : this.#prepareOpened(batch, opening)
  }

  async #prepareOpened(batch: FetchedBatch, opening: Promise<void>): Promise<RecordSequence> {
    try {
      await opening
    } catch (cause) {
      throw this.#corrupt(batch.lastOffset, cause)
    }
    return (await this.#preparation?.prepare(batch)) ?? batch
  }

  #takePrepared(): RecordSequence | undefined {
    const prepared = this.#prepared
    // what failed stays: records are never left out
    if (prepared instanceof KafkaError) throw prepared
    if (prepared === undefined) return undefined
    this.#preparing = undefined
    this.#prepared = undefined
    return prepared
  }

  async #whenPrepared(batch: FetchedBatch, preparing: Promise<RecordSequence>): Promise<void> {
    const prepared = await preparing.catch((cause: unknown) => this.#notPrepared(cause))
    // it was sought meanwhile, or given up
    if (this.#preparing !== batch) return
    this.#prepared = prepared
    this.#preparation?.ready()
  }

  #notPrepared(cause: unknown): KafkaError {
    if (cause instanceof KafkaError) return cause
    const { topic, partition } = this
    const text = `Records of ${topic}/${partition} could not be prepared: ${String(cause)}`
    const context = { topic, partition }
    return new KafkaError('DECODING_FAILED', text, { kind: 'fatal', context, cause })
  }

  #takeFetched(): FetchedBatch | undefined {
    for (;;) {
      const [first] = this.#fetched
      if (first === undefined) break
      const batch = this.#nextOf(first)
      if (batch !== undefined) return batch
      // nothing of it is left where it is fetched again
      if (this.#fetched[0] !== first) continue
      this.#fetched.shift()
      if (this.keepsTaken) this.#taken.push(first)
      else first.release()
      this.#bufferedBytes -= first.sizeBytes
    }
    if (this.#failure !== undefined) throw this.#failure
    return undefined
  }

  close(): void {
    this.#isClosed = true
    this.seek(-1)
  }

  #nextOf(records: FetchedRecords): FetchedBatch | undefined {
    try {
      return records.next(this.#preparation !== undefined)
    } catch (cause) {
      if (this.#isToBeFetchedAgain(records.nextOffset)) return undefined
      throw this.#corrupt(records.nextOffset, cause)
    }
  }

  #corrupt(offset: number, cause: unknown): KafkaError {
    const { topic, partition } = this
    const why = asError(cause).message
    const text = `${topic}/${partition} cannot be read at offset ${offset}: ${why}`
    const context = { topic, partition }
    return new KafkaError('CORRUPT_MESSAGE', text, { kind: 'fatal', context, cause })
  }

  /** What is damaged may have been so on its way only. */
  #isToBeFetchedAgain(offset: number): boolean {
    const times = this.#damaged.offset === offset ? this.#damaged.times + 1 : 1
    if (times === MOST_DAMAGED) return false
    this.seek(offset)
    this.#damaged = { offset, times }
    return true
  }
}
