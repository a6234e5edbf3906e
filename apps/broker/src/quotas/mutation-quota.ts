import type { QuotaFigures } from './quota-figures.ts'
import { QuotaLimits } from './quota-limits.ts'
import type { QuotaClient } from './rate-quota.ts'
import type { RateShape } from './rate-window.ts'
import { SensorTable } from './sensor-table.ts'
import { TokenBucket } from './token-bucket.ts'

/** What one request may change of topics: a token for each partition made or deleted. */
export interface MutationPermit {
  /**
   * Takes tokens for a change that would otherwise be made.
   * @returns false when the change is to be refused with THROTTLING_QUOTA_EXCEEDED.
   */
  take(partitions: number): boolean
  /** How long the client is to wait after all that was taken. */
  readonly throttleMs: number
}

const UNBOUNDED: MutationPermit = { take: () => true, throttleMs: 0 }

/**
 * Quota on partitions created and deleted. Who knows of THROTTLING_QUOTA_EXCEEDED is refused once
 * tokens are used up; an older client is served and then made to wait (KIP-599).
 */
export class MutationQuota {
  readonly limits: QuotaLimits = new QuotaLimits()
  readonly #buckets: SensorTable<TokenBucket>
  readonly #monotonicMs: () => number
  #throttles = 0
  #throttledMs = 0

  constructor(shape: RateShape, monotonicMs: () => number) {
    this.#buckets = new SensorTable(() => new TokenBucket(shape))
    this.#monotonicMs = monotonicMs
  }

  get figures(): QuotaFigures {
    const { size } = this.#buckets
    return { throttles: this.#throttles, throttledMs: this.#throttledMs, sensors: size }
  }

  /** @param strict whether the request's version has the error. */
  permitFor({ principalName, clientId }: QuotaClient, strict: boolean): MutationPermit {
    const found = this.limits.isEmpty ? undefined : this.limits.find(principalName, clientId ?? '')
    if (found === undefined) return UNBOUNDED
    const { limit, sharedBy } = found
    let throttleMs = 0
    const tell = (forMs: number): void => {
      if (forMs <= throttleMs) return
      if (throttleMs === 0) this.#throttles += 1
      this.#throttledMs += forMs - throttleMs
      throttleMs = forMs
    }
    return {
      take: (partitions) => {
        const nowMs = this.#monotonicMs()
        const bucket = this.#buckets.get(sharedBy, nowMs)
        const exhaustedMs = bucket.throttleMs(limit, nowMs)
        if (strict) tell(exhaustedMs)
        if (strict && exhaustedMs > 0) return false
        bucket.take(partitions, limit, nowMs)
        if (!strict) tell(bucket.throttleMs(limit, nowMs))
        return true
      },
      get throttleMs() {
        return throttleMs
      },
    }
  }
}
