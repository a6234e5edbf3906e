import type { Clock, Logger, Random } from '@pafka/base'
import { type Api, FindCoordinator, Metadata, ZERO_UUID } from '@pafka/protocol'

import type { BrokerVersions, VersionRange } from '../connection/api-versions.ts'
import type { BrokerConnection } from '../connection/broker-connection.ts'
import { BrokerLink, type Lane, type OwnLane } from '../connection/broker-link.ts'
import type { RequestWatch } from '../connection/connection.ts'
import { addressText, type BrokerAddress } from '../connection/frame-socket.ts'
import type { TlsOptions } from '../connection/tls-options.ts'
import { brokerError } from '../errors/broker-error.ts'
import { clientClosed, connectionLost } from '../errors/client-errors.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { SaslMechanism } from '../sasl/sasl-mechanism.ts'
import { ClientCounts } from '../watch/client-counts.ts'
import { metadataFrom, type MetadataAnswer } from './cluster-metadata.ts'
import { MetadataKeeper, type MetadataQuestion } from './metadata-keeper.ts'

/** Older brokers than Kafka 1.0 are not spoken to. */
const METADATA_VERSIONS: VersionRange = { min: 5 }

export interface ClusterOptions {
  readonly bootstrap: readonly BrokerAddress[]
  readonly clientId: string
  readonly softwareVersion: string
  readonly tls: TlsOptions | undefined
  readonly sasl: SaslMechanism | undefined
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly metadataMaxAgeMs: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly watch?: RequestWatch | undefined
  /** There is another connection. */
  readonly onOpened?: () => void
}

/** What coordinators are looked up by. Source: Kafka `CoordinatorType`. */
export const CoordinatorType = { GROUP: 0, TRANSACTION: 1 } as const

export type CoordinatorType = (typeof CoordinatorType)[keyof typeof CoordinatorType]

/** A request to whichever version the broker has. */
export interface Ask<Request, Response> {
  readonly api: Api<Request, Response>
  readonly versions?: VersionRange | undefined
  readonly request: Request | ((version: number) => Request)
  /** `control` by default. */
  readonly lane?: Lane | undefined
  /** For the answer; the client's request timeout by default. */
  readonly timeoutMs?: number | undefined
}

/** The brokers of one cluster, what is known of them, and the way to each. */
export class Cluster {
  readonly metadata: MetadataKeeper
  /** What all that use it did. */
  readonly counts: ClientCounts
  readonly #options: ClusterOptions
  /** By address: a broker that moved is another one. */
  readonly #links = new Map<string, BrokerLink>()
  readonly #coordinators = new Map<string, number>()
  #lastOwner = 0
  #isClosed = false

