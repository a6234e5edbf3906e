import { PafkaError } from '@pafka/base'

/**
 * What can be done about an error. `retriable`: the same again may succeed, and was tried until
 * time was up. `abortable`: the transaction must be aborted, the producer goes on. `fatal`: who got
 * it must be closed. `config`, `auth`: somebody has to change a setting. `usage`: the program does.
 */
export type KafkaErrorKind = 'retriable' | 'abortable' | 'fatal' | 'config' | 'auth' | 'usage'

/** What an error is about, as far as that is known. */
export interface KafkaErrorContext {
  /** `host:port` */
  readonly broker?: string | undefined
  readonly topic?: string | undefined
  readonly partition?: number | undefined
  /** The request, by its name in the protocol: `Produce`. */
  readonly api?: string | undefined
  readonly groupId?: string | undefined
  readonly transactionalId?: string | undefined
  /** Whom or what else, of what an admin was asked: a user, `broker 1`, `topic orders`. */
  readonly subject?: string | undefined
}

/**
 * What became of records that could not be produced: `not-written`, or `unknown` where the broker
 * may have them.
 */
export type ProduceOutcome = 'not-written' | 'unknown'

/** With its own `cause`: programs compiled for less than ES2022 have no `ErrorOptions`. */
export interface KafkaErrorOptions {
  readonly cause?: unknown
  readonly kind: KafkaErrorKind
  /** The protocol's number. */
  readonly errorCode?: number | undefined
  readonly context?: KafkaErrorContext | undefined
  readonly outcome?: ProduceOutcome | undefined
}

/** The same in each copy of this class: a program may load this package in more than one way. */
const BRAND = Symbol.for('@pafka/client KafkaError')

/** Every error of this client. `code` is stable: the protocol's name, or one of this client. */
export class KafkaError extends PafkaError {
  readonly kind: KafkaErrorKind
  /** The protocol's number, where a broker said it. */
  readonly errorCode: number | undefined
  readonly context: KafkaErrorContext
  /** Of records that were not produced, and of a transaction that was to be committed. */
  readonly outcome: ProduceOutcome | undefined

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== KafkaError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && BRAND in value
  }

  constructor(code: string, message: string, options: KafkaErrorOptions) {
    super(code, message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = options.kind
    this.errorCode = options.errorCode
    this.context = options.context ?? {}
    this.outcome = options.outcome
    // the bundler renames a class that names itself
    if (new.target === KafkaError) this.name = 'KafkaError'
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** The same, where more is known than the code says: the same again may succeed here. */
  asRetriable(): KafkaError {
    const { code, message, errorCode, context, outcome } = this
    return new KafkaError(code, message, {
      ...{ kind: 'retriable', errorCode, context, outcome, cause: this },
    })
  }

  /** The same, where what was asked for may be done nevertheless. */
  asUnknown(): KafkaError {
    return this.#with('unknown', this.context, this)
  }

  /** The same, of a record that was not even buffered. */
  asNotWritten(topic: string): KafkaError {
    return this.#with('not-written', { topic, ...this.context }, this.cause)
  }

  #with(outcome: ProduceOutcome, context: KafkaErrorContext, cause: unknown): KafkaError {
    const { code, message, kind, errorCode } = this
    return new KafkaError(code, message, { kind, errorCode, context, outcome, cause })
  }
}

/** Whether the same may be tried again. */
export function isRetriableError(error: unknown): boolean {
  return error instanceof KafkaError && error.kind === 'retriable'
}
