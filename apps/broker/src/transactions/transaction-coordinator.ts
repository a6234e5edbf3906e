import { assert, type Clock, type Logger, messageOf, type Timer } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import { type CoordinatorLog, partitionOfKey } from '../coordinator-log/coordinator-log.ts'
import { PartitionLoader } from '../coordinator-log/partition-loader.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import { type AddPartitions, addPartitions, verifyPartition } from './add-partitions.ts'
import { completed, type EndTransaction, endTransaction } from './end-transaction.ts'
import { type InitProducer, initProducer } from './init-producer.ts'
import type { MarkerWriter } from './marker-writer.ts'
import {
  isIdle,
  isPreparing,
  newMetadata,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type ProducerClaim,
  type TransactionMetadata,
  TransactionState,
} from './transaction-metadata.ts'
import { TransactionReplay } from './transaction-replay.ts'
import { TransactionSteps } from './transaction-steps.ts'
import {
  isListed,
  type ListedTransaction,
  stateName,
  type TransactionFilter,
} from './transaction-view.ts'
import { PATIENCE_MS, TransactionalId } from './transactional-id.ts'
import type { Answer } from './turns.ts'

export interface TransactionCoordinatorOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly log: CoordinatorLog
  readonly markers: MarkerWriter
  /** Rejects when none can be reserved. */
  readonly nextProducerId: () => Promise<number>
  /** `transaction.max.timeout.ms` */
  readonly maxTimeoutMs: number
  /** `transactional.id.expiration.ms` */
  readonly expirationMs: number
  /** `transaction.abort.timed.out.transaction.cleanup.interval.ms` */
  readonly abortIntervalMs: number
  /** `transaction.remove.expired.transaction.cleanup.interval.ms` */
  readonly expireIntervalMs: number
}

/** A producer as it may go on, or why not. */
export interface ProducerAnswer extends ProducerClaim {
  readonly errorCode: ErrorCode
}

export type InitRequest = Pick<InitProducer, 'timeoutMs' | 'expected'>
export type AddRequest = Omit<AddPartitions, 'nowMs'>
export type EndRequest = Omit<EndTransaction, 'nowMs' | 'newProducerId'>

