import { ConnectionLost } from '../wire/connection.ts'

/**
 * Requests under way, a few at a time. A request that is lost with its connection ends the
 * pipeline; a finding, or anything else that is thrown, comes out of `drained`.
 */
export class Pipeline {
  readonly #limit: number
  readonly #underWay = new Set<Promise<void>>()
  #isLost = false
  #failure: Error | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  /** False once there is no sense in more requests. */
  get goesOn(): boolean {
    return !this.#isLost && this.#failure === undefined
  }

  /** @param handled settles when the answer was handled. */
  add(handled: Promise<void>): void {
    const settled = handled
      .catch((error: unknown) => {
        if (error instanceof ConnectionLost) this.#isLost = true
        else this.#failure ??= error instanceof Error ? error : new Error(String(error))
      })
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
}
