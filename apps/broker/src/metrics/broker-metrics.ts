import type { BucketCounts, Logger } from '@pafka/base'

import type { HostPort } from '../config/metrics-endpoint.ts'
import { handlersByKey } from '../handlers/registry.ts'
import type { Server } from '../network/server.ts'
import { EventLoopDelay } from './event-loop-delay.ts'
import { MetricsListener } from './metrics-listener.ts'
import { MetricsRegistry } from './metrics-registry.ts'
import { processMetrics } from './process-metrics.ts'

const MS = 1000

/** What a broker tells Prometheus. Made only where a listener for it is configured. */
export class BrokerMetrics {
  readonly registry: MetricsRegistry = new MetricsRegistry()
  readonly #eventLoopDelay = new EventLoopDelay()
  readonly #requestTimes: ReadonlyMap<number, BucketCounts>
  #listener: MetricsListener | undefined

  constructor() {
    const times = this.registry.histograms(
      'pafka_request_seconds',
      'Time from a request being read to its answer being ready. Fetch waits for records in it.',
      'api',
    )
    this.#requestTimes = new Map(
      [...handlersByKey].map(([key, { api }]) => [key, times.of(api.name)]),
    )
    this.registry.gauges(
      'pafka_event_loop_delay_seconds',
      'How late the one thread was to what was due, since the last scrape; quantile 1 is the most.',
      'quantile',
      () => this.#eventLoopDelay.take(),
    )
  }

  /** `host:port` as it was configured, with the port that it got. */
  get endpoint(): HostPort | undefined {
    return this.#listener && { host: this.#listener.host, port: this.#listener.port }
  }

  /** Hot: once per request. */
  answered(apiKey: number, tookMs: number): void {
    this.#requestTimes.get(apiKey)?.observe(tookMs / MS)
  }

  /** Starts to watch and to answer. @throws {PafkaError} `LISTEN_FAILED` */
  async open(
    endpoint: HostPort,
    { server, logger }: { readonly server: Server; readonly logger: Logger },
  ): Promise<void> {
    this.#addNetwork(server)
    const text = (): Promise<string> => this.registry.text(processMetrics())
    this.#listener = await MetricsListener.open({ ...endpoint, logger, text })
    this.#eventLoopDelay.start()
    processMetrics()
  }

  async close(): Promise<void> {
    this.#eventLoopDelay.stop()
    await this.#listener?.close()
  }

  #addNetwork(server: Server): void {
    const { registry } = this
    registry.gauge('pafka_connections', 'Clients connected now.', () => server.connectionCount)
    registry.counter(
      'pafka_connections_total',
      'Clients accepted so far.',
      () => server.acceptedConnections,
    )
    registry.counter(
      'pafka_received_bytes_total',
      'Bytes received from clients.',
      () => server.traffic().receivedBytes,
    )
    registry.counter(
      'pafka_sent_bytes_total',
      'Bytes sent to clients, as far as the kernel took them.',
      () => server.traffic().sentBytes,
    )
    registry.gauge(
      'pafka_request_memory_bytes',
      'Memory of requests that are not answered yet, those that came in part included.',
      () => server.requestMemoryBytes,
    )
    registry.gauge(
      'pafka_waiting_requests',
      'Large requests that are not read until there is memory for them.',
      () => server.waitingRequests,
    )
    registry.gauge(
      'pafka_answer_memory_bytes',
      'Memory of answers that clients have not read yet, without records.',
      () => server.answerMemoryBytes,
    )
    registry.gauge(
      'pafka_held_producers',
      'Connections that are not read until storage has caught up.',
      () => server.heldConnections,
    )
    registry.counter(
      'pafka_producer_holds_total',
      'Times that producers were held because storage was behind.',
      () => server.producerHolds,
    )
  }
}
