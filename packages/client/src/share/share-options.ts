import type { KafkaError } from '../errors/kafka-error.ts'
import type { ShareJob } from './share-job.ts'

/** What becomes of a job whose handler throws. */
export type FailedJob = 'release' | 'reject' | 'throw'

/** How to consume as a member of a share group. */
export interface ShareConsumerOptions<K, V> {
  /**
   * `auto`: asking for the next job says that the one before is done, unless something else was
   * said of it. `manual`: only `accept`, `release` and `reject` say something.
   */
  readonly ack?: 'auto' | 'manual'
  /**
   * The most jobs that a broker gives this consumer before it settles some. Where nothing is said,
   * brokers give whole batches of about 500, which is faster.
   */
  readonly maxRecords?: number
  /**
   * What was said of a job has no effect, or may have none: it will be given to somebody again,
   * unless somebody has settled it.
   */
  onRefused?(job: ShareJob<K, V>, error: KafkaError): void
  /** Ends it. */
  readonly signal?: AbortSignal
}

/** How many jobs are handled at a time, and what becomes of those whose handler throws. */
export interface ShareRunOptions<K, V> {
  /** Handlers at a time; 1 by default. */
  readonly concurrency?: number
  /**
   * `release`: somebody tries it again (the default), as often as the group has it. `reject`:
   * nobody does. `throw`: it is released, and the run ends with the error. Or what decides that.
   */
  readonly onThrow?: FailedJob | ((error: unknown, job: ShareJob<K, V>) => FailedJob)
}
