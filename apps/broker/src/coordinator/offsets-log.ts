import type { ErrorCode } from '@pafka/protocol'

/** Kafka's name for it; its partitions hold groups and offsets, compacted by key. */
export const OFFSETS_TOPIC: string = '__consumer_offsets'

/** One record of `__consumer_offsets`; a null value deletes what the key named. */
export interface OffsetsRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/** Where the coordinator keeps what must survive it. */
export interface OffsetsLog {
  /** Of the topic, or of the topic to be created. Never changes while the broker runs. */
  readonly partitionCount: number
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
    records: readonly OffsetsRecord[],
    done: (errorCode: ErrorCode) => void,
  ): void
  /** Gives every record to `visit`, in order; its bytes are lent for the call only. */
  replay(partition: number, visit: (record: OffsetsRecord) => void): Promise<void>
}

/** The partition that keeps a group. Source: Kafka `GroupCoordinatorService.partitionFor`. */
export function partitionOfGroup(groupId: string, partitionCount: number): number {
  const hash = javaHashCode(groupId)
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitionCount
}

/** `String.hashCode` of Java: over UTF-16 units, in 32 bits. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0
  return hash
}
