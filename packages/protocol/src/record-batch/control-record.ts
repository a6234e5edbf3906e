import { DecodeError } from '@pafka/base'

import { int16At, int32At, setInt16At, setInt32At } from './big-endian.ts'
import { NO_SEQUENCE } from './batch-header.ts'
import { encodeRecordBatch } from './record-batch-builder.ts'
import type { RecordView } from './record.ts'

/** int16 version, then int16 type. Source: Kafka `ControlRecordType`, `EndTransactionMarker`. */
const KEY_BYTES = 4
/** int16 version, then int32 epoch of the coordinator that wrote the marker. */
const MARKER_VALUE_BYTES = 6
const TYPE_AT = 2

/** What a control record says; a consumer ignores types that it does not know. */
export const ControlRecordType = {
  abort: 0,
  commit: 1,
  leaderChange: 2,
  snapshotHeader: 3,
  snapshotFooter: 4,
  kraftVersion: 5,
  kraftVoters: 6,
} as const

/** @throws {DecodeError} when the record's key is not that of a control record */
export function controlRecordTypeOf(record: Pick<RecordView, 'key'>): number {
  const { key } = record
  if (key === null || key.length < KEY_BYTES) throw new DecodeError('a control record has no type')
  return int16At(key, TYPE_AT)
}

/** Epoch of the transaction coordinator that wrote a commit or abort marker. */
export function coordinatorEpochOf(record: Pick<RecordView, 'value'>): number {
  const { value } = record
  if (value === null || value.length < MARKER_VALUE_BYTES) {
    throw new DecodeError('a transaction marker has no coordinator epoch')
  }
  return int32At(value, 2)
}

export interface EndTransactionMarkerOptions {
  readonly commit: boolean
  readonly coordinatorEpoch: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly timestamp: number
  readonly baseOffset?: number | undefined
  readonly partitionLeaderEpoch?: number | undefined
}

/** The batch, of one record, that ends a transaction in a partition. */
export function encodeEndTransactionMarker(options: EndTransactionMarkerOptions): Uint8Array {
  const key = new Uint8Array(KEY_BYTES)
  setInt16At(key, TYPE_AT, options.commit ? ControlRecordType.commit : ControlRecordType.abort)
  const value = new Uint8Array(MARKER_VALUE_BYTES)
  setInt32At(value, 2, options.coordinatorEpoch)
  return encodeRecordBatch({
    baseOffset: options.baseOffset,
    partitionLeaderEpoch: options.partitionLeaderEpoch,
    producerId: options.producerId,
    producerEpoch: options.producerEpoch,
    baseSequence: NO_SEQUENCE,
    transactional: true,
    control: true,
    records: [{ timestamp: options.timestamp, key, value }],
  })
}
