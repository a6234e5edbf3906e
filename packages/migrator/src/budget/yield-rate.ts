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
/** A tick takes half at most: one slow barrier is no reason to stop. So much comes back, too. */
const LEAST_KEPT = 0.5
/** Below this share of the rate that last hurt it grows fast, above it more with every tick. */
const NEAR = 0.8
const FAST_GROWTH = 1.25
const SLOW_GROWTH = 0.02
const LEAST_STEP = MIB / 4
/** So far above all that was ever moved, the rate bounds nothing. */
const BEYOND = 4
/** Shares by which a baseline follows better latency, and worse while migration is quiet. */
const DOWN = 0.3
const UP = 0.5
/** Migration so slow that latency is not its work. */
const QUIET_BYTES_PER_SECOND = 1.5 * MIB
/** Ticks for which a baseline is believed when it says that migration is to blame. */
const BELIEVED = 60

interface Baseline {
  latencyMs: number
  /** Tick in which migration was quiet and this was seen. */
  tick: number
}

/**
 * The rate of migration that producers do not feel. It is cut in proportion to how far latency is
 * above its baseline, grown back fast to near where it hurt, and from there slowly at first: as
 * congestion control in networks does, by latency instead of losses, to yield before anybody waits.
 *
 * A loaded broker commits later than an idle one without any migration: there is one baseline for
 * each magnitude of load. Where there is none yet, or an old one, the rate goes to the floor for a
 * tick before migration is blamed, to see how producers fare without it.
 */
export class YieldRate {
  /** Infinity while nobody is hurt. */
  bytesPerSecond: number = Number.POSITIVE_INFINITY
  /** By the logarithm of bytes committed a second. */
  readonly #baselines = new Map<number, Baseline>()
  #hurtAt = Number.POSITIVE_INFINITY
  #mostMoved = 0
  #tick = 0
  /** The rate before it went to the floor for a look. */
  #lookedFrom = 0
  /** Ticks since the last that hurt. */
  #calmTicks = 0

  /** The most that was moved in a second. */
  get mostMoved(): number {
    return this.#mostMoved
  }

  /** @param floor never goes below this many bytes per second */
  observe(tick: CommitTick, movedBytes: number, floor: number): void {
    const moved = (movedBytes * SECOND_MS) / tick.tickMs
    this.#mostMoved = Math.max(this.#mostMoved, moved)
    this.#tick += 1
    if (tick.committedBytes > 0) this.#adapt(tick, moved, floor)
    else this.#grow()
    this.bytesPerSecond = Math.max(floor, this.bytesPerSecond)
  }

  #adapt({ tickMs, latencyMs, committedBytes }: CommitTick, moved: number, floor: number): void {
    const load = magnitude((committedBytes * SECOND_MS) / tickMs)
    const isQuiet = moved <= Math.max(QUIET_BYTES_PER_SECOND, 1.5 * floor)
    const baseline = this.#baselines.get(load)
    if (isQuiet) this.#learn(load, latencyMs)
    else if (baseline !== undefined && latencyMs < baseline.latencyMs) {
      baseline.latencyMs += (latencyMs - baseline.latencyMs) * DOWN
    }
    const known = baseline?.latencyMs ?? this.#nearestTo(load)
    const tolerated = known * TOLERATED + TOLERATED_MS
    if (isQuiet || latencyMs <= tolerated) {
      this.#grow()
      this.bytesPerSecond = Math.max(this.bytesPerSecond, LEAST_KEPT * this.#lookedFrom)
      this.#lookedFrom = 0
      return
    }
    const isBelieved = baseline !== undefined && this.#tick - baseline.tick <= BELIEVED
    const from = Math.min(this.bytesPerSecond, moved)
    this.#hurtAt = from
    this.#calmTicks = 0
    this.#lookedFrom = isBelieved ? 0 : from
    this.bytesPerSecond = isBelieved ? from * Math.max(LEAST_KEPT, tolerated / latencyMs) : floor
  }

  #learn(load: number, latencyMs: number): void {
    const before = this.#baselines.get(load)?.latencyMs ?? latencyMs
    const share = latencyMs < before ? DOWN : UP
    this.#baselines.set(load, {
      latencyMs: before + (latencyMs - before) * share,
      tick: this.#tick,
    })
  }

  #grow(): void {
    const rate = this.bytesPerSecond
    this.#calmTicks += 1
    if (rate > BEYOND * this.#mostMoved) this.bytesPerSecond = Number.POSITIVE_INFINITY
    if (this.bytesPerSecond === Number.POSITIVE_INFINITY) return
    if (rate < NEAR * this.#hurtAt) this.bytesPerSecond = rate * FAST_GROWTH + LEAST_STEP
    else this.bytesPerSecond += Math.max(LEAST_STEP, SLOW_GROWTH * this.#hurtAt * this.#calmTicks)
  }

  /** Of the next load that is known; 0 when none is, so that the first tick only looks. */
  #nearestTo(load: number): number {
    let [best, away] = [0, Number.POSITIVE_INFINITY]
    for (const [known, { latencyMs }] of this.#baselines) {
      const distance = Math.abs(known - load)
      if (distance < away || (distance === away && known < load)) {
        ;[best, away] = [latencyMs, distance]
      }
    }
    return best
  }
}

function magnitude(bytesPerSecond: number): number {
  return Math.max(0, Math.round(Math.log2(bytesPerSecond / MIB)))
}
