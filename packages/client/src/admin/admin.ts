import type { BrokerNode } from '../cluster/cluster-metadata.ts'
import { AclAdmin } from './acl-admin.ts'
import type { AdminParts } from './admin-call.ts'
import { ConfigAdmin } from './config-admin.ts'
import { FeatureAdmin } from './feature-admin.ts'
import { GroupAdmin } from './group-admin.ts'
import { LogDirAdmin } from './log-dir-admin.ts'
import { OffsetAdmin } from './offset-admin.ts'
import { PartitionAdmin } from './partition-admin.ts'
import { QuorumAdmin } from './quorum-admin.ts'
import { QuotaAdmin } from './quota-admin.ts'
import { TopicAdmin } from './topic-admin.ts'
import { TransactionAdmin } from './transaction-admin.ts'
import { UserAdmin } from './user-admin.ts'

/** The cluster itself. */
export interface ClusterDescription {
  readonly clusterId: string | null
  readonly controllerId: number
  readonly brokers: readonly BrokerNode[]
}

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
  readonly topics: TopicAdmin
  readonly transactions: TransactionAdmin
  readonly users: UserAdmin
  readonly #parts: AdminParts

  constructor(parts: AdminParts) {
    this.#parts = parts
    this.acls = new AclAdmin(parts)
    this.quotas = new QuotaAdmin(parts)
    this.users = new UserAdmin(parts)
    this.configs = new ConfigAdmin(parts)
    this.topics = new TopicAdmin(parts)
    this.features = new FeatureAdmin(parts)
    this.logDirs = new LogDirAdmin(parts)
    this.quorum = new QuorumAdmin(parts)
    this.transactions = new TransactionAdmin(parts)
    this.groups = new GroupAdmin(parts)
    this.offsets = new OffsetAdmin(parts, this.topics)
    this.partitions = new PartitionAdmin(parts, this.topics)
  }

  async cluster(): Promise<ClusterDescription> {
    const { metadata } = this.#parts.cluster
    await metadata.refresh()
    const { clusterId, controllerId, nodes } = metadata
    return { clusterId, controllerId, brokers: [...nodes.values()] }
  }
}
