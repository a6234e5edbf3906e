import { join } from 'node:path'

import { InvariantViolation } from '@pafka/base'
import { type ChannelType, LogStore, type LogStoreOptions } from '@pafka/log'

import type { BrokerSetup } from './broker-setup.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { type DataPlace, limitedPlace } from './data-place.ts'
import { coordinators } from './coordinators.ts'
import { DelayedFetches } from './fetch/delayed-fetch.ts'
import { FetchMemory } from './fetch/fetch-memory.ts'
import { FetchSessionCache } from './fetch/fetch-session.ts'
import { ReadAheads } from './fetch/read-aheads.ts'
import { advertisedApis } from './handlers/advertised-apis.ts'
import { getTelemetrySubscriptions } from './handlers/get-telemetry-subscriptions.ts'
import type { HandlerContext } from './handlers/handler-context.ts'
import type { RequestHandler } from './handlers/handler.ts'
import { pushTelemetry } from './handlers/push-telemetry.ts'
import { handlersByKey } from './handlers/registry.ts'
import { PartitionMoves } from './log-dirs/partition-moves.ts'
import { CatalogLog } from './metadata/catalog-log.ts'
import { ClusterIdentity } from './metadata/cluster-identity.ts'
import { FeatureLevels } from './metadata/feature-levels.ts'
import { GroupConfigs } from './metadata/group-configs.ts'
import { knownTopics } from './metadata/known-topics.ts'
import { NamedConfigs } from './metadata/named-configs.ts'
import { ProducerIds } from './metadata/producer-ids.ts'
import { dirSpace } from './admin/dir-space.ts'
import {
  warnOfLargeBatches,
  warnOfLimits,
  warnOfLittleRoom,
  warnOfMemory,
} from './storage-warnings.ts'
import { TopicCatalog } from './metadata/topic-catalog.ts'
import type { MetricsRegistry } from './metrics/metrics-registry.ts'
import { addCleanerMetrics, addJournalMetrics } from './metrics/storage-metrics.ts'
import { addPartitionMoveMetrics } from './metrics/partition-move-metrics.ts'
import { addTelemetryMetrics } from './metrics/telemetry-metrics.ts'
import { StorageStates } from './metrics/storage-states.ts'
import { addTierMetrics } from './metrics/tier-metrics.ts'
import { addQuotaMetrics } from './metrics/quota-metrics.ts'
import { ClientQuotas } from './quotas/client-quotas.ts'
import { QuotaStore } from './quotas/quota-store.ts'
import { ShareOffsets } from './share-groups/share-offsets.ts'
import { ShareService } from './share-groups/share-service.ts'
import { tailMemoryBytes } from './tail-memory.ts'
import { ClientSeries } from './telemetry/client-series.ts'
import { ClientTelemetry } from './telemetry/client-telemetry.ts'
import { TierMigration } from './tiers/tier-migration.ts'

/** Source: Kafka's `min.incremental.fetch.session.eviction.ms`. */
const SESSION_EVICTION_MS = 120_000

export interface Services extends HandlerContext {
  /** Everything to disk, in the order that a restart needs. */
  close(): Promise<void>
}

interface Storage {
  readonly logs: LogStore
  readonly catalog: CatalogLog
  readonly topics: TopicCatalog
}

/**
 * Opens what is stored and puts the parts together; no port is open yet.
 * @param metrics told what there is to measure; absent when nobody asks.
 */
