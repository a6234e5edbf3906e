import { KafkaError } from '../errors/kafka-error.ts'
import type { FetchedBatch } from './fetched-batch.ts'
import type { FetchedRecords } from './fetched-records.ts'

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
  /** As the last fetch told it; -1 before. */
  highWatermark = -1
  /** Where to fetch it from instead of its leader (KIP-392), until then. */
  preferred: { readonly nodeId: number; readonly untilMs: number } | undefined
  /** What is taken stays, until `settle`, so that nobody needs to fetch it again. */
  keepsTaken = false
  readonly #fetched: FetchedRecords[] = []
  #taken: FetchedRecords[] = []
  #fetchOffset = -1
  #bufferedBytes = 0
  #failure: KafkaError | undefined
  #isClosed = false

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** What is fetched next; -1 while it is looked up. */
  get fetchOffset(): number {
    return this.#fetchOffset
  }

  /** Bytes that were fetched, and not taken. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** There is something to take: a batch, or why there is none. */
  get isReady(): boolean {
    return this.#fetched.length > 0 || this.#failure !== undefined
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Goes on from there; what was fetched is dropped. -1 until it is known where. */
  seek(offset: number): void {
    this.#fetched.length = 0
    this.#taken = []
    this.#bufferedBytes = 0
    this.#failure = undefined
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
  take(): FetchedBatch | undefined {
    for (;;) {
      const [first] = this.#fetched
      if (first === undefined) break
      const batch = this.#nextOf(first)
      if (batch !== undefined) return batch
      this.#fetched.shift()
      if (this.keepsTaken) this.#taken.push(first)
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
      return records.next()
    } catch (cause) {
      const { topic, partition } = this
      const why = cause instanceof Error ? cause.message : String(cause)
      const text = `${topic}/${partition} cannot be read at offset ${records.nextOffset}: ${why}`
      const context = { topic, partition }
      throw new KafkaError('CORRUPT_MESSAGE', text, { kind: 'fatal', context, cause })
    }
  }
}
