import { InvariantViolation, type Logger, SerialQueue, StorageError } from '@pafka/base'
import type { CatalogRecord, LogConfig, LogStore, Places, TopicDeleted } from '@pafka/log'
import { ErrorCode, randomUuid } from '@pafka/protocol'

import type { BrokerConfig } from '../config/broker-config.ts'
import {
  type ConfigTexts,
  type DynamicBrokerConfigs,
  effectiveConfig,
} from '../config/dynamic-configs.ts'
import { logConfigOf, topicConfigProblems } from '../config/topic-configs.ts'
import type { CatalogLog } from './catalog-log.ts'
import type { TopicDescription } from './catalog-state.ts'
import {
  accepted,
  type ChangeOptions,
  type MorePartitions,
  type NewTopic,
  overQuota,
  type PartitionQuota,
  type Refusal,
  refusal,
  refused,
  storageFailure,
  type TopicOutcome,
  type TopicTarget,
} from './topic-change.ts'
import { type TopicEntry, TopicIndex } from './topic-index.ts'
import { homesFor, type NewPartitions, withHomes } from './topic-homes.ts'
import { planMorePartitions, planTopics, type PlanView } from './topic-plan.ts'
import { configureLogs, TopicLogs } from './topic-logs.ts'
import { reconcileFolders } from './topic-recovery.ts'
import type { Topic, TopicConfigs, TopicObserver } from './topic.ts'
import { writeChange } from './write-change.ts'

/** Partitions of one broker, all topics together; 10,000 empty ones take some 60 MB of memory. */
export const DEFAULT_MAX_PARTITIONS: number = 100_000

export interface TopicCatalogOptions {
  readonly log: CatalogLog
  readonly logs: LogStore
  readonly logger: Logger
  /** As it was at start; what was changed since is the catalog's to know. */
  readonly config: BrokerConfig
  readonly maxPartitions?: number | undefined
  /** After an unclean stop: a new leader epoch tells clients to look whether they lost a tail. */
  readonly raiseLeaderEpoch?: boolean | undefined
}

/** The topics there are. Changes run one at a time, and are durable before they are answered. */
export class TopicCatalog {
  readonly #options: TopicCatalogOptions
  readonly #index = new TopicIndex()
  readonly #logs: TopicLogs
  readonly #changes = new SerialQueue()
  readonly #observers = new Set<TopicObserver>()
  #config: BrokerConfig
  /** Of topics without overrides, which is most of them. */
  #defaultLogConfig: LogConfig

  private constructor(options: TopicCatalogOptions) {
    this.#options = options
    this.#logs = new TopicLogs(options)
    this.#config = effectiveConfig(options.config, this.dynamicConfigs()).config
    this.#defaultLogConfig = logConfigOf(new Map(), this.#config)
  }

  /** @throws {StorageError} when catalog and folders contradict each other. */
  static async open(options: TopicCatalogOptions): Promise<TopicCatalog> {
    const { log, logs, logger } = options
    await reconcileFolders(log, logs, logger)
    if (options.raiseLeaderEpoch === true) await raiseLeaderEpoch(log, logs)
    const catalog = new TopicCatalog(options)
    for (const description of log.state.topics.values()) await catalog.#load(description)
    await catalog.#logs.loaded(catalog.all())
    return catalog
  }

  byName(name: string): Topic | undefined {
    return this.#index.byName(name)
  }

  byId(id: string): Topic | undefined {
    return this.#index.byId(id)
  }

  /** Sorted by name; not to be kept over an `await`. */
  all(): readonly Topic[] {
    return this.#index.all()
  }

  get totalPartitions(): number {
    return this.#index.totalPartitions
  }

  /** @returns a function that ends it. */
  observe(observer: TopicObserver): () => void {
    this.#observers.add(observer)
    return () => this.#observers.delete(observer)
  }

