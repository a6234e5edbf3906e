/** Bounds what is buffered: who finds it used up waits, in order, until enough was sent. */
export class BufferBudget {
  readonly limitBytes: number
  #usedBytes = 0
  #freed: PromiseWithResolvers<void> | undefined

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** The last to come in may pass the limit, by one record. */
  get isFull(): boolean {
    return this.#usedBytes >= this.limitBytes
  }

  take(bytes: number): void {
    this.#usedBytes += bytes
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes
    if (this.isFull || this.#freed === undefined) return
    this.#freed.resolve()
    this.#freed = undefined
  }

  /** Ends when there is room, which others may have taken then: look again. */
  freed(): Promise<void> {
    if (!this.isFull) return Promise.resolve()
    this.#freed ??= Promise.withResolvers<void>()
    return this.#freed.promise
  }
}
