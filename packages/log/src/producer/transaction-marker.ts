import {
  ControlRecordType,
  controlRecordTypeOf,
  isControlBatch,
  readRecords,
  RecordBatchView,
} from '@pafka/protocol'

/** How a transaction ends, as its marker says. */
export type MarkerType = 'abort' | 'commit'

/** Undefined for other batches, control batches of other types among them, or without records. */
export function markerTypeOf(bytes: Uint8Array, at: number): MarkerType | undefined {
  if (!isControlBatch(bytes, at)) return undefined
  const [record] = readRecords(new RecordBatchView(bytes, at))
  if (record === undefined) return undefined
  const type = controlRecordTypeOf(record)
  if (type === ControlRecordType.abort) return 'abort'
  return type === ControlRecordType.commit ? 'commit' : undefined
}
