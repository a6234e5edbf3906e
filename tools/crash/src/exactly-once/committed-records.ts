import {
  ErrorCode,
  errorName,
  Fetch,
  joinRecordBytes,
  readBatches,
  readRecords,
  type RecordBatchView,
  ZERO_UUID,
} from '@pafka/protocol'

import { Finding } from '../ledger/finding.ts'
import type { Connection } from '../wire/connection.ts'

const FETCH_VERSION = 12
const MAX_BYTES = 1024 * 1024
const READ_COMMITTED = 1

export interface Place {
  readonly topic: string
  readonly partition: number
}

export interface ReadRecord {
  readonly offset: number
  readonly key: string
  readonly value: string
}

/** What a reader of committed records is handed of a partition, and what it is told of it. */
export interface CommittedRecords {
  readonly records: readonly ReadRecord[]
  readonly markers: number
  readonly abortedRecords: number
  readonly highWatermark: number
  readonly lastStableOffset: number
}

interface Aborted {
  readonly producerId: number
  readonly firstOffset: number
}

/** Reads a partition from its start to its last stable offset, as clients do. @throws {Finding} */
export async function readCommitted(
  connection: Connection,
  place: Place,
): Promise<CommittedRecords> {
  const records: ReadRecord[] = []
  let markers = 0
  let abortedRecords = 0
  for (let offset = 0; ;) {
    const come = await fetch(connection, place, offset)
    const { highWatermark, lastStableOffset } = come
    let next = offset
    for (const { batch, isAborted } of withFates(come.bytes, come.aborted)) {
      next = batch.nextOffset
      if (batch.control) markers += 1
      else if (isAborted) abortedRecords += batch.recordsCount
      else records.push(...recordsOf(batch, offset))
    }
    if (next >= lastStableOffset) {
      return { records, markers, abortedRecords, highWatermark, lastStableOffset }
    }
    const { topic, partition } = place
    if (next === offset) {
      throw new Finding('stuck', `${topic}-${partition}`, `${offset} cannot be read`)
    }
    offset = next
  }
}

/** Which batches belong to aborted transactions, by what the answer says of those. */
function* withFates(
  bytes: Uint8Array,
  aborted: readonly Aborted[],
): Generator<{ readonly batch: RecordBatchView; readonly isAborted: boolean }> {
  const waiting = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const aborting = new Set<number>()
  for (const batch of readBatches(bytes)) {
    for (const last = batch.lastOffset; ; waiting.shift()) {
      const [first] = waiting
      if (first === undefined || first.firstOffset > last) break
      aborting.add(first.producerId)
    }
    if (batch.control) aborting.delete(batch.producerId)
    yield { batch, isAborted: batch.transactional && aborting.has(batch.producerId) }
  }
}

function recordsOf(batch: RecordBatchView, fromOffset: number): ReadRecord[] {
  const found: ReadRecord[] = []
  let at = 0
  for (const { key, value } of readRecords(batch)) {
    const offset = batch.baseOffset + at++
    if (offset >= fromOffset) found.push({ offset, key: textOf(key), value: textOf(value) })
  }
  return found
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? '' : Buffer.from(bytes).toString()
}

async function fetch(
  connection: Connection,
  { topic, partition }: Place,
  fetchOffset: number,
): Promise<{
  readonly bytes: Uint8Array
  readonly aborted: readonly Aborted[]
  readonly highWatermark: number
  readonly lastStableOffset: number
}> {
  const asked = { partition, currentLeaderEpoch: -1, fetchOffset, lastFetchedEpoch: -1 }
  const partitions = [{ ...asked, logStartOffset: -1, partitionMaxBytes: MAX_BYTES }]
  const { responses } = await connection.send(Fetch, FETCH_VERSION, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 0,
    maxBytes: MAX_BYTES,
    isolationLevel: READ_COMMITTED,
    sessionId: 0,
    sessionEpoch: -1,
    topics: [{ topic, topicId: ZERO_UUID, partitions }],
    forgottenTopicsData: [],
    rackId: '',
  })
  const data = responses[0]?.partitions[0]
  const errorCode = data?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
  if (data === undefined || errorCode !== ErrorCode.NONE) {
    throw new Finding('refused', `${topic}-${partition}`, `fetch: ${errorName(errorCode)}`)
  }
  return {
    bytes: joinRecordBytes(data.records ?? new Uint8Array(0)),
    aborted: data.abortedTransactions ?? [],
    highWatermark: data.highWatermark,
    lastStableOffset: data.lastStableOffset,
  }
}
