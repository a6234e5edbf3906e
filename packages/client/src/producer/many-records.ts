import type { KafkaError } from '../errors/kafka-error.ts'
import { Bell } from '../time/bell.ts'
import type { Delivery } from './produce-batch.ts'

/** What became of many records that somebody waits for together. */
export class ManyRecords implements Delivery {
  #pending = 0
  #acknowledged = 0
  #error: KafkaError | undefined
  #isStopped = false
  readonly #end = new Bell()

  get acknowledged(): number {
    return this.#acknowledged
  }

  /** Of the first that failed. */
  get error(): KafkaError | undefined {
    return this.#error
  }

  /** No more are to be added. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** What is to be added still never will be. */
  stop(error?: KafkaError): void {
    this.#isStopped = true
    this.#error ??= error
  }

  added(): void {
    this.#pending += 1
  }

  settled(count: number, error: KafkaError | undefined): void {
    this.#pending -= count
    if (error === undefined) this.#acknowledged += count
    else this.#error ??= error
    if (this.#pending === 0) this.#end.ring()
  }

  /** Ends when all have an end that were added so far. */
  ended(): Promise<void> {
    return this.#pending === 0 ? Promise.resolve() : this.#end.heard()
  }

  /** @returns the error that nobody was told yet */
  takeError(): KafkaError | undefined {
    const error = this.#error
    this.#error = undefined
    return error
  }
}
