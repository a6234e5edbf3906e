import { BucketCounts, DURATION_BOUNDS, KIB, SECOND_MS } from '@pafka/base'

/** A round of one small append to one of an append larger than a round. */
const ROUND_BOUNDS: readonly number[] = [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096].map(
  (kib) => kib * KIB,
)

/** What a journal did since it was opened. Counted once per round or checkpoint. */
export class JournalFigures {
  /** From the begin of a round's write to the end of its barrier, in seconds. */
  readonly writeSeconds: BucketCounts = new BucketCounts(DURATION_BOUNDS)
  /** Of whole rounds, as they lie in the ring. */
  readonly roundBytes: BucketCounts = new BucketCounts(ROUND_BOUNDS)
  /** From segments having what the ring lets go to its space being free, in seconds. */
  readonly checkpointSeconds: BucketCounts = new BucketCounts(DURATION_BOUNDS)
  #appendedBytes = 0

  /** Of batches in rounds that were written. */
  get appendedBytes(): number {
    return this.#appendedBytes
  }

  /** Hot: once per round. */
  wrote(totalBytes: number, batchBytes: number, tookMs: number): void {
    this.#appendedBytes += batchBytes
    this.roundBytes.observe(totalBytes)
    this.writeSeconds.observe(tookMs / SECOND_MS)
  }

  checkpointed(tookMs: number): void {
    this.checkpointSeconds.observe(tookMs / SECOND_MS)
  }
}