export async function openServices(
  given: BrokerSetup,
  metrics?: MetricsRegistry,
): Promise<Services> {
  const { config, clock, logger } = given
  const setup = { ...given, place: limitedPlace(given.place, config) }
  warnOfLimits(config.logLimits, logger)
  const delayedFetches = new DelayedFetches(clock)
  const { logs, catalog, topics } = await openStorage(setup, delayedFetches)
  const migration = await TierMigration.start({ logs, topics, config, clock, logger })
  const states = metrics && new StorageStates(logs, migration, clock)
  const partitionMoves = new PartitionMoves({ logs, topics, clock, logger })
  const fetchMemory = new FetchMemory(clock)
  const producerIds = new ProducerIds(catalog, () => logs.largestProducerId())
  const groupConfigs = new GroupConfigs(catalog, config, logger)
  const coordinating = coordinators(setup, { topics, producerIds, groupConfigs })
  const { groups, sharePartitions } = coordinating
  const quotas = new ClientQuotas(config, clock)
  const quotaStore = new QuotaStore({ log: catalog, logs, quotas })
  tellOfTopics(topics, { groups, delayedFetches })
  partitionMoves.start()
  const clientMetrics = new NamedConfigs(catalog, 'client-metrics-set')
  const services: Services = {
    config,
    clock,
    logger,
    logs,
    partitionMoves,
    storagePressure: {
      get pressure() {
        return Math.max(logs.pressure, migration?.pressure ?? 0)
      },
    },
    topics,
    catalog,
    quotas,
    quotaStore,
    ...coordinating,
    groupConfigs,
    shareOffsets: new ShareOffsets({ groups: groups.share, partitions: sharePartitions, topics }),
    shares: shareService(config, { clock, topics, delayedFetches, fetchMemory, ...coordinating }),
    delayedFetches,
    clientMetrics,
    telemetry: telemetryOf(setup, clientMetrics),
    features: new FeatureLevels(catalog),
    producerIds,
    fetchSessions: new FetchSessionCache({
      slots: config.maxIncrementalFetchSessionCacheSlots,
      evictionMs: SESSION_EVICTION_MS,
      random: Math.random,
    }),
    fetchMemory,
    readAheads: new ReadAheads({ topics, memory: fetchMemory, clock }),
    cluster: new ClusterIdentity(logs.clusterId, config),
    advertisedApis: advertisedApis(servedBy(config)),
    close: async () => {
      states?.close()
      await partitionMoves.close()
      await migration?.close()
      await quotaStore.close()
      await topics.close()
      await logs.close(await catalog.close())
    },
  }
  if (metrics !== undefined && states !== undefined) {
    addMetrics(metrics, services)
    addTierMetrics(metrics, { logs, migration, states })
  }
  return services
}

function tellOfTopics(
  topics: TopicCatalog,
  { groups, delayedFetches }: Pick<Services, 'groups' | 'delayedFetches'>,
): void {
  topics.observe({
    created: () => groups.topicsChanged(),
    partitionsAdded: () => groups.topicsChanged(),
    deleted: ({ name, partitions }) => {
      for (const { log } of partitions) if (log !== undefined) delayedFetches.changed(log)
      void groups.topicsDeleted([name])
    },
  })
}

function shareService(
  { groupShareMaxShareSessions: maxSessions }: BrokerConfig,
  {
    groups: { share: groups },
    sharePartitions: partitions,
    ...more
  }: Pick<
    Services,
    'clock' | 'groups' | 'topics' | 'sharePartitions' | 'delayedFetches' | 'fetchMemory'
  >,
): ShareService {
  return new ShareService({ ...more, groups, partitions, maxSessions })
}

function telemetryOf(
  { config, clock, logger }: BrokerSetup,
  resources: NamedConfigs,
): ClientTelemetry {
  const { telemetryMaxSeries, telemetryMaxBytes: maxBytes } = config
  return new ClientTelemetry({
    resources,
    series: new ClientSeries(telemetryMaxSeries),
    maxBytes,
    clock,
    logger,
  })
}

/** Clients need not push what nobody can look at. */
function servedBy({ metricsListener }: BrokerConfig): RequestHandler[] {
  const telemetry = [getTelemetrySubscriptions, pushTelemetry]
  const isServed = (handler: RequestHandler): boolean =>
    metricsListener !== null || !telemetry.includes(handler)
  return [...handlersByKey.values()].filter(isServed)
}

