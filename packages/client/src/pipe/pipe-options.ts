import type { ConsumerOptions } from '../consumer/consumer-options.ts'
import type { ConsumerRecord } from '../consumer/consumer-record.ts'
import type { Subscribable } from '../consumer/subscription.ts'
import type { ProducerOptions } from '../producer/producer-options.ts'
import type { ProducerRecord } from '../producer/producer-record.ts'
import type { WritableTopic } from '../topic.ts'

/** From where to where records are piped, and how. */
export interface PipeOptions<K, V, ToK, ToV> {
  /** Its members share the records. */
  readonly group: string
  readonly from: Subscribable<K, V> | readonly Subscribable<K, V>[]
  /** A topic that is only a name takes text and bytes. */
  readonly to: string | WritableTopic<ToK, ToV>
  /**
   * What a record becomes is written in one transaction with its being processed: whatever happens,
   * readers of what is committed see it once. True by default. False lets some be written again
   * after a failure, and costs no transactions.
   */
  readonly exactlyOnce?: boolean
  /** A transaction takes records for so long, while there are more; 100 ms by default. */
  readonly commitIntervalMs?: number
  readonly consumer?: Omit<ConsumerOptions, 'ack' | 'signal' | 'commitIntervalMs'>
  /** Transactions time out after 10 s, where nothing else is said. */
  readonly producer?: ProducerOptions
  /** Ends it, when what is under way is committed. */
  readonly signal?: AbortSignal
}

/** Writes a record to where the pipe leads, or to another topic. */
export interface Emit<K, V> {
  (record: ProducerRecord<K, V>): void
  <OtherK, OtherV>(
    topic: WritableTopic<OtherK, OtherV>,
    record: NoInfer<ProducerRecord<OtherK, OtherV>>,
  ): void
}

/** What becomes of a record: whatever is emitted until it returns, or its promise ends. */
export type Transform<K, V, ToK, ToV> = (
  record: ConsumerRecord<K, V>,
  emit: Emit<ToK, ToV>,
) => unknown
