import type { CatalogRecord, ClientQuotasSet, KnownDir, Places, TopicCreated } from '@pafka/log'

import { entityKey } from '../quotas/quota-entity.ts'
import type { TopicConfigs } from './topic.ts'

/** What the catalog says of one topic: all that its logs do not know themselves. */
export type TopicDescription = Omit<TopicCreated, 'kind'>

/** What all records of a catalog come to. No I/O: records in, facts out. */
export class CatalogState {
  readonly #topics = new Map<string, TopicDescription>()
  readonly #deletedIds = new Map<string, Places>()
  readonly #brokerConfigs = new Map<string, TopicConfigs>()
  readonly #clientMetrics = new Map<string, TopicConfigs>()
  readonly #groupConfigs = new Map<string, TopicConfigs>()
  #featureLevels: ReadonlyMap<string, number> = new Map()
  readonly #clientQuotas = new Map<string, ClientQuotasSet>()
  #nextProducerIdBlock = 0
  #leaderEpoch = 0
  #lineages: readonly string[] = []
  #dirs: readonly KnownDir[] = []

  /** By topic id. */
  get topics(): ReadonlyMap<string, TopicDescription> {
    return this.#topics
  }

  get nextProducerIdBlock(): number {
    return this.#nextProducerIdBlock
  }

  /** Configs of the subscriptions to clients' metrics, by their name. */
  get clientMetrics(): ReadonlyMap<string, TopicConfigs> {
    return this.#clientMetrics
  }

  /** Configs of groups, by their id. */
  get groupConfigs(): ReadonlyMap<string, TopicConfigs> {
    return this.#groupConfigs
  }

  /** By name, of the features whose level somebody changed. */
  get featureLevels(): ReadonlyMap<string, number> {
    return this.#featureLevels
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** Ids of the sets of copies that this came from, the latest last. */
  get lineages(): readonly string[] {
    return this.#lineages
  }

  /** The log dirs that there are and were, as far as anything depends on them. */
  get dirs(): readonly KnownDir[] {
    return this.#dirs
  }

  /** Whether partitions lie there, or what is left of deleted ones may. */
  isDirNeeded(id: string): boolean {
    for (const { places } of this.#topics.values()) if (places.includes(id)) return true
    for (const places of this.#deletedIds.values()) if (places.includes(id)) return true
    return false
  }

  /** @param broker a node id, or empty for the default of every broker. */
  brokerConfigs(broker: string): TopicConfigs {
    return this.#brokerConfigs.get(broker) ?? new Map()
  }

  /** Of each entity that has any, by `entityKey`. */
  get clientQuotas(): ReadonlyMap<string, ClientQuotasSet> {
    return this.#clientQuotas
  }

  /**
   * Topics whose folders, where there still are any, are the rest of a deletion; with the dirs that
   * may have some.
   */
  get deletedIds(): ReadonlyMap<string, Places> {
    return this.#deletedIds
  }

  /** No folder of the topic stands any more: its id need not be remembered. */
  forgetDeleted(id: string): void {
    this.#deletedIds.delete(id)
  }

  /** Records about a topic that is not there change nothing: deletion may overtake them. */
  apply(record: CatalogRecord): void {
    switch (record.kind) {
      case 'topic-created': {
        const { kind: _, ...description } = record
        this.#topics.set(record.id, description)
        break
      }
      case 'topic-deleted':
        this.#topics.delete(record.id)
        this.#deletedIds.set(record.id, record.places)
        break
      case 'partitions-added':
        this.#change(record.id, { partitions: record.partitions, places: record.places })
        break
      case 'partitions-placed':
        this.#change(record.id, { places: record.places })
        break
      case 'topic-configs-set':
        this.#change(record.id, { configs: record.configs })
        break
      case 'broker-configs-set':
        this.#brokerConfigs.set(record.broker, record.configs)
        break
      case 'client-quotas-set':
        if (record.quotas.size === 0) this.#clientQuotas.delete(entityKey(record.entity))
        else this.#clientQuotas.set(entityKey(record.entity), record)
        break
      case 'producer-ids-reserved':
        this.#nextProducerIdBlock = Math.max(this.#nextProducerIdBlock, record.nextBlock)
        break
      case 'leader-epoch-raised':
        this.#leaderEpoch = Math.max(this.#leaderEpoch, record.leaderEpoch)
        break
      case 'client-metrics-set':
        setOrDelete(this.#clientMetrics, record)
        break
      case 'group-configs-set':
        setOrDelete(this.#groupConfigs, record)
        break
      case 'feature-levels-set':
        this.#featureLevels = record.levels
        break
      case 'catalog-kept':
        this.#lineages = record.lineages
        this.#dirs = record.dirs
    }
  }

  /** The fewest records that come to this state. */
  records(): CatalogRecord[] {
    const topics = [...this.#topics.values()].map(
      (topic) => ({ kind: 'topic-created', ...topic }) as const,
    )
    const deleted = [...this.#deletedIds].map(
      ([id, places]) => ({ kind: 'topic-deleted', id, places }) as const,
    )
    const brokers = [...this.#brokerConfigs].map(
      ([broker, configs]) => ({ kind: 'broker-configs-set', broker, configs }) as const,
    )
    const metrics = [...this.#clientMetrics].map(
      ([name, configs]) => ({ kind: 'client-metrics-set', name, configs }) as const,
    )
    const groups = [...this.#groupConfigs].map(
      ([name, configs]) => ({ kind: 'group-configs-set', name, configs }) as const,
    )
    const features = { kind: 'feature-levels-set', levels: this.#featureLevels } as const
    const kept = { kind: 'catalog-kept', lineages: this.#lineages, dirs: this.#dirs } as const
    return [
      ...(this.#lineages.length > 0 ? [kept] : []),
      { kind: 'leader-epoch-raised', leaderEpoch: this.#leaderEpoch },
      { kind: 'producer-ids-reserved', nextBlock: this.#nextProducerIdBlock },
      ...(this.#featureLevels.size > 0 ? [features] : []),
      ...brokers,
      ...metrics,
      ...groups,
      ...this.#clientQuotas.values(),
      ...deleted,
      ...topics,
    ]
  }

  #change(id: string, change: Partial<TopicDescription>): void {
    const topic = this.#topics.get(id)
    if (topic !== undefined) this.#topics.set(id, { ...topic, ...change })
  }
}

function setOrDelete(
  all: Map<string, TopicConfigs>,
  { name, configs }: { readonly name: string; readonly configs: TopicConfigs },
): void {
  if (configs.size === 0) all.delete(name)
  else all.set(name, configs)
}