  constructor(options: ClusterOptions) {
    const { clock, random, metadataMaxAgeMs: maxAgeMs } = options
    this.counts = new ClientCounts(clock, options.watch)
    this.#options = options
    this.metadata = new MetadataKeeper({
      ...{ clock, random, maxAgeMs },
      ask: (question) => this.#askMetadata(question),
    })
    this.metadata.listen(() => this.#dropLinks())
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get requestTimeoutMs(): number {
    return this.#options.requestTimeoutMs
  }

  get metadataMaxAgeMs(): number {
    return this.#options.metadataMaxAgeMs
  }

  /** Asks one broker once. @throws {KafkaError} when there is no answer */
  async ask<Request, Response>(nodeId: number, ask: Ask<Request, Response>): Promise<Response> {
    return this.#send(await this.connectionTo(nodeId, ask.lane), ask)
  }

  /** Asks whoever can be reached. */
  async askAny<Request, Response>(ask: Ask<Request, Response>): Promise<Response> {
    return this.#send(await this.anyConnection(ask.lane), ask)
  }

  /** Asks the controller; a cluster that names none takes such requests anywhere. */
  async askController<Request, Response>(ask: Ask<Request, Response>): Promise<Response> {
    if (this.metadata.nodes.size === 0) await this.metadata.refresh()
    const { controllerId, nodes } = this.metadata
    return nodes.has(controllerId) ? this.ask(controllerId, ask) : this.askAny(ask)
  }

  /** The way to a broker, to be asked for before each request. @throws {KafkaError} */
  async connectionTo(nodeId: number, lane: Lane = 'control'): Promise<BrokerConnection> {
    const node = this.metadata.nodes.get(nodeId)
    if (node === undefined) {
      this.metadata.outdated()
      throw connectionLost(`broker ${nodeId}`, 'cannot be made: its address is not known')
    }
    return this.#link(node).connection(lane)
  }

  /** One that is there, to a broker that has the API; nobody waits on it for long. */
  openConnection<Request, Response>(api: Api<Request, Response>): BrokerConnection | undefined {
    for (const { open } of this.#links.values()) {
      if (open?.versions.find(api) !== undefined) return open
    }
    return undefined
  }

  /** @returns the id of the broker. @throws {KafkaError} */
  async coordinator(type: CoordinatorType, key: string): Promise<number> {
    const place = `${type} ${key}`
    const known = this.#coordinators.get(place)
    if (known !== undefined && this.metadata.nodes.has(known)) return known
    const { nodeId } = await this.#findCoordinator(type, key)
    if (!this.metadata.nodes.has(nodeId)) await this.metadata.refresh()
    this.#coordinators.set(place, nodeId)
    return nodeId
  }

  /** The coordinator is not there any more: the next look asks again. */
  forgetCoordinator(type: CoordinatorType, key: string): void {
    this.#coordinators.delete(`${type} ${key}`)
  }

  /** For a consumer of its own: what it waits for keeps nobody else waiting. */
  ownLanes(): { readonly fetch: OwnLane; readonly group: OwnLane } {
    this.#lastOwner += 1
    return { fetch: `fetch-${this.#lastOwner}`, group: `group-${this.#lastOwner}` }
  }

  /** Its consumer is closed. */
  closeLane(lane: OwnLane): void {
    for (const link of this.#links.values()) link.closeLane(lane)
  }

  /** Ends all connections. Requests under way fail. */
  close(): void {
    this.#isClosed = true
    this.metadata.close()
    const cause = clientClosed('client')
    for (const link of this.#links.values()) link.close(cause)
    this.#links.clear()
  }

  async #findCoordinator(type: CoordinatorType, key: string): Promise<{ nodeId: number }> {
    const answer = await this.askAny({
      api: FindCoordinator,
      request: (version) => ({
        ...{ key, keyType: type },
        coordinatorKeys: version >= 4 ? [key] : [],
      }),
    })
    const [found = answer] = answer.coordinators
    if (found.errorCode === 0) return found
    throw brokerError(found.errorCode, found.errorMessage, { api: 'FindCoordinator' })
  }

  async #askMetadata({ topics, mayCreate }: MetadataQuestion): Promise<MetadataAnswer> {
    const response = await this.askAny({
      api: Metadata,
      versions: METADATA_VERSIONS,
      request: {
        topics: topics?.map((name) => ({ topicId: ZERO_UUID, name })) ?? null,
        allowAutoTopicCreation: mayCreate,
        includeClusterAuthorizedOperations: false,
        includeTopicAuthorizedOperations: false,
      },
    })
    return metadataFrom(response)
  }

  async #send<Request, Response>(
    {
      connection,
      versions,
    }: { connection: BrokerConnection['connection']; versions: BrokerVersions },
    ask: Ask<Request, Response>,
  ): Promise<Response> {
    const { api, request, timeoutMs = this.#options.requestTimeoutMs } = ask
    const version = versions.pick(api, ask.versions)
    return connection.send({
      ...{ api, version, timeoutMs },
      request: isFunction(request) ? request(version) : request,
    })
  }

  /** The brokers that are known, and then those it began with, until one can be reached. */
  async anyConnection(lane: Lane = 'control'): Promise<BrokerConnection> {
    const { random, bootstrap } = this.#options
    const known = [...this.metadata.nodes.values()]
    const first = random.below(Math.max(1, known.length))
    const inTurn = [...known.slice(first), ...known.slice(0, first), ...bootstrap]
    let failure: unknown
    for (const address of inTurn) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next is tried where this one fails
        return await this.#link(address).connection(lane)
      } catch (error) {
        const isOfAll = error instanceof KafkaError && error.kind !== 'retriable'
        // a certificate is one broker's
        if (isOfAll && error.code !== 'TLS_FAILED') throw error
        failure = error
      }
    }
    throw failure
  }

  #link(address: BrokerAddress): BrokerLink {
    if (this.#isClosed) throw clientClosed('client')
    const text = addressText(address)
    const known = this.#links.get(text)
    if (known !== undefined) return known
    const { logger } = this.#options
    const link = new BrokerLink({
      ...this.#options,
      ...{ address, watch: this.counts },
      onOpened: () => {
        this.counts.connections += 1
        this.#options.onOpened?.()
      },
      onLost: ({ message }) => {
        logger.debug('connection-lost', { broker: text, cause: message })
        this.metadata.outdated()
      },
    })
    this.#links.set(text, link)
    return link
  }

  /** Who is not of the cluster any more, nor was asked first, is spoken to no more. */
  #dropLinks(): void {
    const { bootstrap } = this.#options
    const named = new Set([...this.metadata.nodes.values(), ...bootstrap].map(addressText))
    for (const [text, link] of this.#links) {
      if (named.has(text)) continue
      // what was asked of it may be asked of others
      link.close(connectionLost(text, 'ended: no broker is there any more'))
      this.#links.delete(text)
    }
  }
}

function isFunction<Request>(
  request: Request | ((version: number) => Request),
): request is (version: number) => Request {
  return typeof request === 'function'
}
