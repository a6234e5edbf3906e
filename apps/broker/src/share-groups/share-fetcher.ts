import { type Clock, StorageError } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import type { DelayedFetches } from '../fetch/delayed-fetch.ts'
import { ANSWER_BYTES, type FetchMemory, type FetchReader } from '../fetch/fetch-memory.ts'
import type { LiveSharePartition } from './live-share-partition.ts'
import type { SharePartitions } from './share-partitions.ts'
import { batchesOf, ShareReads } from './share-reads.ts'
import type { SharedPartition, ShareSession } from './share-sessions.ts'

/** Reads that may bring nothing but markers before a request ends without records. */
const MOST_ROUNDS = 100
/** A partition that is there, and that its group is yet to learn of. */
export const NOT_YET = 'not-yet'

interface ShareFetcherOptions {
  readonly clock: Clock
  readonly delayedFetches: DelayedFetches
  readonly fetchMemory: FetchMemory
  readonly partitions: SharePartitions
}

export interface ShareFetchTerms {
  readonly reader: FetchReader
  readonly readsCommitted: boolean
  readonly maxBytes: number
  readonly minBytes: number
  readonly maxWaitMs: number
  readonly maxRecords: number
  readonly batchSize: number
  /** Never more than `maxRecords`. */
  readonly isStrict: boolean
}

/** What of a session's partitions its group serves. */
export interface ShareAccess {
  readonly served: (of: SharedPartition) => ErrorCode | typeof NOT_YET
  /** Calls `wake` when that may have changed, until the returned is called. */
  readonly watch: (wake: () => void) => () => void
}

/** A partition of a request: as it is served, why it is refused, or that it has to wait. */
interface AskedPartition {
  readonly of: SharedPartition
  readonly live: LiveSharePartition | ErrorCode | typeof NOT_YET
}

interface ReadyPartition {
  readonly of: SharedPartition
  readonly live: LiveSharePartition
  readonly fromOffset: number
  readonly availableBytes: number
}

/** Gives members records as they come: new ones, and those that others gave back. */
export class ShareFetcher {
  readonly #options: ShareFetcherOptions

  constructor(options: ShareFetcherOptions) {
    this.#options = options
  }

  /** Waits until there is enough to give, or the time is over. What it took must be released. */
  async fetch(
    session: ShareSession,
    access: ShareAccess,
    terms: ShareFetchTerms,
  ): Promise<ShareReads> {
    const { clock } = this.#options
    const dueMs = clock.monotonicMs() + terms.maxWaitMs
    let asked = await this.#open(session, access)
    for (let round = 0; ; round += 1) {
      const ready = readyOf(asked, terms)
      // as in Kafka, errors go with what there is to give, and are no cause to answer at once
      const isRefused = asked.length > 0 && asked.every(({ live }) => typeof live === 'number')
      const leftMs = dueMs - clock.monotonicMs()
      const isOver = isRefused || leftMs <= 0 || terms.reader.signal.aborted
      if (ready.length > 0 && (isOver || isEnough(ready, terms))) {
        // oxlint-disable-next-line no-await-in-loop -- what is read decides whether to go on
        const reads = await this.#read(ready, session.memberId, terms)
        if (reads.partitions.length > 0 || isOver || round >= MOST_ROUNDS) {
          return withErrors(reads, asked)
        }
        reads.release()
      } else if (isOver) {
        return withErrors(new ShareReads(), asked)
      } else {
        // oxlint-disable-next-line no-await-in-loop -- this is the wait
        await this.#wait({ asked, access }, leftMs, terms)
        // oxlint-disable-next-line no-await-in-loop -- what the group has learned of is served now
        if (asked.some(isNotYet)) asked = await this.#open(session, access)
      }
    }
  }

