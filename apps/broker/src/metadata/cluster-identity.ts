import {
  type AdvertisedEndpoint,
  advertisedEndpoint,
  type LocalEnd,
} from '../config/advertised-endpoint.ts'
import type { BrokerConfig } from '../config/broker-config.ts'

/** This broker as clients are told of it. */
export interface BrokerEndpoint extends AdvertisedEndpoint {
  readonly nodeId: number
  readonly rack: string | null
}

/** How a client came in: what `RequestOrigin` says of it. */
export interface Arrival extends LocalEnd {
  readonly listenerName: string
}

type IdentityConfig = Pick<
  BrokerConfig,
  'nodeId' | 'brokerRack' | 'listeners' | 'advertisedListeners'
>

/** Who this broker is, in which cluster. There is no other: it is its own controller. */
export class ClusterIdentity {
  /** From `meta.properties`, where the log store keeps it. */
  readonly clusterId: string
  readonly nodeId: number
  readonly #config: IdentityConfig

  constructor(clusterId: string, config: IdentityConfig) {
    this.clusterId = clusterId
    this.nodeId = config.nodeId
    this.#config = config
  }

  /** Where a client finds this broker again: as advertised by the listener that it came in by. */
  endpointFor(arrival: Arrival): BrokerEndpoint {
    const endpoint = advertisedEndpoint(this.#config, arrival.listenerName, arrival)
    return { ...endpoint, nodeId: this.nodeId, rack: this.#config.brokerRack }
  }
}
