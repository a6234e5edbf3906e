import { StorageError } from '@pafka/base'

import { isOutOfSpace } from '../files/as-error.ts'

/** `failed` for good, or `full` until a repair cut what was not written and writing works again. */
type State = 'online' | 'full' | 'failed' | 'closed'

/** Whether a log takes appends, and why not. */
export class LogHealth {
  state: State = 'online'
  error: StorageError | undefined
  /** Committed bytes cannot get into a segment for now: no more are taken. */
  #stuck: StorageError | undefined

  get isWell(): boolean {
    return this.state === 'online' && this.#stuck === undefined
  }

  /** Whether segments may go: that of a full disk, where appends are refused, too. */
  get mayDelete(): boolean {
    if (this.#stuck !== undefined && !isOutOfSpace(this.#stuck)) return false
    return this.state === 'online' || this.state === 'full'
  }

  /** Undefined while it is well. */
  get cause(): StorageError | undefined {
    return this.error ?? this.#stuck
  }

  /** @param isPassing until a repair */
  failed(error: StorageError, isPassing = false): void {
    this.state = isPassing ? 'full' : 'failed'
    this.error = error
  }

  /** No appends from now on, until `state` is set again. Where it rejects, all is as before. */
  async pausedFor<T>(action: () => Promise<T>): Promise<T> {
    const { state } = this
    this.state = 'full'
    try {
      return await action()
    } catch (error) {
      if (this.state === 'full') this.state = state
      throw error
    }
  }

  repaired(): void {
    this.state = 'online'
    this.error = undefined
  }

  closed(reason: string): StorageError {
    this.state = 'closed'
    this.error ??= new StorageError(reason)
    return this.error
  }

  /** Only a full disk passes; all else lasts until the next start. */
  stuck(error: StorageError): void {
    if (this.#stuck === undefined || isOutOfSpace(this.#stuck)) this.#stuck = error
  }

  unstuck(): void {
    if (isOutOfSpace(this.#stuck)) this.#stuck = undefined
  }
}
