import { type Clock, MIB } from '@pafka/base'

import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import type { FetchMemory, FetchReader } from './fetch-memory.ts'
import { FetchReads } from './fetch-reads.ts'
import type { FetchSession } from './fetch-session.ts'
import { type SurveyedPartition, surveyPartition } from './fetch-survey.ts'
import { ReadAhead } from './read-ahead.ts'

/** A consumer that gets less at a time is at the tail, or slow: it gains nothing. */
const WORTH_BYTES = MIB

export interface ReadAheadsOptions {
  readonly topics: TopicCatalog
  readonly memory: FetchMemory
  readonly clock: Clock
}

/** How a fetch asks; the next one of its session is expected to ask alike. */
export interface FetchTerms {
  readonly reader: FetchReader
  /** The most that the consumer would take. */
  readonly maxBytes: number
  /** Whether topics are named by id. */
  readonly byId: boolean
}

/** What sessions are expected to want next, at most one read ahead each. */
export class ReadAheads {
  readonly #options: ReadAheadsOptions
  readonly #bySession = new WeakMap<FetchSession, ReadAhead>()

  constructor(options: ReadAheadsOptions) {
    this.#options = options
  }

  /** @returns what was read for just this, bound to `surveyed`; undefined to read anew. */
  async take(
    session: FetchSession,
    surveyed: readonly SurveyedPartition[],
    { maxBytes }: FetchTerms,
  ): Promise<FetchReads | undefined> {
    const reads = await this.#bySession.get(session)?.take(surveyed, maxBytes)
    return reads?.rebind(surveyed)
  }

  /**
   * Begins to read what a session will ask for after an answer, unless that is little or memory is
   * short: disk and broker work while the consumer does.
   */
  start(session: FetchSession, answered: FetchReads, terms: FetchTerms): void {
    const { topics, memory, clock } = this.#options
    if (answered.bytes < WORTH_BYTES || !memory.isRoomy) return
    const nextOffsets = new Map(
      answered.partitions.map(({ surveyed, read }) => [surveyed.asked.key, read?.nextOffset]),
    )
    let availableBytes = 0
    const expected = Array.from(session.partitions.values(), (asked) => {
      const fetchOffset = nextOffsets.get(asked.key) ?? asked.fetchOffset
      const surveyed = surveyPartition({ ...asked, fetchOffset }, topics, terms.byId)
      availableBytes += Math.min(surveyed.availableBytes, asked.maxBytes)
      return surveyed
    })
    if (availableBytes < WORTH_BYTES) return
    const { reader, maxBytes } = terms
    const lease = memory.leaseAhead(reader, { maxBytes, expectedBytes: availableBytes })
    if (lease === undefined) return
    const reads = new FetchReads(lease)
    const reading = reads.readAll(expected).then(() => reads)
    reading.catch(() => {}) // whoever takes it sees the failure; given up, it does not matter
    this.#bySession.set(session, new ReadAhead(expected, maxBytes, { reading, clock }))
  }
}
