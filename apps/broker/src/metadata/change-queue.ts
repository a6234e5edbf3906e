/** Runs asynchronous changes one at a time, in the order they were asked for. */
export class ChangeQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** One that fails does not stop those behind it. */
  run<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(change)
    this.#last = result.catch(() => {})
    return result
  }

  /** Ends when everything asked for so far was run. */
  async idle(): Promise<void> {
    await this.#last
  }
}
