import {
  ErrorCode,
  errorName,
  Fetch,
  type FetchRequestFetchTopic,
  joinRecordBytes,
  ListOffsets,
  readBatches,
  ZERO_UUID,
} from '@pafka/protocol'

import { Finding } from '../ledger/finding.ts'
import type { LedgerPass, PartitionLedger } from '../ledger/partition-ledger.ts'
import type { Connection } from '../wire/connection.ts'

const FETCH_VERSION = 12
const LIST_OFFSETS_VERSION = 7
const LATEST = -1
const EARLIEST = -2
/** Fetches in a row that may bring nothing though there is more. */
const MOST_EMPTY = 20

export interface ReadBackOptions {
  readonly partitionMaxBytes: number
  readonly maxBytes: number
  readonly maxWaitMs: number
}

/** A partition that is being read. */
export interface Reading {
  readonly ledger: PartitionLedger
  readonly pass: LedgerPass
  /** Exclusive; what the broker says there is. */
  readonly endOffset: number
}

/** @returns offsets by `topic-partition`. */
async function listOffsets(
  connection: Connection,
  ledgers: readonly PartitionLedger[],
  timestamp: number,
): Promise<ReadonlyMap<string, number>> {
  const byTopic = Map.groupBy(ledgers, ({ topic }) => topic)
  const { topics } = await connection.send(ListOffsets, LIST_OFFSETS_VERSION, {
    replicaId: -1,
    isolationLevel: 0,
    timeoutMs: 0,
    topics: [...byTopic].map(([name, ofTopic]) => ({
      name,
      partitions: ofTopic.map(({ partition }) => ({
        partitionIndex: partition,
        currentLeaderEpoch: -1,
        timestamp,
      })),
    })),
  })
  const offsets = new Map<string, number>()
  for (const { name, partitions } of topics) {
    for (const { partitionIndex, errorCode, offset } of partitions) {
      if (errorCode !== ErrorCode.NONE) refused(`${name}-${partitionIndex}`, 'list', errorCode)
      offsets.set(`${name}-${partitionIndex}`, offset)
    }
  }
  return offsets
}

/**
 * Reads the partitions to their ends.
 * @param start makes the pass of each, from wherever it has to be read.
 * @returns bytes read, and what was found, at most once per partition.
 */
export async function readBack(
  connection: Connection,
  ledgers: readonly PartitionLedger[],
  start: (ledger: PartitionLedger) => LedgerPass,
  options: ReadBackOptions,
): Promise<{ readonly checkedBytes: number; readonly findings: readonly Finding[] }> {
  const findings = new FindingsOf()
  const earliest = await listOffsets(connection, ledgers, EARLIEST)
  const latest = await listOffsets(connection, ledgers, LATEST)
  const readings = ledgers.map((ledger): Reading => {
    const endOffset = latest.get(ledger.place) ?? -1
    findings.gather(() => checkEnds(ledger, earliest.get(ledger.place), endOffset))
    return { ledger, pass: start(ledger), endOffset }
  })
  let empty = 0
  for (let open = unread(readings, findings); open.length > 0; open = unread(readings, findings)) {
    const count = await fetchOnce(connection, open, options, findings)
    empty = count > 0 ? 0 : empty + 1
    const [first] = open
    if (empty < MOST_EMPTY || first === undefined) continue
    const { place, nextOffset } = first.pass
    findings.add(new Finding('stuck', place, `${nextOffset} cannot be read`))
    empty = 0
  }
  for (const { ledger, pass } of readings) {
    if (!findings.has(ledger.place)) findings.gather(() => pass.finish())
  }
  const checkedBytes = readings.reduce((sum, { pass }) => sum + pass.checkedBytes, 0)
  return { checkedBytes, findings: findings.all }
}

/** Fetches once from every partition. @returns how many batches came. */
export async function fetchOnce(
  connection: Connection,
  readings: readonly Reading[],
  options: ReadBackOptions,
  findings: FindingsOf,
): Promise<number> {
  const { maxBytes, maxWaitMs } = options
  const { errorCode, responses } = await connection.send(Fetch, FETCH_VERSION, {
    replicaId: -1,
    maxWaitMs,
    minBytes: 1,
    maxBytes,
    isolationLevel: 0,
    sessionId: 0,
    sessionEpoch: -1,
    topics: fetchTopics(readings, options),
    forgottenTopicsData: [],
    rackId: '',
  })
  if (errorCode !== ErrorCode.NONE) refused('Fetch', 'fetch', errorCode)
  const passes = new Map(readings.map(({ ledger, pass }) => [ledger.place, pass]))
  let count = 0
  for (const { topic, partitions } of responses) {
    for (const { partitionIndex, errorCode: code, records } of partitions) {
      const place = `${topic}-${partitionIndex}`
      const pass = passes.get(place)
      findings.gather(() => {
        if (code !== ErrorCode.NONE) refused(place, 'fetch', code)
        for (const batch of readBatches(joinRecordBytes(records ?? new Uint8Array(0)))) {
          pass?.read(batch)
          count += 1
        }
      })
    }
  }
  return count
}

/** Findings by partition: after the first, a partition is not read on. */
export class FindingsOf {
  readonly #found = new Map<string, Finding>()

  get all(): readonly Finding[] {
    return [...this.#found.values()]
  }

  has(place: string): boolean {
    return this.#found.has(place)
  }

  add(finding: Finding): void {
    if (!this.#found.has(finding.place)) this.#found.set(finding.place, finding)
  }

  /** Keeps a finding that `check` throws; all else goes on. */
  gather(check: () => void): void {
    try {
      check()
    } catch (error) {
      if (!(error instanceof Finding)) throw error
      this.add(error)
    }
  }
}

function unread(readings: readonly Reading[], findings: FindingsOf): Reading[] {
  return readings.filter(
    ({ ledger, pass, endOffset }) => pass.nextOffset < endOffset && !findings.has(ledger.place),
  )
}

function checkEnds(ledger: PartitionLedger, earliest: number | undefined, latest: number): void {
  const { place, leastEndOffset } = ledger
  if (earliest !== 0) throw new Finding('lost', place, `the log starts at ${earliest}`)
  if (latest >= leastEndOffset) return
  const detail = `${leastEndOffset} was acknowledged or read, the log ends at ${latest}`
  throw new Finding('end went back', place, detail)
}

function fetchTopics(
  readings: readonly Reading[],
  { partitionMaxBytes }: ReadBackOptions,
): FetchRequestFetchTopic[] {
  const byTopic = Map.groupBy(readings, ({ ledger }) => ledger.topic)
  return [...byTopic].map(([topic, ofTopic]) => ({
    topic,
    topicId: ZERO_UUID,
    partitions: ofTopic.map(({ ledger, pass }) => ({
      partition: ledger.partition,
      currentLeaderEpoch: -1,
      fetchOffset: pass.nextOffset,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes,
    })),
  }))
}

function refused(place: string, what: string, errorCode: number): never {
  throw new Finding('refused', place, `${what}: ${errorName(errorCode)}`)
}
