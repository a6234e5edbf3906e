import { MIB, SECOND_MS } from '@pafka/base'

/** What producers met since the tick before. */
export interface CommitTick {
  readonly tickMs: number
  /** Mean or a high percentile of the time to a durable commit, the same one in every tick. */
  readonly latencyMs: number
  /** Bytes that were committed; 0 when nobody produced: then the latency says nothing. */
  readonly committedBytes: number
}

/** Latency may be so many times the baseline, and a little more, before migration is to blame. */
const TOLERATED = 1.5
const TOLERATED_MS = 1
/** A tick takes half at most: one slow barrier is no reason to stop. */
const LEAST_KEPT = 0.5
/** Below this share of the rate that last hurt it grows fast, above it slowly. */
const NEAR = 0.8
const FAST_GROWTH = 1.25
const SLOW_GROWTH = 0.02
const LEAST_STEP = MIB / 4
/** So far above all that was ever moved, the rate bounds nothing. */
const BEYOND = 4
/** Baselines follow a better latency fast, and a worse one slowly. */
const DOWN = 0.3
const UP = 0.1
/** Migration so slow that latency is not its work. */
const QUIET_BYTES_PER_SECOND = 1.5 * MIB

/**
 * The rate of migration that producers do not feel. It is cut in proportion to how far latency is
 * above its baseline, fast grown back to near where it hurt, and from there slowly: as congestion
 * control in networks does, by latency instead of losses, so that it yields before anybody waits.
 *
 * A loaded broker commits later than an idle one without any migration: there is one baseline for
 * each magnitude of load. A load that was never seen has the baseline of the next known one, which
 * is low, so that migration yields first; latency that stays when migration is quiet was not its
 * work, and becomes the baseline.
 */
export class YieldRate {
  /** Infinity while nobody is hurt. */
  bytesPerSecond: number = Number.POSITIVE_INFINITY
  /** By the logarithm of bytes committed a second. */
  readonly #baselines = new Map<number, number>()
  #hurtAt = Number.POSITIVE_INFINITY
  #mostMoved = 0

  /** The most that was moved in a second. */
  get mostMoved(): number {
    return this.#mostMoved
  }

  /** @param floor never goes below this many bytes per second */
  observe(tick: CommitTick, movedBytes: number, floor: number): void {
    const moved = (movedBytes * SECOND_MS) / tick.tickMs
    this.#mostMoved = Math.max(this.#mostMoved, moved)
    if (tick.committedBytes === 0) {
      this.#grow()
      return
    }
    const load = magnitude((tick.committedBytes * SECOND_MS) / tick.tickMs)
    const isQuiet = moved <= Math.max(QUIET_BYTES_PER_SECOND, 1.5 * floor)
    if (this.#baselines.size === 0 && !isQuiet) {
      this.#hurtAt = moved // first of all it learns how producers fare without it
      this.bytesPerSecond = floor
      return
    }
    const baseline = this.#baselineFor(load) ?? tick.latencyMs
    const tolerated = baseline * TOLERATED + TOLERATED_MS
    if (tick.latencyMs > tolerated && moved > 0) {
      const from = Math.min(this.bytesPerSecond, moved)
      this.#hurtAt = from
      this.bytesPerSecond = from * Math.max(LEAST_KEPT, tolerated / tick.latencyMs)
    } else this.#grow()
    this.bytesPerSecond = Math.max(floor, this.bytesPerSecond)
    const isBetter = tick.latencyMs < baseline
    const share = isBetter ? DOWN : isQuiet ? UP : 0
    this.#baselines.set(load, baseline + (tick.latencyMs - baseline) * share)
  }

  #grow(): void {
    const rate = this.bytesPerSecond
    if (rate > BEYOND * this.#mostMoved) this.bytesPerSecond = Number.POSITIVE_INFINITY
    if (this.bytesPerSecond === Number.POSITIVE_INFINITY) return
    if (rate < NEAR * this.#hurtAt) this.bytesPerSecond = rate * FAST_GROWTH + LEAST_STEP
    else this.bytesPerSecond = rate + Math.max(LEAST_STEP, SLOW_GROWTH * this.#hurtAt)
    this.#hurtAt = Math.max(this.#hurtAt, this.bytesPerSecond)
  }

  #baselineFor(load: number): number | undefined {
    let [best, away] = [undefined as number | undefined, Number.POSITIVE_INFINITY]
    for (const [known, baseline] of this.#baselines) {
      const distance = Math.abs(known - load)
      if (distance < away || (distance === away && known < load))
        [best, away] = [baseline, distance]
    }
    return best
  }
}

function magnitude(bytesPerSecond: number): number {
  return Math.max(0, Math.round(Math.log2(bytesPerSecond / MIB)))
}
