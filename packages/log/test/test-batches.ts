import { encodeRecordBatch, type RecordBatchOptions, type RecordInput } from '@pafka/protocol'

export const TIME_MS = 1_700_000_000_000

/** Records with values `first`, `first + 1`, ... */
export function numbered(count: number, first = 0, timestampMs: number = TIME_MS): RecordInput[] {
  return Array.from({ length: count }, (_, at) => ({
    timestamp: timestampMs + at,
    key: Buffer.from(`key-${(first + at) % 7}`),
    value: Buffer.from(`value-${first + at}`),
  }))
}

/** A batch as a producer sends it. */
export function batchOf(records: readonly RecordInput[], options: RecordBatchOptions = {}): Buffer {
  return Buffer.from(encodeRecordBatch({ ...options, records }))
}

export interface Idempotent {
  readonly producerId: number
  readonly epoch?: number
  readonly sequence: number
  readonly count?: number
}

export function idempotent({ producerId, epoch = 0, sequence, count = 1 }: Idempotent): Buffer {
  return batchOf(numbered(count), { producerId, producerEpoch: epoch, baseSequence: sequence })
}
