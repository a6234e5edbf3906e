import { DecodeError } from '@pafka/base'
import {
  compressionName,
  ControlRecordType,
  controlRecordTypeOf,
  coordinatorEpochOf,
  magicOf,
  NO_SEQUENCE,
  readRecords,
  type RecordBatchView,
  type RecordView,
  sequenceAfter,
} from '@pafka/protocol'

import { type DumpItem, type FieldMap, problem } from './dump-item.ts'
import { encoded, readable } from './readable.ts'

/** The header of a batch, for people in the words of Kafka's own tool. */
export function batchItem(batch: RecordBatchView, position: number): DumpItem {
  const fields = batchFields(batch, position)
  return { type: 'batch', fields, text: () => batchText(fields) }
}

interface BatchFields extends FieldMap {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly count: number
  readonly baseSequence: number
  readonly lastSequence: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly partitionLeaderEpoch: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly deleteHorizonMs: number | null
  readonly position: number
  readonly timestampType: string
  readonly maxTimestamp: number
  readonly size: number
  readonly magic: number
  readonly compression: string
  readonly crc: number
  readonly isValid: boolean
}

function batchFields(batch: RecordBatchView, position: number): BatchFields {
  return {
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    count: batch.recordsCount,
    baseSequence: batch.baseSequence,
    lastSequence: batch.lastSequence,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    isTransactional: batch.transactional,
    isControl: batch.control,
    deleteHorizonMs: batch.deleteHorizon ? batch.baseTimestamp : null,
    position,
    timestampType: timestampTypeOf(batch),
    maxTimestamp: batch.maxTimestamp,
    size: batch.sizeBytes,
    magic: magicOf(batch.bytes, batch.at),
    compression: compressionName(batch.compression) ?? `unknown-${batch.compression}`,
    crc: batch.crc,
    isValid: batch.valid,
  }
}

function batchText(of: BatchFields): string {
  return [
    `baseOffset: ${of.baseOffset} lastOffset: ${of.lastOffset} count: ${of.count}`,
    `baseSequence: ${of.baseSequence} lastSequence: ${of.lastSequence}`,
    `producerId: ${of.producerId} producerEpoch: ${of.producerEpoch}`,
    `partitionLeaderEpoch: ${of.partitionLeaderEpoch} isTransactional: ${of.isTransactional}`,
    `isControl: ${of.isControl} deleteHorizonMs: ${of.deleteHorizonMs ?? 'none'}`,
    `position: ${of.position} ${of.timestampType}: ${of.maxTimestamp} size: ${of.size}`,
    `magic: ${of.magic} compresscodec: ${of.compression} crc: ${of.crc} isvalid: ${of.isValid}`,
  ].join(' ')
}

/** Its records; a problem for what does not decode. */
export function* recordItems(batch: RecordBatchView, position: number): Generator<DumpItem> {
  try {
    for (const record of readRecords(batch)) yield recordItem(batch, record)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    yield problem(position, `the records of the batch do not decode: ${error.message}`)
  }
}

function recordItem(batch: RecordBatchView, record: RecordView): DumpItem {
  const headers = record.headers()
  const [key, value] = [encoded(record.key), encoded(record.value)]
  const fields = {
    offset: record.offset,
    timestampType: timestampTypeOf(batch),
    timestamp: record.timestamp,
    keySize: record.key?.length ?? -1,
    valueSize: record.value?.length ?? -1,
    sequence: sequenceOf(batch, record),
    headers: headers.map((one) => ({ key: one.key, ...named('value', encoded(one.value)) })),
    ...named('key', key),
    ...named('value', value),
    ...(batch.control ? controlFields(record) : {}),
  }
  return {
    type: 'record',
    fields,
    text: () =>
      recordText(
        batch,
        record,
        headers.map((one) => one.key),
      ),
  }
}

function recordText(
  batch: RecordBatchView,
  record: RecordView,
  headerKeys: readonly string[],
): string {
  const parts = [
    `| offset: ${record.offset} ${timestampTypeOf(batch)}: ${record.timestamp}`,
    `keySize: ${record.key?.length ?? -1} valueSize: ${record.value?.length ?? -1}`,
    `sequence: ${sequenceOf(batch, record)} headerKeys: [${headerKeys.join(',')}]`,
  ]
  if (batch.control) {
    const { controlType, coordinatorEpoch } = controlFields(record)
    parts.push(`endTxnMarker: ${controlType.toUpperCase()} coordinatorEpoch: ${coordinatorEpoch}`)
  } else {
    if (record.key !== null) parts.push(`key: ${readable(record.key)}`)
    if (record.value !== null) parts.push(`payload: ${readable(record.value)}`)
  }
  return parts.join(' ')
}

interface ControlFields extends FieldMap {
  readonly controlType: string
  readonly coordinatorEpoch: number | null
}

function controlFields(record: RecordView): ControlFields {
  const type = controlRecordTypeOf(record)
  const isMarker = type === ControlRecordType.abort || type === ControlRecordType.commit
  const found = Object.entries(ControlRecordType).find(([, number]) => number === type)
  return {
    controlType: found?.[0] ?? `unknown-${type}`,
    coordinatorEpoch: isMarker ? coordinatorEpochOf(record) : null,
  }
}

function named(name: string, { text, encoding }: ReturnType<typeof encoded>): FieldMap {
  return { [name]: text, [`${name}Encoding`]: encoding }
}

function timestampTypeOf(batch: RecordBatchView): string {
  return batch.logAppendTime ? 'LogAppendTime' : 'CreateTime'
}

function sequenceOf(batch: RecordBatchView, record: RecordView): number {
  if (batch.baseSequence === NO_SEQUENCE) return NO_SEQUENCE
  return sequenceAfter(batch.baseSequence, record.offset - batch.baseOffset)
}
