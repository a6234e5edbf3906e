import { SECOND_MS } from '@pafka/base'

/** Without an ack for so long it is asked whether the cluster is there at all. */
const SILENT_MS = 8 * SECOND_MS
const LOOK_MS = 1 * SECOND_MS

export interface SilenceTerms {
  /** When something was acknowledged last, by `performance.now()`; later than now: not begun. */
  readonly lastMs: () => number
  /** @returns why nobody answers */
  readonly problem: () => Promise<string | undefined>
  /** Told once, when nobody does. */
  readonly tell: (problem: string) => void
  readonly silentMs?: number
  readonly lookMs?: number
}

/**
 * A broker that is slow is measured, one that is gone is not waited for. Only who has heard nothing
 * for long asks, so that what is measured is not disturbed.
 */
export class SilenceWatch implements Disposable {
  readonly #terms: SilenceTerms
  readonly #timer: NodeJS.Timeout
  #isAsking = false
  #isDone = false
  #askedMs = -Infinity

  constructor(terms: SilenceTerms) {
    this.#terms = terms
    this.#timer = setInterval(() => void this.#look(), terms.lookMs ?? LOOK_MS)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#isDone = true
  }

  async #look(): Promise<void> {
    const { lastMs, problem, tell, silentMs = SILENT_MS } = this.#terms
    const heardMs = Math.max(lastMs(), this.#askedMs)
    if (this.#isAsking || performance.now() - heardMs < silentMs) return
    this.#isAsking = true
    const told = await problem()
    this.#askedMs = performance.now()
    this.#isAsking = false
    if (told === undefined || this.#isDone) return
    this[Symbol.dispose]()
    tell(told)
  }
}
