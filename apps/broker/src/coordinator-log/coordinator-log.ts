import type { ErrorCode } from '@pafka/protocol'
import type { MarkerType } from '@pafka/log'

/** One record of a coordinator's topic; a null value deletes what the key named. */
export interface CoordinatorRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/** Who writes in a transaction. */
export interface TransactionalWriter {
  readonly producerId: number
  readonly producerEpoch: number
}

/** Told what a partition holds, in order. What it is given is lent for the call only. */
export interface CoordinatorReplay {
  /** @param producerId of the transaction that the record counts with; -1 without one */
  record(record: CoordinatorRecord, producerId: number): void
  /** The transaction of a producer has ended in this partition. */
  ended(producerId: number, how: MarkerType): void
}

/** Where a coordinator keeps what must survive it. */
export interface CoordinatorLog {
  /** Of the topic, or of the topic to be created. Never changes while the broker runs. */
  readonly partitionCount: number
  /** Of those who write the partition: rises with each start after one that was not stopped. */
  epochOf(partition: number): number
  /** Creates the topic unless it is there. */
  ensureCreated(): Promise<ErrorCode>
  /** Partitions that were found with records in them, or whose log dir is offline. */
  partitionsToLoad(): readonly number[]
  /**
   * Appends all records, or fails them together as far as a caller can tell.
   * @param done called once, after this call returned, when the records are committed or lost;
   *   appends to one partition come back in their order
   */
  append(
    partition: number,
    records: readonly CoordinatorRecord[],
    done: (errorCode: ErrorCode) => void,
  ): void
  /**
   * As one batch that counts when the transaction of `writer` is committed.
   * @param done as for `append`, or at once when nothing was appended; in the order of the log,
   *   markers included
   */
  appendInTransaction(
    partition: number,
    records: readonly CoordinatorRecord[],
    writer: TransactionalWriter,
    done: (errorCode: ErrorCode) => void,
  ): void
  replay(partition: number, target: CoordinatorReplay): Promise<void>
}

/** The partition that keeps what a key names. Source: Kafka `Utils.abs(hashCode) % count`. */
export function partitionOfKey(key: string, partitionCount: number): number {
  const hash = javaHashCode(key)
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitionCount
}

/** `String.hashCode` of Java: over UTF-16 units, in 32 bits. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}
