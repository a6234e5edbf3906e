/** Lets those who wait go on, all at once. Who comes later waits for the next time. */
export class Bell {
  #next: PromiseWithResolvers<void> | undefined

  /** Ends when it rings. */
  heard(): Promise<void> {
    this.#next ??= Promise.withResolvers<void>()
    return this.#next.promise
  }

  ring(): void {
    this.#next?.resolve()
    this.#next = undefined
  }
}
