import { type Clock, SECOND_MS } from '@pafka/base'
import type { ClientQuotasSet } from '@pafka/log'

import type { BrokerConfig } from '../config/broker-config.ts'
import { ConnectionRates } from './connection-rates.ts'
import { type MutationPermit, MutationQuota } from './mutation-quota.ts'
import { nameOf, type QuotaEntity } from './quota-entity.ts'
import type { QuotaFigures } from './quota-figures.ts'
import type { QuotaLimits } from './quota-limits.ts'
import { type QuotaClient, RateQuota } from './rate-quota.ts'

/** Of one thread, of which this broker has one. */
const PERCENT = 100

/** What becomes of a fetch answer. */
export interface FetchVerdict {
  /** How long the client is to wait before its next request. */
  readonly throttleMs: number
  /** It gets no records this time. */
  readonly isEmptied: boolean
}

/** Each client has them, and each of its requests looks at all. */
const MOST_SAMPLES = 3600

const SERVED: FetchVerdict = { throttleMs: 0, isEmptied: false }

/**
 * The quotas in force, and what clients used of them. Clients without a limit are not counted, and
 * where there is no limit at all nothing is looked up. Source: Kafka `ClientQuotaManager.java`.
 */
export class ClientQuotas {
  readonly #clock: Clock
  readonly #produce: RateQuota
  readonly #fetch: RateQuota
  readonly #request: RateQuota
  readonly #mutation: MutationQuota
  readonly #connections: ConnectionRates

  constructor(config: BrokerConfig, clock: Clock) {
    this.#clock = clock
    const sampleMs = config.quotaWindowSizeSeconds * SECOND_MS
    const samples = Math.min(config.quotaWindowNum, MOST_SAMPLES)
    const shape = { samples, sampleMs }
    this.#produce = new RateQuota({ shape })
    this.#fetch = new RateQuota({ shape })
    // One sample at most, as in Kafka: time of the thread cannot be used up in advance.
    this.#request = new RateQuota({ shape, longestThrottleMs: sampleMs })
    this.#connections = new ConnectionRates(shape)
    const mutationShape = {
      samples: config.controllerQuotaWindowNum,
      sampleMs: config.controllerQuotaWindowSizeSeconds * SECOND_MS,
    }
    this.#mutation = new MutationQuota(mutationShape, () => clock.monotonicMs())
  }

  /** True while the time that requests take is to be measured. */
  get timesRequests(): boolean {
    return !this.#request.limits.isEmpty
  }

  /** By the name that metrics give each kind. */
  figures(): [kind: string, QuotaFigures][] {
    return [
      ['produce', this.#produce.figures],
      ['fetch', this.#fetch.figures],
      ['request', this.#request.figures],
      ['controllerMutation', this.#mutation.figures],
      ['connection', this.#connections.figures],
    ]
  }

  /** Puts the quotas of one entity in force, and takes back what they no longer name. */
  set({ entity, quotas }: ClientQuotasSet): void {
    const address = nameOf(entity, 'ip')
    if (address !== undefined) {
      this.#connections.set(address, limitOf(quotas.get('connection_creation_rate')))
      return
    }
    setLimit(this.#produce.limits, entity, quotas.get('producer_byte_rate'))
    setLimit(this.#fetch.limits, entity, quotas.get('consumer_byte_rate'))
    setLimit(this.#request.limits, entity, quotas.get('request_percentage'))
    setLimit(this.#mutation.limits, entity, quotas.get('controller_mutation_rate'))
  }

  /** A produce request of so many bytes is done. @returns how long its client is to wait. */
  produced(client: QuotaClient, bytes: number): number {
    if (this.#produce.limits.isEmpty) return 0
    return this.#produce.charge(client, bytes, this.#clock.monotonicMs())
  }

  /** The most bytes that are worth reading for one fetch: a larger answer would be emptied. */
  mostFetchedBytes(client: QuotaClient): number {
    return this.#fetch.mostAtOnce(client)
  }

  /**
   * An answer of so many bytes is ready. Over quota it is emptied, and does not count. A batch that
   * alone is more than a client may have in a whole window could then never be read: it is served
   * once the client need not wait for what it had before, and then it waits for as long as so much
   * takes at its rate.
   * @param requestMs how long the client has to wait for other reasons
   */
  fetched(client: QuotaClient, bytes: number, requestMs: number): FetchVerdict {
    if (requestMs === 0 && (bytes === 0 || this.#fetch.limits.isEmpty)) return SERVED
    const nowMs = this.#clock.monotonicMs()
    const fetch = this.#fetch
    const isLarge = bytes > fetch.mostAtOnce(client)
    const beforeMs = fetch.waitMs(client, nowMs)
    fetch.record(client, bytes, nowMs)
    const afterMs = fetch.waitMs(client, nowMs)
    const isOver = isLarge ? beforeMs > 0 : afterMs > 0
    const isEmptied = isOver || requestMs > 0
    if (isEmptied) fetch.record(client, -bytes, nowMs)
    const largeMs = isEmptied ? beforeMs : Math.max(afterMs, fetch.msFor(client, bytes))
    const throttleMs = fetch.told(isLarge ? largeMs : afterMs)
    return { throttleMs: Math.max(throttleMs, requestMs), isEmptied }
  }

  /** A request kept the thread for so long. @returns how long its client is to wait. */
  requestTook(client: QuotaClient, tookMs: number): number {
    return this.#request.charge(client, percent(tookMs), this.#clock.monotonicMs())
  }

  /** As `requestTook`, of what comes after the answer knows how long its client is to wait. */
  requestAlsoTook(client: QuotaClient, tookMs: number): void {
    this.#request.record(client, percent(tookMs), this.#clock.monotonicMs())
  }

  /** @param strict whether the request's version has the error THROTTLING_QUOTA_EXCEEDED. */
  mutationPermit(client: QuotaClient, strict: boolean): MutationPermit {
    return this.#mutation.permitFor(client, strict)
  }

  /** One more, from anywhere. @returns for how long it is to wait before it is read. */
  paceConnection(limit: number): number {
    return this.#connections.pace(limit, this.#clock.monotonicMs())
  }

  /** @returns 0 to let a connection in, or for how long its socket is to be kept waiting. */
  admitConnection(address: string): number {
    return this.#connections.admit(address, this.#clock.monotonicMs())
  }
}

/** A share of a second, recorded as Kafka does: its rate per second is a percentage. */
function percent(tookMs: number): number {
  return (tookMs / SECOND_MS) * PERCENT
}

function setLimit(limits: QuotaLimits, entity: QuotaEntity, limit: number | undefined): void {
  limits.set(nameOf(entity, 'user'), nameOf(entity, 'client-id'), limitOf(limit))
}

/** What a damaged catalog may say, and no request: it bounds nothing. */
function limitOf(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined
}