  #open(
    { groupId, partitions }: ShareSession,
    { served }: ShareAccess,
  ): Promise<readonly AskedPartition[]> {
    return Promise.all(
      partitions.map(async (of): Promise<AskedPartition> => {
        const found = served(of)
        if (found !== ErrorCode.NONE) return { of, live: found }
        return { of, live: await this.#options.partitions.open({ groupId, ...of }) }
      }),
    )
  }

  async #read(
    ready: readonly ReadyPartition[],
    memberId: string,
    terms: ShareFetchTerms,
  ): Promise<ShareReads> {
    const maxBytes = Math.min(terms.maxBytes, ANSWER_BYTES)
    let expectedBytes = 0
    for (const { availableBytes } of ready) expectedBytes += availableBytes
    const { fetchMemory } = this.#options
    const reads = new ShareReads(await fetchMemory.lease(terms.reader, { maxBytes, expectedBytes }))
    let maxRecords = terms.maxRecords
    for (const { of, live } of ready) {
      if (maxRecords <= 0 || (reads.leftBytes <= 0 && reads.bytes > 0)) break
      // oxlint-disable-next-line no-await-in-loop -- what the first gives is not asked of the next
      maxRecords -= await readOne({ of, live, reads, memberId, terms: { ...terms, maxRecords } })
    }
    return reads
  }

  /** Until a log grows, a partition has records to give again, or the group learns of one. */
  async #wait(
    { asked, access }: { asked: readonly AskedPartition[]; access: ShareAccess },
    maxWaitMs: number,
    { reader, readsCommitted, minBytes }: ShareFetchTerms,
  ): Promise<void> {
    const woken = new AbortController()
    const wake = (): void => woken.abort()
    const lives = asked.flatMap(({ live }) => (isServed(live) ? [live] : []))
    const unwatch = lives.map((live) => live.watch(wake))
    if (asked.some(isNotYet)) unwatch.push(access.watch(wake))
    reader.signal.addEventListener('abort', wake)
    const watched = new Map(
      lives.flatMap((live) => {
        const fetchOffset = live.nextOffset()
        return fetchOffset === undefined ? [] : [[live.log, { fetchOffset, readsCommitted }]]
      }),
    )
    const { signal } = woken
    await this.#options.delayedFetches.wait(watched, { minBytes, maxWaitMs, signal })
    reader.signal.removeEventListener('abort', wake)
    for (const end of unwatch) end()
  }
}

function isNotYet({ live }: AskedPartition): boolean {
  return live === NOT_YET
}

function isServed(live: AskedPartition['live']): live is LiveSharePartition {
  return typeof live === 'object'
}

function readyOf(
  asked: readonly AskedPartition[],
  { readsCommitted }: ShareFetchTerms,
): ReadyPartition[] {
  return asked.flatMap(({ of, live }): ReadyPartition[] => {
    if (!isServed(live)) return []
    const { log } = live
    const fromOffset = live.nextOffset()
    if (fromOffset === undefined || fromOffset >= endOf(live, readsCommitted)) return []
    return [{ of, live, fromOffset, availableBytes: log.bytesFrom(fromOffset) }]
  })
}

function endOf({ log }: LiveSharePartition, readsCommitted: boolean): number {
  return readsCommitted ? log.lastStableOffset : log.highWatermark
}

/** Records that were given out before are not waited for to become more. */
function isEnough(ready: readonly ReadyPartition[], { minBytes }: ShareFetchTerms): boolean {
  let bytes = 0
  for (const { live, fromOffset, availableBytes } of ready) {
    if (live.isAgain(fromOffset)) return true
    bytes += availableBytes
  }
  return bytes >= minBytes
}

function withErrors(reads: ShareReads, asked: readonly AskedPartition[]): ShareReads {
  for (const { of, live } of asked) if (typeof live === 'number') reads.failed(of, live)
  return reads
}

interface ReadTurn {
  readonly of: SharedPartition
  readonly live: LiveSharePartition
  readonly reads: ShareReads
  readonly memberId: string
  readonly terms: ShareFetchTerms
}

/** @returns how many records the member was given. */
async function readOne(turn: ReadTurn): Promise<number> {
  const { of, live, reads } = turn
  const fromOffset = live.nextOffset()
  if (fromOffset === undefined) return 0
  live.isRead = true
  try {
    return await readFrom(turn, fromOffset)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    reads.failed(of, ErrorCode.KAFKA_STORAGE_ERROR)
    return 0
  } finally {
    live.isRead = false
    live.changed()
  }
}

async function readFrom(
  { of, live, reads, memberId, terms }: ReadTurn,
  fromOffset: number,
): Promise<number> {
  const { log } = live
  const { readsCommitted, maxRecords, batchSize, isStrict } = terms
  const read = await log.read(fromOffset, Math.max(0, reads.leftBytes), {
    minOneBatch: reads.bytes === 0,
    upTo: readsCommitted ? log.lastStableOffset : undefined,
  })
  let isKept = false
  try {
    const { errorCode, nextOffset: toOffset } = read
    // the log begins later by now: the next look begins there
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return 0
    if (errorCode !== ErrorCode.NONE) {
      reads.failed(of, errorCode)
      return 0
    }
    const aborted = readsCommitted ? await log.transactions.aborted({ fromOffset, toOffset }) : []
    if (live.isClosed || terms.reader.signal.aborted) return 0
    const batches = batchesOf(read.records, aborted)
    const acquired = live.acquire({
      memberId,
      fromOffset,
      batches,
      maxRecords,
      batchSize,
      isStrict,
    })
    if (acquired.length === 0) return 0
    reads.add(of, read, acquired)
    isKept = true
    let records = 0
    for (const { firstOffset, lastOffset } of acquired) records += lastOffset - firstOffset + 1
    return records
  } finally {
    if (!isKept) read.release()
  }
}
