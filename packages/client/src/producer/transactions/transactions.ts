import { randomUUID } from 'node:crypto'

import type { Random } from '@pafka/base'

import type { Cluster } from '../../cluster/cluster.ts'
import { partitionKey, type TopicPartition } from '../../cluster/topic-partition.ts'
import type { VersionRange } from '../../connection/api-versions.ts'
import { clientClosed, transactionAborted } from '../../errors/client-errors.ts'
import { KafkaError } from '../../errors/kafka-error.ts'
import type { ResolvedOptions } from '../../options/resolve-options.ts'
import { within } from '../../time/sleep.ts'
import type { ProducerIdentity } from '../producer-identity.ts'
import type { ProducerSettings } from '../producer-settings.ts'
import { RecordWriter } from '../record-writer.ts'
import type { WriterTransaction } from '../writer-transaction.ts'
import type { ProcessedOffsets } from './processed-offsets.ts'
import { Transaction } from './transaction.ts'
import { TransactionCoordinator, type TransactionVersion } from './transaction-coordinator.ts'
import { isFenced, TransactionalIdentity } from './transactional-identity.ts'

export interface TransactionsParts {
  readonly cluster: Cluster
  readonly options: ResolvedOptions
  readonly random: Random
  readonly settings: ProducerSettings
}

/** The first version of Produce that makes partitions part of a transaction (KIP-890). */
const ADDING_VERSION = 12

/** For an abort, after what was under way had its time. */
const ABORT_MS = 1000

/** The transactions of one producer, one after the other. */
export class Transactions implements WriterTransaction {
  readonly id: string
  readonly #parts: TransactionsParts
  readonly #settings: ProducerSettings
  readonly #coordinator: TransactionCoordinator
  readonly #identity: TransactionalIdentity
  #writer: RecordWriter | undefined
  #last: Promise<unknown> = Promise.resolve()
  #open: Transaction | undefined
  #version: TransactionVersion = 1
  #phase: 'none' | 'open' | 'aborting' = 'none'
  #beganMs = 0
  /** Something of it is at a broker. */
  #hasBegun = false
  /** Why it cannot be committed. */
  #failure: Error | undefined
  /** Why there will be none any more. */
  #end: KafkaError | undefined
  readonly #stopped = new AbortController()
  readonly #added = new Set<string>()
  /** To be added, with those who wait for it. */
  readonly #adding = new Map<string, { place: TopicPartition; admitted: () => void }>()
  #isAdding = false

