import { KIB, SECOND_MS } from '@pafka/base'

/** Rounds up to this cost the device an operation or two, whatever they carry. */
const SMALL_BYTES = 64 * KIB
/** Longer than a device takes that is only slow. */
const STALL_MS = 15
/** A stall is so many times as long as the rounds before it took. */
const STALL_FACTOR = 8
/** Rounds between two stalls: fewer are no run, more are stalls for another reason. */
const LEAST_BETWEEN = 3
const MOST_BETWEEN = 64
/** In a row behind the first, until they are believed to be a budget that is used up. */
const STALLS = 4
/** Between the beginnings of two rounds: what else the device has to do needs some of it. */
const SPARE = 1.25
const MOST_SPACING_MS = 30
const HOLD_MS = 20 * SECOND_MS
const GIVE_UP_MS = 60 * SECOND_MS
/** How long one stall is enough to go on as before. */
const PROBE_MS = 2 * SECOND_MS

/**
 * Keeps small rounds apart on a device that serves so many operations in a while and none for the
 * rest of it, as volumes and containers with a limit do: evenly spaced, none of them meets the end
 * of the budget. Such a device shows itself by short runs of fast rounds with a long one behind
 * each. On any other one rounds are never kept apart.
 */
export class RoundPace {
  /** Between the beginnings of two rounds; 0 while they are not kept apart. */
  spacingMs = 0
  /** When the newest round began. */
  startedMs: number = Number.NEGATIVE_INFINITY
  #fast = 0
  #fastMs = 0
  #stalledMs = Number.NEGATIVE_INFINITY
  #stalls = 0
  #rounds = 0
  #spanMs = 0
  /** What is decided holds until then. */
  #untilMs = Number.NEGATIVE_INFINITY
  #probedMs = Number.NEGATIVE_INFINITY
  /** The spacing that held before the probe. */
  #provenMs = 0

  /** @returns how long a small round is to wait now */
  waitMs(nowMs: number): number {
    if (this.spacingMs === 0) return 0
    if (nowMs >= this.#untilMs) this.#probe(nowMs)
    return Math.max(0, this.startedMs + this.spacingMs - nowMs)
  }

  /** @returns whether rounds are kept apart from now on */
  wrote(bytes: number, fromMs: number, tookMs: number): boolean {
    this.startedMs = fromMs
    if (bytes > SMALL_BYTES) {
      this.#forget()
      return false
    }
    if (tookMs < STALL_MS) {
      this.#fast += 1
      this.#fastMs += tookMs
      return false
    }
    return this.#stalled(fromMs + tookMs, tookMs)
  }

  #stalled(nowMs: number, tookMs: number): boolean {
    const spanMs = nowMs - this.#stalledMs
    if (!this.#isRegular(spanMs, tookMs)) this.#forget()
    else {
      this.#stalls += 1
      this.#rounds += this.#fast + 1
      this.#spanMs += spanMs
    }
    this.#stalledMs = nowMs
    this.#fast = this.#fastMs = 0
    const isProbe = nowMs - this.#probedMs < PROBE_MS
    if (this.#stalls < (isProbe ? 1 : STALLS)) return false
    return this.#decide(nowMs, isProbe ? this.#provenMs : SPARE * (this.#spanMs / this.#rounds))
  }

  #isRegular(spanMs: number, tookMs: number): boolean {
    if (this.#fast < LEAST_BETWEEN || this.#fast > MOST_BETWEEN || spanMs > SECOND_MS) return false
    return tookMs * this.#fast > STALL_FACTOR * this.#fastMs
  }

  #decide(nowMs: number, neededMs: number): boolean {
    this.#forget()
    if (this.spacingMs > 0) {
      // they are no fewer for it
      this.spacingMs = 0
      this.#untilMs = nowMs + GIVE_UP_MS
      return false
    }
    if (nowMs < this.#untilMs) return false
    this.spacingMs = Math.min(MOST_SPACING_MS, neededMs)
    this.#untilMs = nowMs + HOLD_MS
    return true
  }

  /** The budget may have grown; if not, one stall shows it. */
  #probe(nowMs: number): void {
    this.#provenMs = this.spacingMs
    this.spacingMs = 0
    this.#probedMs = this.#stalledMs = nowMs
    this.#forget()
  }

  #forget(): void {
    this.#stalls = this.#rounds = this.#spanMs = this.#fast = this.#fastMs = 0
  }
}
