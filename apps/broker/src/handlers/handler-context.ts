import type { Clock, Logger } from '@pafka/base'
import type { LogStore } from '@pafka/log'

import type { BrokerConfig } from '../config/broker-config.ts'
import type { GroupCoordinator } from '../groups/group-coordinator.ts'
import type { DelayedFetches } from '../fetch/delayed-fetch.ts'
import type { FetchMemory } from '../fetch/fetch-memory.ts'
import type { FetchSessionCache } from '../fetch/fetch-session.ts'
import type { ReadAheads } from '../fetch/read-aheads.ts'
import type { CatalogLog } from '../metadata/catalog-log.ts'
import type { ClusterIdentity } from '../metadata/cluster-identity.ts'
import type { FeatureLevels } from '../metadata/feature-levels.ts'
import type { GroupConfigs } from '../metadata/group-configs.ts'
import type { NamedConfigs } from '../metadata/named-configs.ts'
import type { ProducerIds } from '../metadata/producer-ids.ts'
import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.ts'
import type { StoragePressure } from '../network/produce-gate.ts'
import type { ClientTelemetry } from '../telemetry/client-telemetry.ts'
import type { ClientQuotas } from '../quotas/client-quotas.ts'
import type { QuotaStore } from '../quotas/quota-store.ts'

/** What an API is offered at: its own versions, or more where old clients look for them. */
export interface AdvertisedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/** The parts of a broker that handlers work with. Made once, by `Broker`. */
export interface HandlerContext {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly topics: TopicCatalog
  /** What all changes of metadata come to, and how many there were. */
  readonly catalog: Pick<CatalogLog, 'sequence' | 'state'>
  readonly logs: LogStore
  readonly storagePressure: StoragePressure
  readonly quotas: ClientQuotas
  readonly quotaStore: QuotaStore
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly producerIds: ProducerIds
  readonly features: FeatureLevels
  /** Subscriptions to clients' metrics. */
  readonly clientMetrics: NamedConfigs
  readonly groupConfigs: GroupConfigs
  readonly telemetry: ClientTelemetry
  readonly fetchSessions: FetchSessionCache
  readonly delayedFetches: DelayedFetches
  readonly readAheads: ReadAheads
  /** Records read for fetch answers that have not left yet, all connections together. */
  readonly fetchMemory: FetchMemory
  readonly cluster: ClusterIdentity
  readonly advertisedApis: readonly AdvertisedApi[]
}
