/** One after the other, in the order of their coming, whether those before succeed or not. */
export class Turns {
  #last: Promise<unknown> | undefined

  /** Somebody has not ended. */
  get isBusy(): boolean {
    return this.#last !== undefined
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#last === undefined ? work() : this.#last.then(work)
    const last = running.then(ignore, ignore)
    this.#last = last
    try {
      return await running
    } finally {
      if (this.#last === last) this.#last = undefined
    }
  }
}

function ignore(): void {
  // told to who asked
}
