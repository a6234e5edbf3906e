import type { Clock } from '@pafka/base'

import type { RequestWatch, SentRequest } from '../connection/connection.ts'
import type { RequestMeasure, RequestRole } from '../telemetry/request-measure.ts'
import type { BrokerMetrics, ClientMetrics, PartitionLag } from './client-metrics.ts'

interface BrokerCounts {
  requests: number
  errors: number
  sentBytes: number
  receivedBytes: number
  readonly latencyMs: { total: number; most: number }
}

/** Who reads partitions. */
export interface LagSource {
  readonly lag: readonly PartitionLag[]
}

/** What one client did, counted by request and by batch. */
export class ClientCounts implements RequestWatch {
  readonly producer = {
    records: 0,
    batches: 0,
    bytes: 0,
    failedRecords: 0,
    retries: 0,
    queueMs: 0,
  }
  readonly consumer = { records: 0, batches: 0, bytes: 0, commits: 0, rebalances: 0 }
  readonly lagSources: Set<LagSource> = new Set<LagSource>()
  /** As which the client was used. */
  readonly roles: Set<RequestRole> = new Set<RequestRole>()
  /** Connections that were made. */
  connections = 0
  /** While a broker wants to know more. */
  measure: RequestMeasure | undefined
  readonly #clock: Clock
  readonly #next: RequestWatch | undefined
  readonly #brokers = new Map<string, BrokerCounts>()

  /** @param next who wants to know of requests, too */
  constructor(clock: Clock, next: RequestWatch | undefined) {
    this.#clock = clock
    this.#next = next
  }

  sent(broker: string, inFlight: number, sizeBytes: number): void {
    const counts = this.#of(broker)
    counts.requests += 1
    counts.sentBytes += sizeBytes
    this.#next?.sent(broker, inFlight, sizeBytes)
  }

  answered(request: SentRequest, sizeBytes: number, throttleMs: number): void {
    const counts = this.#of(request.broker)
    const { latencyMs } = counts
    // the time of day may go back
    const tookMs = Math.max(0, this.#clock.nowMs() - request.sentMs)
    counts.receivedBytes += sizeBytes
    latencyMs.total += tookMs
    latencyMs.most = Math.max(latencyMs.most, tookMs)
    this.measure?.answered(request, tookMs, throttleMs)
    this.#next?.answered(request, sizeBytes, throttleMs)
  }

  timedOut(request: SentRequest): void {
    this.#next?.timedOut(request)
  }

  unanswered(broker: string, count: number): void {
    this.#of(broker).errors += count
    this.#next?.unanswered?.(broker, count)
  }

  /** @param bufferedBytes of all producers */
  snapshot(bufferedBytes: number): ClientMetrics {
    const brokers = Array.from(this.#brokers, ([broker, counts]): [string, BrokerMetrics] => {
      return [broker, { ...counts, latencyMs: { ...counts.latencyMs } }]
    })
    return {
      brokers: Object.fromEntries(brokers),
      producer: { ...this.producer, bufferedBytes },
      consumer: { ...this.consumer, lag: [...this.lagSources].flatMap(({ lag }) => lag) },
    }
  }

  #of(broker: string): BrokerCounts {
    let counts = this.#brokers.get(broker)
    if (counts === undefined) {
      counts = {
        ...{ requests: 0, errors: 0, sentBytes: 0, receivedBytes: 0 },
        latencyMs: { total: 0, most: 0 },
      }
      this.#brokers.set(broker, counts)
    }
    return counts
  }
}
