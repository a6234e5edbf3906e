import { DescribeCluster, type DescribeClusterResponse, UnregisterBroker } from '@pafka/protocol'

import type { BrokerNode } from '../cluster/cluster-metadata.ts'
import type { CallOptions } from '../options/call-options.ts'
import { Checks } from '../options/checks.ts'
import { AclAdmin } from './acl-admin.ts'
import { type AclOperation, operationsOf } from './acl.ts'
import { type AdminParts, askAny, askController, checkAnswer } from './admin-call.ts'
import { ConfigAdmin } from './config-admin.ts'
import { refreshNodes } from './each-broker.ts'
import { FeatureAdmin } from './feature-admin.ts'
import { GroupAdmin } from './group-admin.ts'
import { LogDirAdmin } from './log-dir-admin.ts'
import { OffsetAdmin } from './offset-admin.ts'
import { PartitionAdmin } from './partition-admin.ts'
import { QuorumAdmin } from './quorum-admin.ts'
import { QuotaAdmin } from './quota-admin.ts'
import { ShareOffsetAdmin } from './share-offset-admin.ts'
import { TopicAdmin } from './topic-admin.ts'
import { TransactionAdmin } from './transaction-admin.ts'
import { UserAdmin } from './user-admin.ts'

/** The cluster itself. */
export interface ClusterDescription {
  readonly clusterId: string | null
  /** -1 while there is none; any broker, where controllers are none. */
  readonly controllerId: number
  readonly brokers: readonly BrokerNode[]
}

/** As newer brokers tell it. */
export interface ClusterDetails extends ClusterDescription {
  /** Those that are registered, but may not serve (yet). */
  readonly fencedBrokers: readonly BrokerNode[]
  /** What we may do with the cluster; undefined where the broker does not say it. */
  readonly operations: readonly AclOperation[] | undefined
}

const FENCED_VERSION = 2

/** Looks after a cluster. Made by `kafka.admin()`; it uses the connections of its client. */
export class Admin {
  readonly acls: AclAdmin
  readonly configs: ConfigAdmin
  readonly features: FeatureAdmin
  readonly groups: GroupAdmin
  readonly logDirs: LogDirAdmin
  readonly offsets: OffsetAdmin
  readonly partitions: PartitionAdmin
  readonly quorum: QuorumAdmin
  readonly quotas: QuotaAdmin
  readonly shareOffsets: ShareOffsetAdmin
  readonly topics: TopicAdmin
  readonly transactions: TransactionAdmin
  readonly users: UserAdmin
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
    this.acls = new AclAdmin(parts)
    this.configs = new ConfigAdmin(parts)
    this.features = new FeatureAdmin(parts)
    this.groups = new GroupAdmin(parts)
    this.logDirs = new LogDirAdmin(parts)
    this.quorum = new QuorumAdmin(parts)
    this.quotas = new QuotaAdmin(parts)
    this.shareOffsets = new ShareOffsetAdmin(parts)
    this.topics = new TopicAdmin(parts)
    this.transactions = new TransactionAdmin(parts)
    this.users = new UserAdmin(parts)
    this.offsets = new OffsetAdmin(parts, this.topics)
    this.partitions = new PartitionAdmin(parts, this.topics)
  }

  /** @throws {KafkaError} when no broker answers */
  async cluster(options: CallOptions = {}): Promise<ClusterDescription> {
    await refreshNodes(this.#parts, options)
    const { clusterId, controllerId, nodes } = this.#parts.cluster.metadata
    return { clusterId, controllerId, brokers: [...nodes.values()] }
  }

  /** As `cluster`, with what only newer brokers tell. @throws {KafkaError} UNSUPPORTED_VERSION */
  async describeCluster(options: CallOptions = {}): Promise<ClusterDetails> {
    const request = {
      includeClusterAuthorizedOperations: true,
      endpointType: BROKERS,
      includeFencedBrokers: true,
    }
    const ask = { api: DescribeCluster, versions: { min: FENCED_VERSION }, request }
    return askAny(this.#parts, ask, detailsFrom, options)
  }

  /** Of a broker that will not come back. @throws {KafkaError} BROKER_ID_NOT_REGISTERED, ... */
  async unregisterBroker(brokerId: number, options: CallOptions = {}): Promise<void> {
    const checks = new Checks()
    checks.number('brokerId', brokerId)
    checks.done()
    const context = { api: 'UnregisterBroker', subject: `broker ${brokerId}` }
    await askController(
      this.#parts,
      { api: UnregisterBroker, request: { brokerId } },
      (answer) => checkAnswer(answer, context),
      options,
    )
  }
}

/** Source: Kafka `EndpointType`. */
const BROKERS = 1

function detailsFrom(answer: DescribeClusterResponse): ClusterDetails {
  checkAnswer(answer, { api: 'DescribeCluster' })
  const { clusterId, controllerId, brokers, clusterAuthorizedOperations } = answer
  return {
    ...{ clusterId, controllerId, operations: operationsOf(clusterAuthorizedOperations) },
    brokers: brokers.filter(({ isFenced }) => !isFenced).map((one) => nodeFrom(one)),
    fencedBrokers: brokers.filter(({ isFenced }) => isFenced).map((one) => nodeFrom(one)),
  }
}

function nodeFrom(broker: DescribeClusterResponse['brokers'][number]): BrokerNode {
  const { brokerId: id, host, port, rack } = broker
  return { id, host, port, rack }
}
