import { type Clock, DecodeError, type Logger, MINUTE_MS } from '@pafka/base'
import { decompress, ErrorCode, randomUuid, TooLargeError, ZERO_UUID } from '@pafka/protocol'

import type { ClientAttributes } from '../config/client-match.ts'
import type { NamedConfigs } from '../metadata/named-configs.ts'
import type { ClientSeries, SeriesOwner } from './client-series.ts'
import { decodeMetrics, type PushedMetrics } from './otlp-metrics.ts'
import {
  planFor,
  readSubscriptions,
  type Subscription,
  type TelemetryPlan,
} from './subscriptions.ts'
import { TelemetryClient } from './telemetry-client.ts'

/** Ids that mean something else. Source: Kafka `Uuid.RESERVED`. */
const RESERVED_IDS: readonly string[] = [ZERO_UUID, 'AAAAAAAAAAAAAAAAAAAAAQ']
/** Of instances above it the one that was silent for longest is forgotten. Kafka has 16,384. */
const MOST_CLIENTS = 10_000
const FORGOTTEN_AFTER_PUSHES = 3

/** Whom a request is from, but for the instance id, which is in it. */
export type TelemetryPeer = Omit<ClientAttributes, 'client_instance_id'>

/** What PushTelemetry carries. */
export interface TelemetryPush {
  readonly clientInstanceId: string
  readonly subscriptionId: number
  readonly terminating: boolean
  readonly compressionType: number
  /** Borrowed. */
  readonly metrics: Uint8Array
}

export interface ClientTelemetryOptions {
  readonly resources: NamedConfigs
  readonly series: ClientSeries
  /** Of one push, and of what comes out of it decompressed. */
  readonly maxBytes: number
  readonly clock: Clock
  readonly logger: Logger
}

/** Told about a client that asked: an error, or what it is to push. */
export interface TelemetryOffer {
  readonly errorCode: ErrorCode
  readonly clientInstanceId: string
  readonly plan: TelemetryPlan | undefined
}

interface KnownClient {
  readonly client: TelemetryClient
  readonly expiresMs: number
  /** Of the subscriptions that its plan is from. */
  readonly version: number
}

/** Tells clients which metrics are wanted of them, and takes what they push (KIP-714). */
export class ClientTelemetry {
  readonly series: ClientSeries
  readonly maxBytes: number
  readonly #resources: NamedConfigs
  readonly #clock: Clock
  readonly #logger: Logger
  /** The one that came last is the last. */
  readonly #clients = new Map<string, KnownClient>()
  readonly #outcomes = new Map<ErrorCode, number>()
  #subscriptions: { readonly version: number; readonly read: Promise<Subscription[]> } | undefined

  constructor({ resources, series, maxBytes, clock, logger }: ClientTelemetryOptions) {
    this.#resources = resources
    this.series = series
    this.maxBytes = maxBytes
    this.#clock = clock
    this.#logger = logger
  }

  /** Client instances that are known. */
  get clientCount(): number {
    return this.#clients.size
  }

  /** Pushes so far by what they were answered with. */
  get outcomes(): ReadonlyMap<ErrorCode, number> {
    return this.#outcomes
  }

  /** @param clientInstanceId zero for a client that has none yet */
  async offer(clientInstanceId: string, peer: TelemetryPeer): Promise<TelemetryOffer> {
    const id = clientInstanceId === ZERO_UUID ? randomUuid() : clientInstanceId
    const client = await this.#clientOf(id, peer)
    const errorCode = client.ask(this.#clock.monotonicMs())
    const plan = errorCode === ErrorCode.NONE ? client.plan : undefined
    return { errorCode, clientInstanceId: id, plan }
  }

  async push(push: TelemetryPush, peer: TelemetryPeer): Promise<ErrorCode> {
    const errorCode = await this.#pushed(push, peer)
    this.#outcomes.set(errorCode, (this.#outcomes.get(errorCode) ?? 0) + 1)
    return errorCode
  }

  /** What is exported of what was pushed, in Prometheus' text format. */
  text(): string {
    this.series.expire(this.#clock.monotonicMs())
    return this.series.text()
  }

  async #pushed(push: TelemetryPush, peer: TelemetryPeer): Promise<ErrorCode> {
    const { clientInstanceId: instanceId, metrics } = push
    if (RESERVED_IDS.includes(instanceId)) return ErrorCode.INVALID_REQUEST
    const client = await this.#clientOf(instanceId, peer)
    const nowMs = this.#clock.monotonicMs()
    const refused = client.push({ ...push, sizeBytes: metrics.length }, nowMs, this.maxBytes)
    if (refused !== ErrorCode.NONE || metrics.length === 0) return refused
    const read = this.#read(push)
    if (typeof read === 'number') {
      client.failed(read)
      return read
    }
    this.series.expire(nowMs)
    this.series.take(ownerOf(instanceId, peer), read, nowMs + silenceMs(client.plan))
    return ErrorCode.NONE
  }

  #read({ clientInstanceId, compressionType, metrics }: TelemetryPush): PushedMetrics | ErrorCode {
    try {
      return decodeMetrics(decompress(compressionType, metrics, this.maxBytes))
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      const cause = error.message
      this.#logger.debug('telemetry-refused', { clientInstanceId, cause })
      if (error instanceof TooLargeError) return ErrorCode.TELEMETRY_TOO_LARGE
      return ErrorCode.INVALID_RECORD // a client that gets it pushes no more
    }
  }

  /** As it was, unless subscriptions were changed since: then it begins anew. */
  async #clientOf(instanceId: string, peer: TelemetryPeer): Promise<TelemetryClient> {
    const { version, read } = this.#current()
    const subscriptions = await read
    const nowMs = this.#clock.monotonicMs()
    const known = this.#clients.get(instanceId)
    const isSame = known !== undefined && known.version >= version
    const attributes = { ...peer, client_instance_id: instanceId }
    const client = isSame ? known.client : new TelemetryClient(planFor(subscriptions, attributes))
    const expiresMs = nowMs + silenceMs(client.plan)
    this.#clients.delete(instanceId)
    this.#clients.set(instanceId, {
      client,
      expiresMs,
      version: isSame ? known.version : version,
    })
    this.#forget(nowMs)
    return client
  }

  /** Those who were silent for too long, and for longest where there are too many. */
  #forget(nowMs: number): void {
    for (const [instanceId, { expiresMs }] of this.#clients) {
      if (expiresMs > nowMs && this.#clients.size <= MOST_CLIENTS) return
      this.#clients.delete(instanceId)
    }
  }

  #current(): { readonly version: number; readonly read: Promise<Subscription[]> } {
    const { version } = this.#resources
    if (this.#subscriptions?.version !== version) {
      this.#subscriptions = { version, read: readSubscriptions(this.#resources.all) }
    }
    return this.#subscriptions
  }
}

/** Its port is left out: it is another with every connection. */
function ownerOf(instanceId: string, peer: TelemetryPeer): SeriesOwner {
  const about = [
    ['client_software_name', peer.client_software_name ?? ''],
    ['client_software_version', peer.client_software_version ?? ''],
    ['client_source_address', peer.client_source_address ?? ''],
  ] as const
  return { instanceId, clientId: peer.client_id ?? '', about }
}

/** How long a client may be silent before its numbers are taken for gone. As in Kafka. */
function silenceMs({ pushIntervalMs }: TelemetryPlan): number {
  return Math.max(MINUTE_MS, FORGOTTEN_AFTER_PUSHES * pushIntervalMs)
}
