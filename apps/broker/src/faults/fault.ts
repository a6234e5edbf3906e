import { assert, PafkaError } from '@pafka/base'

import type { FaultApi } from './fault-apis.ts'

/** A fault that was ordered: so many requests of one API will not be served as they should be. */
export interface Fault {
  readonly api: FaultApi
  /** What was ordered, in words: `Produce answered with NOT_LEADER_OR_FOLLOWER, 2 times`. */
  readonly description: string
  /** Requests that it is still waiting for. */
  readonly remaining: number
  /**
   * Settles when the last of its requests came in, or, where a request takes effect, when it has.
   * Rejects when the fault is cleared or its broker stops before that.
   */
  readonly used: Promise<void>
  /** Takes it back: no further request meets it. */
  clear(): void
}

export interface FaultOrder {
  readonly api: FaultApi
  readonly description: string
  readonly times: number
  /** Called when it waits for no request any more. */
  readonly onSpent: (fault: OrderedFault) => void
}

/** Counts the requests that met a fault, and tells when it is used up. */
export class OrderedFault implements Fault {
  readonly api: FaultApi
  readonly description: string
  readonly used: Promise<void>
  readonly #onSpent: (fault: OrderedFault) => void
  readonly #settleUsed: { resolve(): void; reject(error: PafkaError): void }
  #remaining: number
  #unfinished: number

  constructor({ api, description, times, onSpent }: FaultOrder) {
    this.api = api
    this.description = description
    this.#remaining = times
    this.#unfinished = times
    this.#onSpent = onSpent
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.used = promise
    this.#settleUsed = { resolve, reject }
    promise.catch(() => {}) // who does not ask whether it was used need not be told that it was not
  }

  get remaining(): number {
    return this.#remaining
  }

  /** One more request met it; `finish` is called when all that is to happen has happened. */
  meet(): void {
    assert(this.#remaining > 0, 'a fault that is used up meets no request')
    this.#remaining -= 1
    if (this.#remaining === 0) this.#onSpent(this)
  }

  finish(): void {
    this.#unfinished -= 1
    assert(this.#unfinished >= this.#remaining, 'a request finishes once, after it was met')
    if (this.#unfinished === 0) this.#settleUsed.resolve()
  }

  clear(): void {
    if (this.#remaining === 0) return
    const { description } = this
    const left = `${this.#remaining} of these requests never came`
    this.#remaining = 0
    this.#onSpent(this)
    this.#settleUsed.reject(new PafkaError('FAULT_NOT_MET', `${description}: ${left}`))
  }
}