function addMetrics(metrics: MetricsRegistry, services: Services): void {
  const { storagePressure, fetchMemory } = services
  metrics.gauge(
    'pafka_storage_pressure',
    'How far storage is behind: producers are slowed above 0.5 and held at 1.',
    () => storagePressure.pressure,
  )
  addJournalMetrics(metrics, services.logs)
  addCleanerMetrics(metrics, services.logs)
  addPartitionMoveMetrics(metrics, services.partitionMoves)
  addQuotaMetrics(metrics, services.quotas, services.quotaStore)
  addTelemetryMetrics(metrics, services.telemetry)
  metrics.gauge(
    'pafka_fetch_memory_bytes',
    'Memory of records that were read for answers still on their way.',
    () => fetchMemory.usedBytes,
  )
}

async function openStorage(setup: BrokerSetup, delayedFetches: DelayedFetches): Promise<Storage> {
  const { config, place, logger } = setup
  const files: { catalog?: CatalogLog } = {}
  try {
    const logs = await openLogs(setup, delayedFetches, async (all) => {
      const online = all.filter(({ isOnline }) => isOnline)
      const dirs = online.map(({ directoryId: id, path }) => ({ id, path }))
      const catalog = await CatalogLog.open({ files: place.files, dirs, logger })
      files.catalog = catalog
      return knownTopics(catalog.state)
    })
    try {
      const { catalog } = files
      if (catalog === undefined) throw new InvariantViolation('the store asks for the topics')
      if (logs.journal !== undefined) await warnOfLittleRoom(logs.journal, logger)
      // a place that is meant to go with the process needs no warning
      if (!place.volatile) warnOfMemory(logs.foldersInMemory, logger)
      // without topics nobody has seen an epoch
      const raiseLeaderEpoch = !logs.wasClean && catalog.state.topics.size > 0
      const topics = await TopicCatalog.open({
        log: catalog,
        logs,
        logger,
        config,
        raiseLeaderEpoch,
      })
      if (logs.journal !== undefined) warnOfLargeBatches(logs.journal, topics.config, logger)
      return { logs, catalog, topics }
    } catch (error) {
      await logs.close(false) // or the folder stays locked for this process
      throw error
    }
  } catch (error) {
    await files.catalog?.close()
    throw error
  }
}

/** What is in memory is as durable without a journal. */
function channelOf({ logChannelType }: BrokerConfig, place: DataPlace): ChannelType {
  if (logChannelType === 'file' || place.inMemory) return 'file'
  return logChannelType === 'pmem' ? 'pmem' : 'journal'
}

function openLogs(
  { config, place, clock, logger }: BrokerSetup,
  delayedFetches: DelayedFetches,
  findTopics: NonNullable<LogStoreOptions['findTopics']>,
): Promise<LogStore> {
  return LogStore.open({
    dirs: place.dirs,
    files: place.files,
    channel: channelOf(config, place),
    tiers: config.tiers,
    journal: {
      folder: config.logJournalDir ?? join(place.dirs[0] ?? '.', 'journal'),
      limitBytes: config.logJournalMaxBytes,
      tailBytes: config.logTailMemoryBytes ?? tailMemoryBytes(),
    },
    readMemoryBytes: config.logReadMemoryBytes,
    spaceOf: place.volatile ? undefined : dirSpace,
    clock,
    logger,
    nodeId: config.nodeId,
    clusterId: config.clusterId ?? undefined,
    producerIdExpirationMs: config.producerIdExpirationMs,
    retentionCheckIntervalMs: config.logRetentionCheckIntervalMs,
    cleanerBackoffMs: config.logCleanerEnable ? Math.max(1, config.logCleanerBackoffMs) : 0,
    cleaner: {
      dedupeBufferBytes: config.logCleanerDedupeBufferSize,
      loadFactor: config.logCleanerIoBufferLoadFactor,
      ioBufferBytes: config.logCleanerIoBufferSize,
      maxBytesPerSecond: config.logCleanerIoMaxBytesPerSecond,
    },
    findTopics,
    observer: { committed: (log) => delayedFetches.grew(log) },
  })
}
