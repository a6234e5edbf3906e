import type { MetadataKeeper } from '../cluster/metadata-keeper.ts'
import type { BrokerVersions } from '../connection/api-versions.ts'
import type { OwnLane } from '../connection/broker-link.ts'
import type { Connection } from '../connection/connection.ts'

/** The way to one broker; another one when it was made anew. */
export interface ShareConnection {
  readonly connection: Pick<Connection, 'broker' | 'send'>
  readonly versions: BrokerVersions
}

/** What share consumers need of a cluster. */
export interface ShareBrokers {
  readonly metadata: MetadataKeeper
  readonly requestTimeoutMs: number
  /** To be asked for before each request. @throws {KafkaError} */
  connectionTo(nodeId: number, lane: OwnLane): Promise<ShareConnection>
}
