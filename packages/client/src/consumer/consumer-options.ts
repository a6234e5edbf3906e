import type { CloseOptions } from '../options/close-options.ts'
import type { DecodePolicy } from './decode-policy.ts'

/** How to consume in a group. */
export interface ConsumerOptions {
  /** Where the group begins in a partition where nothing was committed; `earliest` by default. */
  readonly from?: 'earliest' | 'latest'
  /**
   * `auto`: asking for the next record says that the one before is processed. `manual`: only
   * `record.ack()` and `batch.ack()` do.
   */
  readonly ack?: 'auto' | 'manual'
  /** What is processed is committed so often, and before a partition goes; 5 s by default. */
  readonly commitIntervalMs?: number
  /**
   * Who assigns partitions. `classic`: one of the members (the default). `consumer`: the broker,
   * which moves them one member at a time (KIP-848, Kafka 4).
   */
  readonly protocol?: 'classic' | 'consumer'
  /** With the protocol `consumer`: `uniform`, `range`, or another that the broker has. */
  readonly assignor?: string
  /** A static member (KIP-345): away for less than the session timeout it keeps its partitions. */
  readonly instanceId?: string
  /**
   * A member that is not heard of for so long is given up; 45 s by default. With the protocol
   * `consumer` the broker decides.
   */
  readonly sessionTimeoutMs?: number
  /** For members to give partitions up when the group changes; 60 s by default. */
  readonly rebalanceTimeoutMs?: number
  /** False gives records of transactions that are not committed, too. True by default. */
  readonly readCommitted?: boolean
  /**
   * What becomes of records that cannot be decoded; `throw` by default. Those that are skipped, or
   * copied to a topic for dead letters, count as processed.
   */
  readonly onDecodeError?: DecodePolicy
  /**
   * Bytes of what is fetched and not taken; 64 MiB by default. Beyond it only a batch
   * is fetched that is waited for.
   */
  readonly bufferBytes?: number
  /** Ends it. */
  readonly signal?: AbortSignal
}

/** How to leave a group. */
export interface ConsumerCloseOptions extends CloseOptions {
  /** True for a static member that is not to come again: its partitions go to others at once. */
  readonly forGood?: boolean
}

/** How many records are processed at a time, and what is kept in order. */
export interface RunOptions {
  /** Handlers at a time; 1 by default. */
  readonly concurrency?: number
  /**
   * `partition`: one of a partition at a time (the default). `key`: one of a key at a time; those
   * without a key one of their partition. `none`: any.
   */
  readonly order?: 'partition' | 'key' | 'none'
}
