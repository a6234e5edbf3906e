import { asError } from '../../errors/as-error.ts'
import type { ClientParts } from '../client-parts.ts'
import { ClientSession } from '../client-session.ts'
import { KafkaJSError, KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import { toKafkaJSError } from '../errors/to-kafkajs-error.ts'
import { EventEmitter } from '../events/emitter.ts'
import { describeGroups } from '../groups/describe-groups.ts'
import type { Logger } from '../logger-types.ts'
import { assignerCluster } from './assigner-cluster.ts'
import { assignerProtocol } from './assigner-group-protocol.ts'
import type { Assigner } from './assigner-types.ts'
import { checkedOffset, checkPartitions, topicsOf } from './check-arguments.ts'
import { CONSUMER_EVENTS, type ConsumerEvents } from './consumer-events.ts'
import type { Consumer, ConsumerConfig, ConsumerRunConfig } from './consumer-types.ts'
import { GroupRun } from './group-run.ts'
import { PausedPartitions } from './paused-partitions.ts'
import { PartitionAssigners } from './round-robin-assigner.ts'
import { Subscriptions } from './subscriptions.ts'

const DEFAULT_SESSION_TIMEOUT_MS = 30_000
const DEFAULT_HEARTBEAT_INTERVAL_MS = 3000
const DEFAULT_RETRIES = 5
const NOT_RUNNING = 'The consumer is in no group yet: run() comes first'

/** Programs take its methods apart: none of them needs `this`. */
export class FacadeConsumer implements Consumer {
  readonly events: ConsumerEvents = CONSUMER_EVENTS
  readonly #config: ConsumerConfig
  readonly #logger: Logger
  readonly #emitter: EventEmitter
  readonly #session: ClientSession
  readonly #subscriptions: Subscriptions
  readonly #assignerCluster: ReturnType<typeof assignerCluster>
  readonly #assigners: readonly Assigner[]
  #paused = new PausedPartitions()
  #run: GroupRun | undefined
  #starting: Promise<void> | undefined
  #stopping: Promise<void> | undefined
  #restart: NodeJS.Timeout | undefined

  /** @throws {KafkaJSNonRetriableError} */
  constructor({ kafka, logger: root }: ClientParts, config: ConsumerConfig) {
    checkConsumer(config)
    const { groupId, metadataMaxAge, rackId, partitionAssigners } = config
    this.#config = config
    this.#logger = root.namespace('Consumer')
    this.#emitter = new EventEmitter('consumer', CONSUMER_EVENTS, this.#logger)
    this.#session = new ClientSession({
      ...{ config: kafka, events: this.#emitter, name: 'consumer' },
      retry: { retries: DEFAULT_RETRIES, ...config.retry },
      terms: { metadataMaxAge, rackId, logger: root },
    })
    const mayCreate = config.allowAutoTopicCreation ?? true
    this.#subscriptions = new Subscriptions(this.#session, mayCreate)
    const cluster = assignerCluster({
      connect: async () => this.#session.connect(),
      current: () => this.#session.connected,
    })
    this.#assignerCluster = cluster
    this.#assigners = (partitionAssigners ?? [PartitionAssigners.roundRobin]).map((create) => {
      return create({ cluster, groupId, logger: this.#logger })
    })
  }

  readonly connect: Consumer['connect'] = async () => {
    await this.#session.connect()
    this.#emitter.emit(CONSUMER_EVENTS.CONNECT)
  }

  readonly disconnect: Consumer['disconnect'] = async () => {
    await this.stop()
    this.#subscriptions.unwatch()
    this.#assignerCluster[Symbol.dispose]()
    this.#session.disconnect()
    this.#emitter.emit(CONSUMER_EVENTS.DISCONNECT)
  }

  readonly subscribe: Consumer['subscribe'] = async (subscription) => {
    if (this.#run !== undefined) {
      throw new KafkaJSNonRetriableError('A consumer that runs cannot subscribe: stop it before')
    }
    const { fromBeginning = false } = subscription
    await this.#subscriptions.add(topicsOf(subscription), fromBeginning)
  }

  readonly run: Consumer['run'] = async (config = {}) => {
    if (this.#run !== undefined) {
      this.#logger.warn('run() was called, but the consumer runs already', this.#group())
      return
    }
    await this.#start(config)
  }

  readonly stop: Consumer['stop'] = async () => {
    clearTimeout(this.#restart)
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined
    })
    await this.#stopping
  }

  readonly commitOffsets: Consumer['commitOffsets'] = async (given = []) => {
    const checked = given.map((one) => checkedOffset(one, false))
    const run = this.#running()
    const topics = [...Map.groupBy(checked, ({ topic }) => topic)].map(([topic, partitions]) => {
      return { topic, partitions }
    })
    await this.#session.retrying(async () => run.offsets.commitTopics(topics))
  }

  readonly seek: Consumer['seek'] = (given) => {
    const { offset, ...place } = checkedOffset(given, true)
    this.#running().seek(place, offset)
  }

  readonly pause: Consumer['pause'] = (given) => {
    checkPartitions(given)
    const run = this.#running()
    for (const { topic, partitions } of given) run.pause(topic, partitions)
  }

  readonly resume: Consumer['resume'] = (given) => {
    checkPartitions(given)
    const run = this.#running()
    for (const { topic, partitions } of given) run.resume(topic, partitions)
  }

  readonly paused: Consumer['paused'] = () => this.#run?.paused() ?? []

  readonly describeGroup: Consumer['describeGroup'] = async () => {
    const { groupId } = this.#config
    const [group] = await this.#session.retrying(async (connected) => {
      return describeGroups(connected, [groupId])
    })
    if (group === undefined) throw new KafkaJSNonRetriableError(`There is no group ${groupId}`)
    return group
  }

  readonly on: Consumer['on'] = (name: string, listener: (event: never) => void) => {
    return this.#emitter.on(name, listener as (event: unknown) => void)
  }

  readonly logger: Consumer['logger'] = () => this.#logger

  #group(): { readonly groupId: string } {
    return { groupId: this.#config.groupId }
  }

  #running(): GroupRun {
    if (this.#run === undefined) throw new KafkaJSNonRetriableError(NOT_RUNNING)
    return this.#run
  }

  async #start(config: ConsumerRunConfig): Promise<void> {
    this.#logger.info('Starting', this.#group())
    let run: GroupRun | undefined
    try {
      this.#starting = this.#connectToRun()
      await this.#starting
      run = this.#newRun(config)
      this.#run = run
      await run.joined()
    } catch (error) {
      if (run === undefined) await this.#crashed(error, config)
    }
  }

  async #connectToRun(): Promise<void> {
    await this.#session.connect()
    this.#emitter.emit(CONSUMER_EVENTS.CONNECT)
    await this.#subscriptions.watch()
  }

  #newRun(config: ConsumerRunConfig): GroupRun {
    const connected = this.#session.connected
    if (connected === undefined) throw new KafkaJSError('The consumer is disconnected')
    const { byTopic } = this.#subscriptions
    let hasCrashed = false
    this.#paused = new PausedPartitions()
    return new GroupRun({
      ...{ connected, config: this.#config, run: config, topics: byTopic, paused: this.#paused },
      ...{ retry: this.#session.retry, events: this.#emitter, logger: this.#logger },
      protocol: assignerProtocol(this.#assigners, () => [...byTopic.keys()]),
      crashed: (error) => {
        if (hasCrashed) return
        hasCrashed = true
        void this.#crashed(error, config)
      },
    })
  }

  /** Disconnects, tells of it, and begins anew where there is a use in it. */
  async #crashed(cause: unknown, config: ConsumerRunConfig): Promise<void> {
    const error = toKafkaJSError(cause)
    const { groupId, retry } = this.#config
    this.#logger.error(`Crash: ${error.name}: ${error.message}`, { groupId, stack: error.stack })
    await this.disconnect().catch(() => {})
    const mayRestart = mayPass(error)
    const restart = mayRestart && (await this.#wantsRestart(error))
    this.#emitter.emit(CONSUMER_EVENTS.CRASH, { error, groupId, restart })
    if (!restart) return
    const told = 'retryTime' in error ? Number(error.retryTime) : undefined
    const retryTime = told ?? retry?.initialRetryTime ?? this.#session.retry.initialRetryTimeMs
    this.#logger.error(`The consumer starts again in ${retryTime} ms`, { groupId })
    this.#restart = setTimeout(() => void this.#start(config), retryTime)
  }

  async #wantsRestart(error: Error): Promise<boolean> {
    try {
      return (await this.#config.retry?.restartOnFailure?.(error)) ?? true
    } catch (failure) {
      const why = asError(failure).message
      this.#logger.error(`restartOnFailure failed, so the consumer starts again: ${why}`)
      return true
    }
  }

  async #stop(): Promise<void> {
    await this.#starting?.catch(() => {})
    const run = this.#run
    if (run !== undefined) {
      await run.stop()
      this.#run = undefined
      this.#emitter.emit(CONSUMER_EVENTS.STOP)
    }
    this.#logger.info('Stopped', this.#group())
  }
}

/** @throws {KafkaJSNonRetriableError} */
function checkConsumer(given: ConsumerConfig | undefined): void {
  const config: Partial<ConsumerConfig> = given ?? {}
  const { groupId, sessionTimeout = DEFAULT_SESSION_TIMEOUT_MS } = config
  const { heartbeatInterval = DEFAULT_HEARTBEAT_INTERVAL_MS } = config
  if (typeof groupId !== 'string' || groupId === '') {
    throw new KafkaJSNonRetriableError('groupId: a group has a name')
  }
  if (heartbeatInterval >= sessionTimeout) {
    const text = `heartbeatInterval (${heartbeatInterval}) is to be below sessionTimeout`
    throw new KafkaJSNonRetriableError(`${text} (${sessionTimeout}); a third of it is good`)
  }
}

/** Whether another attempt may succeed, by what it was at first. */
function mayPass(error: Error): boolean {
  if (error.name === 'KafkaJSNumberOfRetriesExceeded') return true
  let first = error
  while (first.cause instanceof Error) first = first.cause
  return 'retriable' in first && first.retriable === true
}
