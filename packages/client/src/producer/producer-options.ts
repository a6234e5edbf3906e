import type { CompressionName } from '@pafka/protocol'

/** How to produce. What is not said is safe: every record is written once, in order, for good. */
export interface ProducerOptions {
  /** None by default. It costs time here and there, and saves network and disk. */
  readonly compression?: CompressionName
  /**
   * Who must have a record before it is acknowledged: `all` in-sync replicas (the default), the
   * leader, or nobody: then no error is ever told, and offsets are not known.
   */
  readonly acks?: 'all' | 'leader' | 'none'
  /** False lets retries write a record twice, or out of order. True by default, with acks `all`. */
  readonly idempotent?: boolean
  /** From `send` to giving up, in milliseconds; 2 min by default (`delivery.timeout.ms`). */
  readonly deliveryTimeoutMs?: number
  /** Records buffered at most, in bytes; 64 MiB by default. `send` waits then. */
  readonly bufferBytes?: number
  /**
   * Of its transactions: a producer that comes with the same one ends those of the one before, and
   * takes its place. Its own by default, so that nobody does.
   */
  readonly transactionalId?: string
  /** The broker aborts a transaction after it, in milliseconds; 60 s by default. */
  readonly transactionTimeoutMs?: number
  /** Lets the broker create topics that are not there, where it does so; false by default. */
  readonly createTopics?: boolean
}