/**
 * The coordinator of all transactions of this broker. What happens to a transactional id happens in
 * turns: a request waits until what came before it is in the log, markers included, for a while.
 */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions
  readonly #ids = new Map<string, TransactionalId>()
  readonly #steps: TransactionSteps
  readonly #sweeps = new Map<string, Timer>()
  #loader: PartitionLoader | undefined
  #isStopped = false

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
    this.#steps = new TransactionSteps(options)
  }

  /** Begins to read what the log holds; requests are taken from now on. */
  start(): void {
    const { clock, logger, log, abortIntervalMs, expireIntervalMs } = this.#options
    this.#loader = new PartitionLoader({
      clock,
      logger,
      log,
      what: 'transactions',
      replayOf: () => new TransactionReplay((found) => this.#loaded(found)),
    })
    void this.#loader.loadAll()
    this.#sweepEvery(abortIntervalMs, 'abort', () => this.#abortLate())
    this.#sweepEvery(expireIntervalMs, 'expire', () => this.#expire())
  }

  stop(): void {
    this.#isStopped = true
    for (const timer of this.#sweeps.values()) timer.cancel()
    this.#options.markers.stop()
  }

  /** Creates the topic that transactions are kept in, as FindCoordinator does. */
  ensureReady(): Promise<ErrorCode> {
    if (this.#isStopped) return Promise.resolve(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    return this.#options.log.ensureCreated()
  }

  /** Fences who had the id before, and aborts what it left open. */
  initProducer(transactionalId: string, asked: InitRequest): Promise<ProducerAnswer> {
    const { timeoutMs } = asked
    if (timeoutMs <= 0 || timeoutMs > this.#options.maxTimeoutMs) {
      return Promise.resolve(noProducer(ErrorCode.INVALID_TRANSACTION_TIMEOUT))
    }
    return this.#inTurn(transactionalId, noProducer, async (id, answer) => {
      id.metadata ??= await this.#newMetadata(transactionalId, timeoutMs)
      if (id.metadata === undefined) return answer(noProducer(COME_AGAIN))
      let next = await this.#decideInit(id.metadata, asked)
      if (next === 'abort') {
        const errorCode = await this.#abortInTime(id, id.metadata, () =>
          answer(noProducer(ErrorCode.CONCURRENT_TRANSACTIONS)),
        )
        if (errorCode !== ErrorCode.NONE) return answer(noProducer(errorCode))
        next = await this.#decideInit(id.metadata, asked)
      }
      if (next === 'abort') return answer(noProducer(ErrorCode.CONCURRENT_TRANSACTIONS))
      if (typeof next === 'number') return answer(noProducer(next))
      answer(producerOf(next, await this.#steps.write(id, next)))
    })
  }

  /** NONE when the partitions are in the transaction, which begins with the first of them. */
  addPartitions(transactionalId: string, asked: AddRequest): Promise<ErrorCode> {
    return this.#inTurn(transactionalId, refused, async (id, answer) => {
      const { metadata } = id
      if (metadata === undefined) return answer(ErrorCode.INVALID_PRODUCER_ID_MAPPING)
      const next = addPartitions(metadata, { ...asked, nowMs: this.#nowMs() })
      answer(typeof next === 'number' ? next : await this.#steps.write(id, next))
    })
  }

  /** Whether partitions are in the transaction that runs. @returns one code for each, in order */
  verify(
    transactionalId: string,
    claim: ProducerClaim,
    partitions: readonly TopicPartition[],
  ): Promise<readonly ErrorCode[]> {
    const all = (errorCode: ErrorCode): ErrorCode[] => partitions.map(() => errorCode)
    return this.#inTurn(transactionalId, all, async ({ metadata }, answer) => {
      if (metadata === undefined) return answer(all(ErrorCode.INVALID_PRODUCER_ID_MAPPING))
      answer(partitions.map((one) => verifyPartition(metadata, claim, one)))
    })
  }

  /** As `verify` says now: no marker of the transaction was written to the partition yet. */
  isIn(transactionalId: string, claim: ProducerClaim, partition: TopicPartition): boolean {
    const metadata = this.#ids.get(transactionalId)?.metadata
    if (metadata === undefined) return false
    return verifyPartition(metadata, claim, partition) === ErrorCode.NONE
  }

  /**
   * Answers when it is certain how the transaction ends; its markers are written after, and before
   * anything else happens to the id.
   * @returns the producer as it goes on from here
   */
  endTransaction(transactionalId: string, asked: EndRequest): Promise<ProducerAnswer> {
    return this.#inTurn(transactionalId, noProducer, async (id, answer) => {
      const { metadata } = id
      if (metadata === undefined) {
        return answer(noProducer(ErrorCode.INVALID_PRODUCER_ID_MAPPING))
      }
      const next = await this.#withProducerId((newProducerId) =>
        endTransaction(metadata, { ...asked, newProducerId, nowMs: this.#nowMs() }),
      )
      if (next === ErrorCode.NONE) return answer(producerOf(metadata, next))
      if (typeof next === 'number') return answer(noProducer(next))
      const errorCode = await this.#steps.write(id, next)
      answer(producerOf(completed(next, 0), errorCode))
      if (errorCode === ErrorCode.NONE) await this.#steps.complete(id, next)
    })
  }

  /** @returns a code instead, TRANSACTIONAL_ID_NOT_FOUND for one that is not known */
  async describe(transactionalId: string): Promise<TransactionMetadata | ErrorCode> {
    if (transactionalId === '') return ErrorCode.INVALID_REQUEST
    const errorCode = await this.#ready(transactionalId)
    if (errorCode !== ErrorCode.NONE) return errorCode
    return this.#ids.get(transactionalId)?.metadata ?? ErrorCode.TRANSACTIONAL_ID_NOT_FOUND
  }

  /** @returns a code instead while not everything is read */
  async list(filter: TransactionFilter): Promise<readonly ListedTransaction[] | ErrorCode> {
    const loader = this.#loader
    if (loader === undefined || this.#isStopped) return ErrorCode.COORDINATOR_NOT_AVAILABLE
    if (!loader.isAllLoaded && !(await loader.allReady())) {
      return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    }
    const nowMs = this.#nowMs()
    return this.#known()
      .filter((metadata) => isListed(metadata, filter, nowMs))
      .map((metadata) => ({
        transactionalId: metadata.transactionalId,
        producerId: metadata.producerId,
        transactionState: stateName(metadata),
      }))
  }

  /** Runs `work` when what came before it for the id has ended, or answers with a refusal. */
  async #inTurn<T>(
    transactionalId: string,
    refuse: (errorCode: ErrorCode) => T,
    work: (id: TransactionalId, answer: Answer<T>) => Promise<void>,
  ): Promise<T> {
    if (transactionalId === '') return refuse(ErrorCode.INVALID_REQUEST)
    const errorCode = await this.#ready(transactionalId)
    if (errorCode !== ErrorCode.NONE) return refuse(errorCode)
    let id = this.#ids.get(transactionalId)
    if (id === undefined) {
      id = new TransactionalId(this.#options.clock)
      this.#ids.set(transactionalId, id)
    }
    const found = id
    return found.turns.run(
      () => refuse(ErrorCode.CONCURRENT_TRANSACTIONS),
      async (answer) => {
        try {
          await work(found, answer)
        } finally {
          this.#forgetUnwritten(transactionalId, found)
        }
      },
    )
  }

  /** Who asks for an id that nobody has leaves nothing behind. */
  #forgetUnwritten(transactionalId: string, { metadata, turns }: TransactionalId): void {
    const isNew = metadata === undefined || metadata.producerEpoch === NO_PRODUCER_EPOCH
    if (isNew && !turns.isAwaited) this.#ids.delete(transactionalId)
  }

  #ready(transactionalId: string): Promise<ErrorCode> | ErrorCode {
    const { log } = this.#options
    const loader = this.#loader
    if (loader === undefined || this.#isStopped) return ErrorCode.COORDINATOR_NOT_AVAILABLE
    const partition = partitionOfKey(transactionalId, log.partitionCount)
    return loader.isLoaded(partition) ? ErrorCode.NONE : loader.ready(partition)
  }

  #loaded(found: readonly TransactionMetadata[]): void {
    for (const metadata of found) {
      const id = new TransactionalId(this.#options.clock, metadata)
      this.#ids.set(metadata.transactionalId, id)
      if (!isPreparing(metadata)) continue
      void id.turns.run(noAnswer, async () => void (await this.#steps.complete(id, metadata)))
    }
  }

  async #newMetadata(
    transactionalId: string,
    timeoutMs: number,
  ): Promise<TransactionMetadata | undefined> {
    const producerId = await this.#freshProducerId()
    if (producerId === undefined) return undefined
    return newMetadata(transactionalId, producerId, timeoutMs, this.#nowMs())
  }

  #decideInit(
    metadata: TransactionMetadata,
    asked: InitRequest,
  ): Promise<TransactionMetadata | ErrorCode | 'abort'> {
    return this.#withProducerId((newProducerId) =>
      initProducer(metadata, { ...asked, newProducerId, nowMs: this.#nowMs() }),
    )
  }

  /**
   * Aborts what a producer left open. Where its markers cannot be written for now, that goes on.
   * @param tooLate called when it takes longer than a client waits for its turn
   */
  async #abortInTime(
    id: TransactionalId,
    metadata: TransactionMetadata,
    tooLate: () => void,
  ): Promise<ErrorCode> {
    let isLate = false
    const limit = this.#options.clock.setTimer(PATIENCE_MS, () => {
      isLate = true
      tooLate()
    })
    const errorCode = await this.#steps.abort(id, metadata)
    limit.cancel()
    return isLate ? ErrorCode.CONCURRENT_TRANSACTIONS : errorCode
  }

  /** Decides again with a fresh producer id where one is wanted. */
  async #withProducerId<T>(
    decide: (newProducerId: number | undefined) => T | 'producer-id',
  ): Promise<T | ErrorCode> {
    const outcome = decide(undefined)
    if (outcome !== 'producer-id') return outcome
    const producerId = await this.#freshProducerId()
    if (producerId === undefined) return COME_AGAIN
    const again = decide(producerId)
    assert(again !== 'producer-id', 'a producer id is asked for once')
    return again
  }

  async #freshProducerId(): Promise<number | undefined> {
    try {
      return await this.#options.nextProducerId()
    } catch (error) {
      const cause = messageOf(error)
      this.#options.logger.error('producer-id-not-reserved', { cause })
      return undefined
    }
  }

  #sweepEvery(intervalMs: number, name: string, sweep: () => void): void {
    const timer = this.#options.clock.setTimer(intervalMs, () => {
      sweep()
      this.#sweepEvery(intervalMs, name, sweep)
    })
    this.#sweeps.set(name, timer)
  }

  #abortLate(): void {
    const isLate = ({ state, startMs, timeoutMs }: TransactionMetadata): boolean =>
      state === TransactionState.Ongoing && startMs + timeoutMs < this.#nowMs()
    for (const { transactionalId } of this.#known().filter(isLate)) {
      const id = this.#ids.get(transactionalId)
      void id?.turns.run(noAnswer, async () => {
        const { metadata } = id
        if (metadata === undefined || !isLate(metadata)) return // it ended just so
        const { producerId, timeoutMs } = metadata
        this.#options.logger.info('transaction-timed-out', {
          transactionalId,
          producerId,
          timeoutMs,
        })
        await this.#steps.abort(id, metadata)
      })
    }
  }

  #expire(): void {
    const { expirationMs, logger } = this.#options
    const isExpired = (metadata: TransactionMetadata): boolean =>
      isIdle(metadata) && metadata.lastUpdateMs + expirationMs <= this.#nowMs()
    for (const { transactionalId } of this.#known().filter(isExpired)) {
      const id = this.#ids.get(transactionalId)
      void id?.turns.run(noAnswer, async () => {
        if (id.metadata === undefined || !isExpired(id.metadata)) return
        if (!(await this.#steps.forget(id, transactionalId))) return
        this.#forgetUnwritten(transactionalId, id)
        logger.info('transactional-id-expired', { transactionalId })
      })
    }
  }

  #known(): TransactionMetadata[] {
    return [...this.#ids.values()].flatMap(({ metadata }) => metadata ?? [])
  }

  #nowMs(): number {
    return this.#options.clock.nowMs()
  }
}

/** No producer id can be had now: clients try again. */
const COME_AGAIN = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS

function refused(errorCode: ErrorCode): ErrorCode {
  return errorCode
}

function noAnswer(): void {}

function noProducer(errorCode: ErrorCode): ProducerAnswer {
  return { errorCode, producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }
}

function producerOf(
  { producerId, producerEpoch }: TransactionMetadata,
  errorCode: ErrorCode,
): ProducerAnswer {
  return errorCode === ErrorCode.NONE
    ? { errorCode, producerId, producerEpoch }
    : noProducer(errorCode)
}
