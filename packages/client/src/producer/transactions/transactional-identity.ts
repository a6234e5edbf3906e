import { ErrorCode } from '@pafka/protocol'

import { isRetriableError, KafkaError } from '../../errors/kafka-error.ts'
import type { ProducerIdentity } from '../producer-identity.ts'
import type { TransactionCoordinator, TransactionVersion } from './transaction-coordinator.ts'

const FENCED: ReadonlySet<number | undefined> = new Set<number | undefined>([
  ErrorCode.PRODUCER_FENCED,
  ErrorCode.INVALID_PRODUCER_EPOCH,
])

export interface TransactionalIdentityOptions {
  readonly coordinator: TransactionCoordinator
  /** Nobody else has the id: who is fenced was so by the broker, for being late. */
  readonly isOwn: boolean
  readonly transactionTimeoutMs: number
}

/** Who a producer of transactions is, from one transaction to the next. */
export class TransactionalIdentity {
  readonly #options: TransactionalIdentityOptions
  #who: ProducerIdentity | undefined
  /** Its sequences go on where they were. */
  #isSure = false
  /** The end of a transaction was not answered. */
  #unanswered: TransactionVersion | undefined
  #fenced: KafkaError | undefined

  constructor(options: TransactionalIdentityOptions) {
    this.#options = options
  }

  /** As it was known last. */
  get who(): ProducerIdentity | undefined {
    return this.#who
  }

  /** For a new transaction. @throws {KafkaError} PRODUCER_FENCED */
  async renew(): Promise<ProducerIdentity> {
    if (this.#fenced !== undefined) throw this.#fenced
    await this.#endUnanswered()
    if (this.#who === undefined || !this.#isSure) this.#who = await this.#initialise()
    return this.#who
  }

  /** Batches with its sequences were given up. */
  doubt(): void {
    this.#isSure = false
  }

  /** @throws {KafkaError} when it did not end so, or that is not known */
  async end(version: TransactionVersion, committed: boolean): Promise<void> {
    if (this.#who === undefined) return
    try {
      await this.#end(this.#who, version, committed)
    } catch (error) {
      this.#isSure = false
      const isUnknown = committed && error instanceof KafkaError && error.outcome === 'unknown'
      if (isEnded(error)) {
        const why = await this.#whyEnded(error)
        throw isUnknown ? why.asUnknown() : why
      }
      if (!isUnknown) throw error
      this.#unanswered = version
      throw outcomeUnknown(error)
    }
  }

  /** Who has an id of its own is fenced for being late, and for nothing else. */
  told(error: KafkaError): KafkaError {
    return this.#options.isOwn && isFenced(error) ? this.#timedOut(error) : error
  }

  /**
   * Its epoch is over, though it could end the transaction. That looks the same for who was late
   * and for whom somebody else with the id overtakes: the broker is at it.
   * @param ageMs of the transaction: no broker has a younger one time out
   */
  overtaken(cause: KafkaError, ageMs: number): KafkaError {
    const { isOwn, transactionTimeoutMs } = this.#options
    if (isOwn || ageMs >= transactionTimeoutMs) return this.#timedOut(cause)
    this.#fenced = fenced(cause)
    return this.#fenced
  }

  /** @param cause how it showed */
  #timedOut(cause: KafkaError): KafkaError {
    const { transactionTimeoutMs } = this.#options
    const text = `The broker aborted the transaction after ${transactionTimeoutMs} ms.`
    return new KafkaError('TRANSACTION_TIMED_OUT', text, { kind: 'abortable', cause })
  }

  async #end(
    who: ProducerIdentity,
    version: TransactionVersion,
    committed: boolean,
  ): Promise<void> {
    const next = await this.#options.coordinator.end(who, version, committed)
    this.#who = next
    // in the second way each end has a new epoch, and sequences begin anew
    if (version === 2) this.#isSure = true
  }

  /** What is not committed by now never will be. */
  async #endUnanswered(): Promise<void> {
    const version = this.#unanswered
    if (version === undefined || this.#who === undefined) return
    try {
      await this.#end(this.#who, version, false)
    } catch (error) {
      // it has ended already, one way or the other
      if (isRetriableError(error)) throw error
    }
    this.#unanswered = undefined
  }

  async #initialise(): Promise<ProducerIdentity> {
    const { coordinator, isOwn } = this.#options
    try {
      const who = await coordinator.initialise(isOwn ? undefined : this.#who)
      this.#isSure = true
      return who
    } catch (error) {
      if (!isFenced(error)) throw error
      this.#fenced = fenced(error)
      throw this.#fenced
    }
  }

  /** The broker ended the transaction, or somebody else has the id now. */
  async #whyEnded(cause: KafkaError): Promise<KafkaError> {
    if (!this.#options.isOwn && isFenced(cause)) {
      // to ask for another identity would end what the one does who has the id now
      this.#fenced = fenced(cause)
      return this.#fenced
    }
    try {
      this.#who = await this.#initialise()
    } catch (error) {
      return error instanceof KafkaError ? error : cause
    }
    return this.#timedOut(cause)
  }
}

/** The broker knows another epoch of this producer. */
export function isFenced(error: unknown): error is KafkaError {
  return error instanceof KafkaError && FENCED.has(error.errorCode)
}

/** There is no transaction of this producer any more. */
function isEnded(error: unknown): error is KafkaError {
  if (isFenced(error)) return true
  return error instanceof KafkaError && error.errorCode === ErrorCode.INVALID_TXN_STATE
}

function fenced(cause: KafkaError): KafkaError {
  const text = 'Another producer has the transactional id now.'
  const { errorCode, context } = cause
  return new KafkaError('PRODUCER_FENCED', text, { kind: 'fatal', errorCode, context, cause })
}

function outcomeUnknown(cause: KafkaError): KafkaError {
  const text = 'It is not known whether the transaction was committed.'
  const { kind, errorCode, context } = cause
  return new KafkaError('TRANSACTION_OUTCOME_UNKNOWN', text, {
    ...{ kind, errorCode, context, outcome: 'unknown', cause },
  })
}
