import type { Clock } from '@pafka/base'

import type { CloseOptions } from '../options/close-options.ts'
import { Deadline } from './deadline.ts'

/** The end of something: it comes once, however often it is asked for. */
export class Closing {
  readonly #clock: Clock
  readonly #defaultMs: number
  #deadline: Deadline | undefined
  #ended: Promise<void> | undefined

  /** @param defaultMs that it may take where nothing else is said; or Infinity */
  constructor(clock: Clock, defaultMs: number) {
    this.#clock = clock
    this.#defaultMs = defaultMs
  }

  get hasBegun(): boolean {
    return this.#ended !== undefined
  }

  /**
   * @param options for what is still to be done; a later call may make it less, and not more
   * @param close called by the first
   */
  begin({ timeoutMs }: CloseOptions, close: (deadline: Deadline) => Promise<void>): Promise<void> {
    this.#deadline ??= new Deadline(this.#clock, this.#defaultMs)
    if (timeoutMs !== undefined) this.#deadline.shorten(timeoutMs)
    this.#ended ??= close(this.#deadline)
    return this.#ended
  }
}
