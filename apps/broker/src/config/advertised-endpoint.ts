import type { BrokerConfig } from './broker-config.ts'
import { isEveryAddress } from './listener-endpoint.ts'

/** The broker's end of a connection. */
export interface LocalEnd {
  readonly localAddress: string
  readonly localPort: number
}

export interface AdvertisedEndpoint {
  readonly host: string
  readonly port: number
}

/**
 * Where a client that came by a listener is told to go: what `advertised.listeners` says, else
 * the listener's own host, else the address that the client connected to: that one it can reach.
 */
export function advertisedEndpoint(
  config: Pick<BrokerConfig, 'listeners' | 'advertisedListeners'>,
  listenerName: string,
  origin: LocalEnd,
): AdvertisedEndpoint {
  const named = ({ name }: { readonly name: string }): boolean => name === listenerName
  const advertised = config.advertisedListeners?.find(named)
  const own = config.listeners.find(named)
  const port = advertised?.port || origin.localPort || own?.port || 0
  if (advertised !== undefined && advertised.host !== '') return { host: advertised.host, port }
  if (own !== undefined && !isEveryAddress(own.host)) return { host: own.host, port }
  return { host: plainAddress(origin.localAddress), port }
}

/** `::ffff:10.0.0.1`, IPv4 on a socket that takes both, becomes `10.0.0.1`. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped?.[1] ?? (address === '' ? 'localhost' : address)
}
