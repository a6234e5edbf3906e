import { SECOND_MS } from '@pafka/base'

/** An answer that takes the kernel longer than this to accept holds memory for a slow reader. */
const SLOW_MS = SECOND_MS / 2

/**
 * How large the answers of one connection should be. They shrink to what it reads in half a second,
 * and grow again while it keeps up: up to half of what was too much at once, from there slowly.
 */
export class FetchShare {
  readonly #mostBytes: number
  readonly #leastBytes: number
  #answerBytes: number
  #doubleUpToBytes: number
  #quick = false
  #slow = false

  constructor({ mostBytes, leastBytes }: { mostBytes: number; leastBytes: number }) {
    this.#mostBytes = mostBytes
    this.#leastBytes = leastBytes
    this.#answerBytes = mostBytes
    this.#doubleUpToBytes = mostBytes
  }

  get answerBytes(): number {
    return this.#answerBytes
  }

  /** True when its last answer left quickly; false when it did not, or there was none. */
  get quick(): boolean {
    return this.#quick
  }

  /** True when its last answer did not leave quickly. */
  get slow(): boolean {
    return this.#slow
  }

  /** An answer of `bytes` was taken by the kernel after `tookMs`. */
  left(bytes: number, tookMs: number): void {
    this.#slow = tookMs > SLOW_MS
    this.#quick = !this.#slow
    if (this.#slow) {
      this.#doubleUpToBytes = this.#bounded(bytes / 2)
      this.#answerBytes = this.#bounded(Math.min(bytes / 2, (bytes / tookMs) * SLOW_MS))
    } else {
      const doubled = Math.min(2 * this.#answerBytes, this.#doubleUpToBytes)
      this.#answerBytes = this.#bounded(Math.max(doubled, this.#answerBytes + this.#leastBytes))
    }
  }

  #bounded(bytes: number): number {
    return Math.max(this.#leastBytes, Math.min(this.#mostBytes, Math.floor(bytes)))
  }
}
