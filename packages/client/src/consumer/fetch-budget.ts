import type { PartitionReader } from './partition-reader.ts'

/** What a consumer has in memory of records that nobody took, where nothing else is said. */
export const DEFAULT_BUFFER_BYTES: number = 64 * 1024 * 1024

/** A partition with so many bytes that nobody took is not fetched, whatever there is room for. */
const MOST_OF_PARTITION_BYTES = 2_000_000
/** With less room than that it is waited for more, lest every batch is a request. */
const WORTH_ASKING_BYTES = 1_000_000
/** But not where all room there is for a broker is not much more. */
const WORTH_ASKING_PART = 0.25

export interface FetchBudgetOptions {
  readonly bufferBytes: number
  /** All that it is for. */
  readonly readers: Pick<ReadonlyMap<PartitionReader, unknown>, 'keys' | 'size'>
  /** Of those from which it is fetched. */
  readonly brokersCount: () => number
  /** There is something to take. */
  readonly isAnyReady: () => boolean
}

/**
 * What all partitions of one consumer may have in memory, of records that nobody took: each
 * an equal share. A batch that is larger than the room there is comes whole.
 */
export class FetchBudget {
  readonly #options: FetchBudgetOptions
  /** For requests under way. */
  #reservedBytes = 0

  constructor(options: FetchBudgetOptions) {
    this.#options = options
  }

  /** A partition that has so many is not fetched. */
  get partitionBytes(): number {
    const { bufferBytes, readers } = this.#options
    return Math.min(MOST_OF_PARTITION_BYTES, bufferBytes / Math.max(1, readers.size))
  }

  /**
   * Takes room for one request, which is to be given back when its answer is buffered.
   * @returns in bytes; 0 when there is not enough
   */
  reserve(mostBytes: number): number {
    const { bufferBytes, brokersCount, readers } = this.#options
    let roomBytes = bufferBytes - this.#reservedBytes
    for (const { bufferedBytes } of readers.keys()) roomBytes -= bufferedBytes
    const ofBroker = Math.ceil(bufferBytes / Math.max(1, brokersCount()))
    const worthBytes = Math.min(mostBytes, WORTH_ASKING_BYTES, ofBroker * WORTH_ASKING_PART)
    if (roomBytes < worthBytes) return 0
    const bytes = Math.min(mostBytes, ofBroker, roomBytes)
    this.#reservedBytes += bytes
    return bytes
  }

  release(bytes: number): void {
    this.#reservedBytes -= bytes
  }

  /** One batch of it is fetched without room: who waits for it would wait for ever. */
  mayExceed({ bufferedBytes, isAwaited }: PartitionReader): boolean {
    return bufferedBytes === 0 && (isAwaited || !this.#options.isAnyReady())
  }
}
