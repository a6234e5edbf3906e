/** Runs asynchronous actions one at a time, in the order they were asked for. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** One that fails does not stop those behind it. */
  run<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(action)
    this.#last = result.catch(() => undefined)
    return result
  }

  /** Resolves when everything asked for so far was run. */
  async idle(): Promise<void> {
    await this.#last
  }
}