  /** @returns one outcome per topic, in order. */
  create(wanted: readonly NewTopic[], options: ChangeOptions = {}): Promise<TopicOutcome[]> {
    return this.#changes.run(async () => {
      const plans = planTopics(wanted, this.#view()).map((plan) =>
        'errorCode' in plan ? plan : (overQuota(options.quota, plan.partitions) ?? plan),
      )
      if (options.validateOnly === true) {
        return plans.map((plan) =>
          'errorCode' in plan ? refused(plan) : accepted(null, plan.partitions),
        )
      }
      return this.#createAll(
        withHomes(plans, this.#options.logs, (configs) => this.#logConfig(configs)),
      )
    })
  }

  /**
   * A topic of the broker itself, made if there is none, with these configs if they are not set.
   * @throws {StorageError}
   */
  createInternal(name: string, partitions: number, configs: TopicConfigs): Promise<Topic> {
    return this.#changes.run(async () => {
      const existing = this.#index.byName(name)
      if (existing !== undefined) {
        const merged = new Map([...configs, ...existing.configs])
        if (merged.size > existing.configs.size) await this.#setConfigs(existing, merged)
        return existing
      }
      const id = randomUuid()
      const internal = true
      const wanted = { name, first: 0, config: this.#logConfig(configs), count: partitions }
      const [places = []] = homesFor(this.#options.logs, [wanted])
      const [outcome] = await this.#createAll([{ name, id, partitions, internal, configs, places }])
      if (outcome?.topic) return outcome.topic
      throw new StorageError(outcome?.errorMessage ?? `cannot create ${name}`)
    })
  }

  /** @returns one outcome per target, in order; `topic` is the one deleted. */
  delete(
    targets: readonly TopicTarget[],
    { quota }: Pick<ChangeOptions, 'quota'> = {},
  ): Promise<TopicOutcome[]> {
    return this.#changes.run(async () => {
      const doomed = new Set<TopicEntry>()
      const outcomes = targets.map((target) => this.#deletion(target, doomed, quota))
      const records = [...doomed].map(({ id }) => this.#deletionOf(id))
      // what is deleted makes the room that a full disk lacks to write it down
      const failure = await this.#write(records, () => this.#logs.empty([...doomed]))
      if (failure !== undefined) return outcomes.map((each) => (each.topic ? failure : each))
      for (const topic of doomed) this.#index.remove(topic)
      for (const topic of doomed) this.#notify((observer) => observer.deleted?.(topic))
      await this.#logs.remove([...doomed])
      return outcomes
    })
  }

  /** @returns one outcome per topic, in order. */
  addPartitions(
    wanted: readonly MorePartitions[],
    options: ChangeOptions = {},
  ): Promise<TopicOutcome[]> {
    return this.#changes.run(async () => {
      let added = 0
      const more: NewPartitions[] = []
      const outcomes = wanted.map((each): TopicOutcome => {
        const plan = planMorePartitions(each, this.#view(), added)
        if ('errorCode' in plan) return refused(plan)
        const excess = overQuota(options.quota, plan.partitions)
        if (excess !== undefined) return refused(excess)
        added += plan.partitions
        const topic = this.#index.byName(each.name) ?? null
        const first = topic?.partitions.length ?? 0
        const config = this.#logConfig(topic?.configs ?? new Map())
        more.push({ name: each.name, first, config, count: plan.partitions })
        return accepted(topic, each.count)
      })
      if (options.validateOnly === true) return outcomes
      const homes = homesFor(this.#options.logs, more)
      const records = outcomes.flatMap(({ topic }, at): CatalogRecord[] => {
        const count = wanted[at]?.count
        if (topic === null || count === undefined) return []
        const known = this.#placesOf(topic.id)
        const before = topic.partitions.map((_, index) => known[index] ?? '')
        const places = [...before, ...(homes.shift() ?? [])]
        return [{ kind: 'partitions-added', id: topic.id, partitions: count, places }]
      })
      const failure = await this.#write(records)
      if (failure !== undefined) return outcomes.map((each) => (each.topic ? failure : each))
      for (const [at, { topic }] of outcomes.entries()) {
        if (topic !== null) outcomes[at] = await this.#grow(topic.id, wanted[at]?.count ?? 0)
      }
      return outcomes
    })
  }

  /**
   * Replaces a topic's overrides by what `change` makes of them; undefined leaves them.
   * @returns the topic, or undefined if there is none of the name.
   * @throws {StorageError} if the change may not be durable.
   */
  changeConfigs(
    name: string,
    change: (configs: TopicConfigs) => TopicConfigs | undefined,
  ): Promise<Topic | undefined> {
    return this.#changes.run(async () => {
      const topic = this.#index.byName(name)
      const configs = topic && change(topic.configs)
      if (topic !== undefined && configs !== undefined) await this.#setConfigs(topic, configs)
      return topic
    })
  }

  /** The broker's configuration in force, with what was changed at run time. */
  get config(): BrokerConfig {
    return this.#config
  }

  /** What was changed at run time of the broker's configuration. */
  dynamicConfigs(): DynamicBrokerConfigs {
    const { log, config } = this.#options
    return {
      broker: log.state.brokerConfigs(brokerKey(config.nodeId, 'broker')),
      cluster: log.state.brokerConfigs(brokerKey(config.nodeId, 'cluster')),
    }
  }

  /** As `changeConfigs`, for the broker. @throws {StorageError} */
  changeBrokerConfigs(
    level: keyof DynamicBrokerConfigs,
    change: (configs: ConfigTexts) => ConfigTexts | undefined,
  ): Promise<void> {
    return this.#changes.run(async () => {
      const configs = change(this.dynamicConfigs()[level])
      if (configs === undefined) return
      const { log, config } = this.#options
      const broker = brokerKey(config.nodeId, level)
      await log.append([{ kind: 'broker-configs-set', broker, configs }])
      this.#config = effectiveConfig(config, this.dynamicConfigs()).config
      this.#defaultLogConfig = logConfigOf(new Map(), this.#config)
      for (const topic of this.#index.all()) configureLogs(topic, this.#logConfig(topic.configs))
      this.#notify((observer) => observer.brokerConfigsChanged?.(this.#config))
    })
  }

  /** Partitions of a topic lie in other log dirs now. Rejects if that may not be durable. */
  notePlaces(topicId: string): Promise<void> {
    return this.#changes.run(() => this.#logs.notePlaces(this.#index.byId(topicId)))
  }

  /** Ends when every change asked for so far is done. */
  async close(): Promise<void> {
    await this.#changes.idle()
    this.#observers.clear()
  }

  async #createAll(wanted: readonly (TopicDescription | Refusal)[]): Promise<TopicOutcome[]> {
    const records = wanted.flatMap((each): CatalogRecord[] =>
      'errorCode' in each ? [] : [{ kind: 'topic-created', ...each }],
    )
    const failure = await this.#write(records)
    const outcomes: TopicOutcome[] = []
    for (const each of wanted) {
      if ('errorCode' in each) outcomes.push(refused(each))
      else outcomes.push(failure ?? (await this.#make(each)))
    }
    return outcomes
  }

  /** Makes a topic's logs once the catalog has it; on failure the catalog forgets it again. */
  async #make(description: TopicDescription): Promise<TopicOutcome> {
    try {
      const topic = await this.#load(description)
      this.#notify((observer) => observer.created?.(topic))
      return accepted(topic, topic.partitions.length)
    } catch (error) {
      const { id } = description
      await this.#write([this.#deletionOf(id)])
      await this.#logs.discard(description)
      return storageFailure(error)
    }
  }

  async #load(description: TopicDescription): Promise<TopicEntry> {
    const { name, id, internal, configs } = description
    for (const problem of topicConfigProblems(configs, this.#config)) {
      this.#options.logger.warn('topic-config-does-not-count', { topic: name, problem })
    }
    const partitions = await this.#logs.open(description, {
      first: 0,
      config: this.#logConfig(configs),
    })
    const topic = { name, id, internal, configs, partitions }
    this.#index.add(topic)
    return topic
  }

  async #grow(id: string, count: number): Promise<TopicOutcome> {
    const topic = this.#index.byId(id)
    if (topic === undefined) throw new InvariantViolation('topics go one at a time')
    const first = topic.partitions.length
    try {
      const config = this.#logConfig(topic.configs)
      const places = this.#placesOf(id)
      const added = await this.#logs.open(
        { ...topic, partitions: count, places },
        { first, config },
      )
      this.#index.setPartitions(topic, [...topic.partitions, ...added])
    } catch (error) {
      return storageFailure(error) // the catalog has them: a restart makes the rest
    }
    this.#notify((observer) => observer.partitionsAdded?.(topic, first))
    return accepted(topic, count)
  }

  #deletion(
    { name, id }: TopicTarget,
    doomed: Set<TopicEntry>,
    quota: PartitionQuota | undefined,
  ): TopicOutcome {
    const topic = id === null ? this.#index.byName(name ?? '') : this.#index.byId(id)
    if (topic !== undefined && doomed.has(topic)) {
      const reason = `Topic '${topic.name}' is named twice.`
      return refused(refusal(ErrorCode.INVALID_REQUEST, reason))
    }
    if (topic === undefined) {
      const known = id === null
      const errorCode = known ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.UNKNOWN_TOPIC_ID
      const what = known ? `topic '${name}'` : `topic with the id ${id}`
      return refused(refusal(errorCode, `There is no ${what}.`))
    }
    if (topic.internal) {
      const reason = `Topic '${topic.name}' is the broker's own and cannot be deleted.`
      return refused(refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, reason))
    }
    const excess = overQuota(quota, topic.partitions.length)
    if (excess !== undefined) return refused(excess)
    doomed.add(topic)
    return accepted(topic, topic.partitions.length)
  }

  async #setConfigs(topic: TopicEntry, configs: TopicConfigs): Promise<void> {
    await this.#options.log.append([{ kind: 'topic-configs-set', id: topic.id, configs }])
    topic.configs = configs
    configureLogs(topic, this.#logConfig(topic.configs))
    this.#notify((observer) => observer.configsChanged?.(topic))
  }

  #logConfig(configs: TopicConfigs): LogConfig {
    if (configs.size === 0) return this.#defaultLogConfig
    return logConfigOf(configs, this.#config)
  }

  #placesOf(id: string): Places {
    return this.#options.log.state.topics.get(id)?.places ?? []
  }

  #deletionOf(id: string): TopicDeleted {
    return { kind: 'topic-deleted', id, places: [...new Set(this.#placesOf(id))] }
  }

  /** @returns what to answer when the records could not be written. */
  #write(
    records: readonly CatalogRecord[],
    freeMore?: () => Promise<void>,
  ): Promise<TopicOutcome | undefined> {
    return writeChange(records, { ...this.#options, freeMore })
  }

  #view(): PlanView {
    const { maxPartitions = DEFAULT_MAX_PARTITIONS } = this.#options
    return {
      nodeId: this.#config.nodeId,
      defaultPartitions: this.#config.numPartitions,
      maxPartitions,
      totalPartitions: this.#index.totalPartitions,
      byName: (name) => this.#index.byName(name),
      byCollisionKey: (key) => this.#index.byCollisionKey(key),
    }
  }

  #notify(tell: (observer: TopicObserver) => void): void {
    for (const observer of this.#observers) tell(observer)
  }
}

/** One epoch for all partitions, above that of each: one write, however many there are. */
async function raiseLeaderEpoch(log: CatalogLog, logs: LogStore): Promise<void> {
  let highest = log.state.leaderEpoch
  for (const { latestEpoch } of logs.logs()) highest = Math.max(highest, latestEpoch)
  // not written down, it is raised to the same again, unless a log has batches of it
  await log.note([{ kind: 'leader-epoch-raised', leaderEpoch: highest + 1 }])
}

function brokerKey(nodeId: number, level: keyof DynamicBrokerConfigs): string {
  return level === 'cluster' ? '' : String(nodeId)
}
