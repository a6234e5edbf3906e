import { ConnectionLost } from '../wire/connection.ts'

/**
 * Requests under way, a few at a time. The first that fails ends the pipeline, and what it threw
 * comes out of `drained`: a finding, if there is one, before the loss of the connection.
 */
export class Pipeline {
  readonly #limit: number
  readonly #underWay = new Set<Promise<void>>()
  #failure: Error | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** False once there is no sense in more requests. */
  get goesOn(): boolean {
    return this.#failure === undefined
  }

  /** @param handled settles when the answer was handled. */
  add(handled: Promise<void>): void {
    const settled = handled
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#underWay.delete(settled))
    this.#underWay.add(settled)
  }

  /** Resolves when one more request may be sent. */
  async room(): Promise<void> {
    while (this.#underWay.size >= this.#limit) await Promise.race(this.#underWay)
  }

  /** Resolves when nothing is under way. @throws what the first bad answer threw. */
  async drained(): Promise<void> {
    await Promise.all(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure
  }

  #failed(error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error))
    if (this.#failure === undefined || this.#failure instanceof ConnectionLost) {
      this.#failure = failure
    }
  }
}
