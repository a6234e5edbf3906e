import type { Clock } from '@pafka/base'

import type { RecordSequence } from '../../consumer/fetched-batch.ts'
import type { PartitionReader } from '../../consumer/partition-reader.ts'
import type { RecordFlow, StartPoint, TakenBatch } from '../../consumer/record-flow.ts'
import { sleep } from '../../time/sleep.ts'
import { KafkaJSNumberOfRetriesExceeded } from '../errors/connection-errors.ts'
import { KafkaJSError, KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import { toKafkaJSError } from '../errors/to-kafkajs-error.ts'
import type { EventEmitter } from '../events/emitter.ts'
import type { Logger } from '../logger-types.ts'
import { type RetryTerms, retryWaitMs } from '../retry-terms.ts'
import type { KafkaMessage } from '../topic-types.ts'
import { BatchHandler } from './batch-handler.ts'
import type { ConsumerRunConfig } from './consumer-types.ts'
import { messageOf } from './kafka-message.ts'
import { MessageBatch } from './message-batch.ts'
import type { OffsetKeeper } from './offset-keeper.ts'
import type { OwnedPartition } from './owned-partition.ts'

/** Faults of the program, which do not pass. */
const FAULTS = new Set(['RangeError', 'ReferenceError', 'SyntaxError', 'TypeError'])

/** The group goes on with another generation: nothing is wrong. */
const REBALANCES = new Set([
  'REBALANCE_IN_PROGRESS',
  'NOT_COORDINATOR_FOR_GROUP',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
])

/** As long as a fetch takes, about: what is handed out again comes from memory. */
const AGAIN_WAIT_MS = 1
/** Before the same is handed out again, since nothing of it was resolved. */
const UNRESOLVED_WAIT_MS = 10

export interface RunLoopsOptions {
  readonly flow: RecordFlow
  readonly offsets: OffsetKeeper
  readonly config: ConsumerRunConfig
  readonly retry: RetryTerms
  readonly clock: Clock
  readonly events: EventEmitter
  readonly logger: Logger
  readonly ownerOf: (reader: PartitionReader) => OwnedPartition | undefined
  readonly isPaused: (own: OwnedPartition) => boolean
  readonly pause: (own: OwnedPartition) => () => void
  /** Where the program wants to go on. */
  readonly takeSought: (own: OwnedPartition) => StartPoint | undefined
  readonly crashed: (error: unknown) => void
}

/** Hands to the program what is fetched: as many partitions at a time as it wants. */
export class RunLoops {
  readonly #options: RunLoopsOptions
  readonly #handler: BatchHandler
  readonly #stopped = new AbortController()
  #running: Promise<void>[] = []

  constructor(options: RunLoopsOptions) {
    this.#options = options
    this.#handler = new BatchHandler({
      ...options,
      logger: options.logger.namespace('Runner'),
      isRunning: () => !this.#stopped.signal.aborted,
    })
  }

  /** Once. */
  start(): void {
    if (this.#running.length > 0 || this.#stopped.signal.aborted) return
    const { partitionsConsumedConcurrently: concurrency = 1 } = this.#options.config
    this.#running = Array.from({ length: Math.max(1, concurrency) }, async () => this.#run())
  }

  /** Ends when what is being handled has an end. */
  async stop(): Promise<void> {
    this.#stopped.abort(new KafkaJSNonRetriableError('The consumer is stopped'))
    this.#options.flow.close()
    await Promise.all(this.#running)
  }

  /** Gives no more of it while the program has some, or wants none. */
  settle(own: OwnedPartition): void {
    const { flow, isPaused } = this.#options
    if (own.reader === undefined || own.isEnded) return
    if (isPaused(own)) flow.pause(own.reader, false)
    else if (own.isBusy) flow.pause(own.reader, true)
    else flow.resume(own.reader)
  }

  /** Goes on behind what is resolved, or where the program wants. @param endOffset of the batch */
  goOn(own: OwnedPartition, endOffset: number | undefined): void {
    const { flow, offsets, takeSought } = this.#options
    if (own.reader === undefined || own.isEnded) return
    const sought = takeSought(own)
    own.isSought = false
    if (sought !== undefined) {
      const offset = typeof sought === 'object' && 'offset' in sought ? sought.offset : undefined
      offsets.ledger.seek(own.place, offset)
      flow.seek(own.reader, sought)
      // whoever joins the group next goes on there, too
      offsets.autoCommit().catch(() => {})
    } else if (endOffset !== undefined) {
      const offset = offsets.ledger.nextOffset(own.place) ?? endOffset
      if (offset === endOffset) own.reader.settle()
      else flow.seek(own.reader, { offset })
    }
    this.settle(own)
  }

  async #run(): Promise<void> {
    const { flow, ownerOf, crashed } = this.#options
    while (!this.#stopped.signal.aborted) {
      try {
        const taken = flow.take()
        // oxlint-disable-next-line no-await-in-loop -- this is the wait
        if (taken === undefined) await flow.changed()
        const own = taken && ownerOf(taken.reader)
        if (taken === undefined || own?.reader !== taken.reader) continue
        // oxlint-disable-next-line no-await-in-loop -- one batch after the other
        await this.#handle(own, taken)
      } catch (error) {
        crashed(error)
        return
      }
    }
  }

  async #handle(own: OwnedPartition, taken: TakenBatch): Promise<void> {
    const { ledger } = this.#options.offsets
    own.isBusy = true
    this.settle(own)
    let endOffset: number | undefined
    let firstOffset: number | undefined
    try {
      const batch = batchOf(own, taken)
      endOffset = Number(batch.lastOffset()) + 1
      const first = batch.firstOffset()
      if (first !== null) {
        firstOffset = Number(first)
        if (ledger.nextOffset(own.place) === undefined) ledger.committed(own.place, firstOffset)
      }
      await this.#handler.handle(own, batch)
      own.failures = 0
    } catch (error) {
      await this.#failed(own, error)
    } finally {
      await this.#letOthers(own, firstOffset, endOffset)
      own.isBusy = false
      this.goOn(own, endOffset)
    }
  }

  /**
   * Timers, sockets and `stop` have their turn before something is handed out again: a handler
   * that resolves nothing, or seeks back, would be called for ever without one.
   */
  async #letOthers(own: OwnedPartition, first = -1, endOffset = Infinity): Promise<void> {
    const { offsets, clock } = this.#options
    if (own.isEnded) return
    const offset = offsets.ledger.nextOffset(own.place) ?? endOffset
    if (!own.isSought && offset === endOffset) return
    const isStuck = !own.isSought && offset <= first
    const waitMs = isStuck ? UNRESOLVED_WAIT_MS : AGAIN_WAIT_MS
    await sleep(clock, waitMs, this.#stopped.signal).catch(() => {})
  }

  /** Waits before it is tried again. @throws when it is not to be tried again */
  async #failed(own: OwnedPartition, cause: unknown): Promise<void> {
    const error = toKafkaJSError(cause)
    if (own.isEnded || ('type' in error && REBALANCES.has(String(error.type)))) return
    const { retry, clock } = this.#options
    const isFinal = error instanceof KafkaJSError && !error.retriable
    const reason = error.cause instanceof Error ? error.cause : error
    if (isFinal || FAULTS.has(error.name)) {
      throw new KafkaJSNonRetriableError(error, { cause: reason })
    }
    own.failures += 1
    const retryTime = retryWaitMs(retry, own.failures)
    if (own.failures > retry.retries) {
      throw new KafkaJSNumberOfRetriesExceeded(error, { retryCount: retry.retries, retryTime })
    }
    await sleep(clock, retryTime, this.#stopped.signal).catch(() => {})
  }
}

/** All that was fetched of the partition, and nobody took. */
function batchOf(own: OwnedPartition, { reader, batch }: TakenBatch): MessageBatch {
  const messages: KafkaMessage[] = []
  let { lastOffset } = batch
  for (let next: RecordSequence | undefined = batch; next !== undefined; next = nextOf(reader)) {
    ;({ lastOffset } = next)
    for (let one = next.next(own.source); one !== undefined; one = next.next(own.source)) {
      messages.push(messageOf(one))
    }
  }
  // markers of transactions, and what compaction removed, are behind it then
  if (!reader.isReady) lastOffset = Math.max(lastOffset, reader.fetchOffset - 1)
  const { topic, partition } = own.place
  const { highWatermark } = reader
  return new MessageBatch({ topic, partition, highWatermark, lastOffset, messages })
}

/** What is damaged behind it is told when all before it is handled. */
function nextOf(reader: PartitionReader): RecordSequence | undefined {
  try {
    return reader.take()
  } catch {
    return undefined
  }
}