  constructor(parts: TransactionsParts) {
    this.#parts = parts
    this.#settings = { ...parts.settings, acks: 'all', idempotent: true }
    const { cluster, random, options, settings } = parts
    const { clock, timeoutMs } = options
    this.id = settings.transactionalId ?? `pafka-${randomUUID()}`
    this.#coordinator = new TransactionCoordinator({
      ...{ cluster, clock, random, timeoutMs, transactionalId: this.id },
      transactionTimeoutMs: settings.transactionTimeoutMs,
    })
    this.#identity = new TransactionalIdentity({
      coordinator: this.#coordinator,
      isOwn: settings.transactionalId === undefined,
      transactionTimeoutMs: settings.transactionTimeoutMs,
    })
  }

  // what the writer asks

  get current(): ProducerIdentity | undefined {
    return this.#phase === 'none' ? undefined : this.#identity.who
  }

  get isAborting(): boolean {
    return this.#phase === 'aborting'
  }

  get produceVersions(): VersionRange {
    return this.#version === 1 ? { max: ADDING_VERSION - 1 } : { min: ADDING_VERSION }
  }

  get(): Promise<ProducerIdentity> {
    const { current } = this
    return current === undefined ? Promise.reject(transactionAborted()) : Promise.resolve(current)
  }

  /** A transaction has one identity: what cannot go on with it is given up, and it, too. */
  spent(): void {
    const error = transactionAborted()
    this.failed(error)
    void this.#writer?.abandon(error)
  }

  admits(place: TopicPartition, admitted: () => void): boolean {
    if (this.#version === 2) {
      this.#hasBegun = true
      return true
    }
    const key = partitionKey(place)
    if (this.#added.has(key)) return true
    this.#adding.set(key, { place, admitted })
    if (!this.#isAdding) {
      this.#isAdding = true
      setImmediate(() => void this.#addPartitions())
    }
    return false
  }

  failed(error: Error): void {
    this.#failure ??= error
  }

  // what the producer asks

  begin(): Promise<Transaction> {
    const begun = Promise.withResolvers<Transaction>()
    const ended = this.#last.then(async () => {
      const done = Promise.withResolvers<void>()
      try {
        begun.resolve(await this.#begin(done.resolve))
        await done.promise
      } catch (error) {
        begun.reject(error)
      }
    })
    this.#last = ended
    return begun.promise
  }

  /** Aborts what is open, and ends. @param timeoutMs for what is being committed */
  async close(timeoutMs: number): Promise<void> {
    this.#end ??= clientClosed('producer')
    const open = this.#open
    if (open !== undefined) {
      const { clock } = this.#parts.options
      await within(clock, timeoutMs, open.abort())
      // who sends without an end is not waited for: it is aborted as soon as the broker hears of it
      this.#stopped.abort(this.#end)
      await within(clock, ABORT_MS, open.abort())
    }
    this.stop()
  }

  stop(): void {
    this.#end ??= clientClosed('producer')
    this.#stopped.abort(this.#end)
    this.#writer?.abort()
  }

  async #begin(done: () => void): Promise<Transaction> {
    this.#throwEnd()
    await this.#identity.renew()
    this.#version = await this.#coordinator.version()
    this.#throwEnd()
    this.#phase = 'open'
    this.#beganMs = this.#parts.options.clock.monotonicMs()
    this.#failure = undefined
    this.#hasBegun = false
    this.#added.clear()
    this.#writer ??= new RecordWriter({
      ...this.#parts,
      settings: this.#settings,
      transaction: this,
    })
    const ended = (): void => {
      this.#phase = 'none'
      this.#open = undefined
      done()
    }
    const transaction = new Transaction(this.#writer, {
      stopped: this.#stopped.signal,
      commit: async (processed) => this.#commit(processed).finally(ended),
      abort: async (cause) => {
        await this.#abort(cause).finally(ended)
      },
    })
    this.#open = transaction
    return transaction
  }

  async #commit(processed: ProcessedOffsets): Promise<void> {
    try {
      await this.#writer?.flush()
      this.#throwFailure()
      for (const group of processed.groups) {
        const who = await this.get()
        this.#hasBegun = true
        // oxlint-disable-next-line no-await-in-loop -- there is hardly ever more than one
        await this.#coordinator.commitOffsets(who, this.#version, group)
      }
    } catch (cause) {
      throw (await this.#abort(cause)) ?? cause
    }
    await this.#finish(true)
    processed.committed()
  }

  /** @returns why no other transaction can follow, or what became of this one */
  async #abort(cause: unknown): Promise<KafkaError | undefined> {
    this.#phase = 'aborting'
    this.#adding.clear()
    await this.#writer?.abandon(transactionAborted(cause))
    // sequences of what was given up are not used again
    this.#identity.doubt()
    try {
      await this.#finish(false)
      const { clock } = this.#parts.options
      const ageMs = clock.monotonicMs() - this.#beganMs
      return isFenced(cause) ? this.#identity.overtaken(cause, ageMs) : undefined
    } catch (error) {
      // whatever it is now, the next transaction begins with another identity, if there is one
      if (!(error instanceof KafkaError)) return undefined
      return error.kind === 'fatal' || isFenced(cause) ? error : undefined
    }
  }

  async #finish(committed: boolean): Promise<void> {
    if (this.#hasBegun) await this.#identity.end(this.#version, committed)
  }

  async #addPartitions(): Promise<void> {
    const wanted = [...this.#adding.values()]
    this.#adding.clear()
    this.#isAdding = false
    const { current } = this
    if (wanted.length === 0 || current === undefined) return
    const places = wanted.map(({ place }) => place)
    let failure: KafkaError | undefined
    try {
      this.#hasBegun = true
      await this.#coordinator.addPartitions(current, places)
    } catch (cause) {
      if (!(cause instanceof KafkaError)) throw cause
      failure = this.#identity.told(cause)
    }
    // what was asked for a transaction that was aborted meanwhile is of no concern to the next
    if (this.current !== current) return
    if (failure !== undefined) {
      this.failed(failure)
      await this.#writer?.abandon(failure)
      return
    }
    for (const place of places) this.#added.add(partitionKey(place))
    for (const { admitted } of wanted) admitted()
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  #throwEnd(): void {
    if (this.#end !== undefined) throw this.#end
  }
}
