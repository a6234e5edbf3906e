import type { Clock, Logger, Random, Timer } from '@pafka/base'
import { GetTelemetrySubscriptions, PushTelemetry, ZERO_UUID } from '@pafka/protocol'

import type { Cluster } from '../cluster/cluster.ts'
import type { BrokerConnection } from '../connection/broker-connection.ts'
import { addressText } from '../connection/frame-socket.ts'
import { within } from '../time/sleep.ts'
import type { ClientMetrics } from '../watch/client-metrics.ts'
import { metricPoints } from './metric-points.ts'
import type { Attribute, MetricPoint } from './otlp-metrics.ts'
import { RequestMeasure } from './request-measure.ts'
import { SumLedger } from './sum-ledger.ts'
import { type TelemetryPayload, telemetryPayload } from './telemetry-payload.ts'
import { isWanted, TelemetrySession, type TelemetrySubscription } from './telemetry-session.ts'

const VERSION = 0
/** For the last push, and one before it: whoever closes a client does not wait for longer. */
const CLOSE_TIMEOUT_MS = 1000
const SECOND_MS = 1000

/** What a reporter needs of its client. */
export interface ReporterParts {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly rack: string | undefined
  readonly metrics: () => ClientMetrics
}

/** What is about to be pushed, and what it is made of. */
interface Push extends TelemetryPayload {
  readonly nowMs: number
  /** Sums among them are as they stand. */
  readonly whole: readonly MetricPoint[]
}

/**
 * Pushes what the client measures to brokers that want to know it (KIP-714). It opens no
 * connection, and holds no process; where no broker wants anything it asks now and then.
 */
export class TelemetryReporter {
  readonly #parts: ReporterParts
  readonly #session: TelemetrySession
  readonly #ledger = new SumLedger()
  readonly #resource: readonly Attribute[]
  readonly #startedMs: number
  /** Whom it spoke with last; brokers count who asks how often. */
  #connection: BrokerConnection | undefined
  #timer: Timer | undefined
  #underWay: Promise<void> | undefined
  /** The last push that a broker has: from then on deltas are counted. */
  #pushedMs: number
  /** What was there when points were taken last. */
  #taken: { readonly ms: number; readonly connections: number }
  #wasDelta = false
  #isClosed = false

  constructor(parts: ReporterParts) {
    this.#parts = parts
    this.#session = new TelemetrySession(parts.random)
    this.#resource = parts.rack === undefined ? [] : [['client_rack', parts.rack]]
    this.#startedMs = parts.clock.nowMs()
    this.#pushedMs = this.#startedMs
    this.#taken = { ms: this.#startedMs, connections: 0 }
  }

  /** There is another connection: who waited for one need not wait any more. */
  connected(): void {
    if (this.#timer !== undefined || this.#underWay !== undefined || this.#isClosed) return
    // what the connection was made for goes first
    setImmediate(() => this.#goOn())
  }

  /**
   * As brokers call this client, when one of them was asked; undefined where they call it nothing.
   * @throws {KafkaError} when none can be reached
   */
  async instanceId(): Promise<string | undefined> {
    if (this.#session.instanceId === ZERO_UUID) {
      await this.#parts.cluster.anyConnection()
      if (this.#underWay === undefined) this.#session.askNow()
      this.#goOn()
      await this.#underWay
    }
    const { instanceId } = this.#session
    return instanceId === ZERO_UUID ? undefined : instanceId
  }

  /** The last push, where one is wanted and somebody is there to take it. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timer?.cancel()
    await within(this.#parts.clock, CLOSE_TIMEOUT_MS, this.#pushLast())
    this.#parts.cluster.counts.measure = undefined
  }

  async #pushLast(): Promise<void> {
    if (this.#session.subscription === undefined) return
    await this.#underWay
    const { subscription, step } = this.#session
    const connection = this.#connectionNow()
    if (subscription === undefined || step.what !== 'push' || connection === undefined) return
    this.#session.stop()
    await this.#send(connection, subscription, true)
  }

  /** Does what is due, or sees to it that it is done then. */
  #goOn(): void {
    if (this.#isClosed || this.#underWay !== undefined) return
    this.#timer?.cancel()
    this.#timer = undefined
    const { what, dueMs } = this.#session.step
    if (what === 'nothing') return
    const { clock } = this.#parts
    const waitMs = dueMs - clock.monotonicMs()
    if (waitMs > 0) {
      this.#timer = clock.setTimer(waitMs, () => this.#goOn())
      return
    }
    const connection = this.#connectionNow()
    // `connected` goes on
    if (connection === undefined) return
    this.#underWay = this.#do(connection).finally(() => {
      this.#underWay = undefined
      this.#goOn()
    })
  }

  async #do(connection: BrokerConnection): Promise<void> {
    const { clock, logger } = this.#parts
    const { step, subscription } = this.#session
    try {
      if (step.what === 'push' && subscription !== undefined) {
        const errorCode = await this.#send(connection, subscription, false)
        this.#session.pushed(errorCode, clock.monotonicMs())
      } else {
        await this.#ask(connection)
      }
    } catch (cause) {
      // of no concern to the program
      logger.debug('telemetry-failed', { step: step.what, cause: String(cause) })
      this.#session.unanswered(clock.monotonicMs())
    }
    this.#measure()
  }

