import { type Logger, MIB, silentLogger, systemClock } from '@pafka/base'

import type { BrokerOptions } from './broker-options.ts'
import { type BrokerSetup, checkOptions, embeddedConfig, embeddedPlace } from './broker-setup.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import type { DataPlace } from './data-place.ts'
import { FaultInjector } from './faults/fault-injector.ts'
import type { Faults } from './faults/faults.ts'
import { Dispatcher } from './handlers/dispatcher.ts'
import type { HandlerContext } from './handlers/handler-context.ts'
import { handlersByKey } from './handlers/registry.ts'
import type { ListenerEndpoint } from './config/listener-endpoint.ts'
import type { BrokerMetrics } from './metrics/broker-metrics.ts'
import { Server } from './network/server.ts'
import { openServices, type Services } from './services.ts'
import { createStartTopics } from './start-topics.ts'

/** How long running requests may take to finish when a broker stops. */
const STOP_GRACE_MS = 1000
/** Answers that clients have not read, all connections together and without records. */
const ANSWER_MEMORY_BYTES = 32 * MIB
/** Fetch: its answer may be as large as `fetch.max.bytes`. */
const FETCH_KEY = 1
const SHARE_FETCH_KEY = 78
const PRODUCE_KEY = 0

/**
 * A running broker. In a test: `await using broker = await Broker.start()`, then point any Kafka
 * client at `broker.bootstrap`.
 */
export class Broker implements AsyncDisposable {
  readonly config: BrokerConfig
  readonly logger: Logger
  readonly #place: DataPlace
  readonly #services: Services
  readonly #server: Server
  readonly #faults: FaultInjector
  readonly #metrics: BrokerMetrics | undefined
  #stopped: Promise<void> | undefined

