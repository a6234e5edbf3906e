import { KIB, MIB } from '@pafka/base'

/** What the cleaner may use, all logs of a store together. One property per Kafka key. */
export interface CleanerOptions {
  /** `log.cleaner.dedupe.buffer.size`: keys known at a time; more keys take more passes. */
  readonly dedupeBufferBytes: number
  /** `log.cleaner.io.buffer.load.factor`: how full that becomes. */
  readonly loadFactor: number
  /** `log.cleaner.io.buffer.size`: half of it to read, half to write. */
  readonly ioBufferBytes: number
  /** `log.cleaner.io.max.bytes.per.second`, read and written. */
  readonly maxBytesPerSecond: number
}

/** Source: Kafka 4.3 `CleanerConfig.java`. */
export const defaultCleanerOptions: CleanerOptions = {
  dedupeBufferBytes: 128 * MIB,
  loadFactor: 0.9,
  ioBufferBytes: 512 * KIB,
  maxBytesPerSecond: Number.POSITIVE_INFINITY,
}