  /** Only while somebody wants to know. */
  #measure(): void {
    const { counts } = this.#parts.cluster
    if (this.#session.subscription === undefined) counts.measure = undefined
    else counts.measure ??= new RequestMeasure()
  }

  async #ask({ connection }: BrokerConnection): Promise<void> {
    const { cluster, clock, logger } = this.#parts
    const answer = await connection.send({
      ...{ api: GetTelemetrySubscriptions, version: VERSION, timeoutMs: cluster.requestTimeoutMs },
      request: { clientInstanceId: this.#session.instanceId },
    })
    this.#session.asked(answer, clock.monotonicMs())
    const { subscription, instanceId } = this.#session
    logger.debug('telemetry-asked', { instanceId, errorCode: answer.errorCode })
    if (subscription === undefined || subscription.isDelta === this.#wasDelta) return
    this.#wasDelta = subscription.isDelta
    this.#ledger.clear()
    this.#pushedMs = this.#startedMs
  }

  /** @returns what the broker answered */
  async #send(
    { connection }: BrokerConnection,
    subscription: TelemetrySubscription,
    terminating: boolean,
  ): Promise<number> {
    const { requestTimeoutMs: timeoutMs } = this.#parts.cluster
    const push = this.#collect(subscription)
    const { errorCode } = await connection.send({
      ...{ api: PushTelemetry, version: VERSION, timeoutMs },
      request: {
        clientInstanceId: this.#session.instanceId,
        subscriptionId: subscription.id,
        terminating,
        compressionType: push.codec,
        metrics: push.bytes,
      },
    })
    if (errorCode === 0) {
      this.#ledger.pushed(push.whole)
      this.#pushedMs = push.nowMs
    }
    return errorCode
  }

  #collect(subscription: TelemetrySubscription): Push {
    const { cluster, clock, metrics } = this.#parts
    const { counts } = cluster
    const nowMs = clock.nowMs()
    const { measure } = counts
    counts.measure = new RequestMeasure()
    const { connections, roles } = counts
    const seconds = Math.max(1, nowMs - this.#taken.ms) / SECOND_MS
    const connectionRate = (connections - this.#taken.connections) / seconds
    this.#taken = { ms: nowMs, connections }
    const nodeId = this.#nodeIds()
    const whole = metricPoints({
      ...{ metrics: metrics(), connections, connectionRate, measure, roles: [...roles] },
      nodeId: (broker) => nodeId.get(broker),
    }).filter(({ name }) => isWanted(subscription.prefixes, name))
    const { isDelta, maxBytes, codecs } = subscription
    const sinceMs = isDelta ? this.#pushedMs : this.#startedMs
    const payload = telemetryPayload(isDelta ? this.#ledger.since(whole) : whole, {
      ...{ maxBytes, resource: this.#resource, times: { nowMs, sinceMs, isDelta } },
      codecs: this.#session.isCompressed ? codecs : [],
    })
    return { ...payload, nowMs, whole: whole.slice(0, payload.points.length) }
  }

  #nodeIds(): ReadonlyMap<string, number> {
    const { nodes } = this.#parts.cluster.metadata
    return new Map(Array.from(nodes, ([id, node]) => [addressText(node), id]))
  }

  /** One that is there; the same as before where it can be. */
  #connectionNow(): BrokerConnection | undefined {
    if (this.#connection?.connection.isClosed !== false) {
      this.#connection = this.#parts.cluster.openConnection(GetTelemetrySubscriptions)
    }
    return this.#connection
  }
}