  private constructor(setup: BrokerSetup, services: Services, metrics?: BrokerMetrics) {
    this.config = setup.config
    this.logger = setup.logger
    this.#place = setup.place
    this.#services = services
    this.#metrics = metrics
    const { config, clock, logger } = setup
    this.#faults = new FaultInjector(clock)
    const dispatcher = new Dispatcher({
      handlers: handlersByKey,
      context: services,
      interceptor: this.#faults,
      logger,
      onAnswered: metrics && ((apiKey, tookMs) => metrics.answered(apiKey, tookMs)),
      onInvariantViolation: (error) => this.#crash(error),
    })
    this.#server = new Server({
      listeners: config.listeners,
      backlog: config.socketListenBacklogSize,
      maxConnections: config.maxConnections,
      maxConnectionsPerIp: config.maxConnectionsPerIp,
      maxRequestBytes: config.socketRequestMaxBytes,
      requestMemoryBytes: config.queuedMaxRequestBytes,
      answerMemoryBytes: ANSWER_MEMORY_BYTES,
      idleMs: config.connectionsMaxIdleMs,
      clock,
      logger,
      serve: (frame) => dispatcher.serve(frame),
      kindOf: apiKeyOf,
      servedAlone: (frame) => asksFor(FETCH_KEY, frame) || asksFor(SHARE_FETCH_KEY, frame),
      stores: (frame) => asksFor(PRODUCE_KEY, frame),
      storage: services.storagePressure,
      pace: (listener) => {
        if (isKeptOpen(listener, config)) return 0
        return services.quotas.paceConnection(services.topics.config.maxConnectionCreationRate)
      },
      admit: (address) => services.quotas.admitConnection(address),
      afterRead: () => services.logs.flushPending(),
    })
  }

  /**
   * Starts a broker in this process, by default on a free port and in memory.
   * @throws {ConfigError} with everything wrong in `config` or `topics`; {PafkaError}
   *   `LISTEN_FAILED`; {StorageError} for a data folder that cannot be used.
   */
  static async start(options: BrokerOptions = {}): Promise<Broker> {
    checkOptions(options)
    const config = embeddedConfig(options)
    const place = await embeddedPlace(options, config)
    const { clock = systemClock, logger = silentLogger } = options
    const broker = await Broker.open({ config, place, clock, logger })
    try {
      await createStartTopics(options.topics ?? [], broker.#services.topics)
    } catch (error) {
      await broker.stop()
      throw error
    }
    return broker
  }

  /** Starts a broker whose configuration was loaded elsewhere. Errors as `start`. */
  static async open(setup: BrokerSetup): Promise<Broker> {
    const metrics = await metricsFor(setup.config)
    const services = await openServices(setup, metrics?.registry).catch(async (error: unknown) => {
      await setup.place.remove()
      throw error
    })
    const broker = new Broker(setup, services, metrics)
    try {
      await broker.#server.listen()
      await broker.#serveMetrics()
    } catch (error) {
      await broker.stop()
      throw error
    }
    services.groups.start()
    services.transactions.start()
    services.shareStates.start()
    return broker
  }

  /** `host:port` for a client's bootstrap servers. */
  get bootstrap(): string {
    return this.addresses[0] ?? ''
  }

  /** `host:port` of every listener, as this machine reaches it. */
  get addresses(): readonly string[] {
    return this.#server.listeners.map(({ host, port }) => `${reachable(host)}:${port}`)
  }

  /** The port of the first listener. */
  get port(): number {
    return this.#server.listeners[0]?.port ?? 0
  }

  /** `host:port` for `GET /metrics`; undefined unless `metrics.listener` is set. */
  get metricsAddress(): string | undefined {
    const endpoint = this.#metrics?.endpoint
    return endpoint && `${reachable(endpoint.host)}:${endpoint.port}`
  }

  get clusterId(): string {
    return this.#services.logs.clusterId
  }

  /** Faults for the code under test to meet: errors, delays, cut connections. */
  get faults(): Faults {
    return this.#faults
  }

  /** What the parts of this broker know; for those who measure or look inside. */
  get services(): HandlerContext {
    return this.#services
  }

  /** Cuts every connection, as a lost network would; clients may come back at once. */
  dropConnections(): void {
    this.#server.dropConnections()
  }

  /** Finishes what runs, writes everything down, closes. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(): Promise<void> {
    this.#faults.clear()
    this.#services.groups.stop()
    this.#services.transactions.stop()
    this.#services.sharePartitions.stop()
    this.#services.shareStates.stop()
    this.#services.delayedFetches.close()
    await this.#server.close(STOP_GRACE_MS)
    await this.#metrics?.close()
    await this.#services.close()
    await this.#place.remove()
  }

  async #serveMetrics(): Promise<void> {
    const { metricsListener } = this.config
    if (metricsListener === null) return
    await this.#metrics?.open(metricsListener, { server: this.#server, logger: this.logger })
    this.logger.info('metrics-served', { at: `http://${this.metricsAddress}/metrics` })
  }

  /** A bug of ours: nothing after it can be trusted, so nothing more is promised. */
  #crash(error: Error): void {
    this.logger.error('invariant-violated', { cause: error.stack ?? error.message })
    setImmediate(() => {
      throw error
    })
  }
}

/** The library for metrics is loaded by those only who want them. */
async function metricsFor(config: BrokerConfig): Promise<BrokerMetrics | undefined> {
  if (config.metricsListener === null) return undefined
  const metrics = await import('./metrics/broker-metrics.ts')
  return new metrics.BrokerMetrics()
}

/** Brokers reach each other, however many clients come at another port. */
function isKeptOpen(
  listener: string,
  { listeners, interBrokerListenerName }: BrokerConfig,
): boolean {
  return listeners.length > 1 && listener === interBrokerListenerName
}

function asksFor(apiKey: number, frame: Buffer): boolean {
  return apiKeyOf(frame) === apiKey
}

/** -1 for a frame too short to have one. */
function apiKeyOf(frame: Buffer): number {
  return frame.length >= 2 ? frame.readInt16BE(0) : -1
}

function reachable(host: ListenerEndpoint['host']): string {
  if (host === '' || host === '0.0.0.0' || /^[0:]+$/.test(host)) return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
