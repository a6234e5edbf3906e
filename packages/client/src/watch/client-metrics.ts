/** What went to one broker, and came from it. */
export interface BrokerMetrics {
  readonly requests: number
  /** Requests that were not answered. */
  readonly errors: number
  readonly sentBytes: number
  readonly receivedBytes: number
  /** Of all requests that were answered, in milliseconds. */
  readonly latencyMs: { readonly total: number; readonly most: number }
}

/** What producers did. */
export interface ProducerMetrics {
  /** That were acknowledged, as are batches and bytes. */
  readonly records: number
  readonly batches: number
  /** Before compression. */
  readonly bytes: number
  readonly failedRecords: number
  /** Times that a batch was sent again. */
  readonly retries: number
  /** From the first record of a batch to its first sending, of all batches, in milliseconds. */
  readonly queueMs: number
  /** Records that are not acknowledged yet. */
  readonly bufferedBytes: number
}

/** How far a partition is read. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly groupId: string | undefined
  /** Records that are there and not taken; a transaction's markers count, too. */
  readonly records: number
}

/** What consumers and readers did. */
export interface ConsumerMetrics {
  /** That were taken, as are batches. */
  readonly records: number
  readonly batches: number
  /** That were fetched, as brokers have them. */
  readonly bytes: number
  readonly commits: number
  /** Times that members got, gave up or lost partitions. */
  readonly rebalances: number
  /** Of the partitions that are read now. */
  readonly lag: readonly PartitionLag[]
}

/** What a client did since it was made. Numbers only grow, but for `bufferedBytes` and `lag`. */
export interface ClientMetrics {
  /** By `host:port`. */
  readonly brokers: Readonly<Record<string, BrokerMetrics>>
  readonly producer: ProducerMetrics
  readonly consumer: ConsumerMetrics
}
