/** Those who wait for what a log has in the journal to get into its files. */
export class StoredWaiters {
  #waiting: PromiseWithResolvers<void>[] = []

  add(): Promise<void> {
    const waiter = Promise.withResolvers<void>()
    this.#waiting.push(waiter)
    return waiter.promise
  }

  /** @param error why it cannot; undefined when it has */
  settle(error: Error | undefined): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { resolve, reject } of waiting) {
      if (error === undefined) resolve()
      else reject(error)
    }
  }
}
