/** One `name://host:port` of `listeners`. */
export interface ListenerEndpoint {
  /** Upper case, as Kafka compares them. */
  readonly name: string
  /** Empty: every address. IPv6 without its brackets. */
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly securityProtocol: 'PLAINTEXT'
}

/** One `name://host:port` of `advertised.listeners`. */
export interface AdvertisedListener {
  readonly name: string
  /** Empty: the address that the client itself connected to. */
  readonly host: string
  /** 0: the port that the client itself connected to. */
  readonly port: number
}

const ENDPOINT = /^([^:/]+):\/\/(\[[0-9a-fA-F:.%\w-]*\]|[^:[\]/\s]*):(\d{1,5})$/
const PORT_LIMIT = 65_536

/** @returns undefined for what is not `name://host:port`. */
export function parseEndpoint(text: string): AdvertisedListener | undefined {
  const [, name, host, portText] = ENDPOINT.exec(text) ?? []
  if (name === undefined || host === undefined) return undefined
  const port = Number(portText)
  if (port >= PORT_LIMIT) return undefined
  return { name: name.toUpperCase(), host: host.replace(/^\[|\]$/g, ''), port }
}

/** `name://host:port`, with brackets around IPv6. */
export function formatEndpoint(endpoint: AdvertisedListener): string {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host
  return `${endpoint.name}://${host}:${endpoint.port}`
}

/** True for a host that means every address of the machine. */
export function isEveryAddress(host: string): boolean {
  return host === '' || host === '0.0.0.0' || /^[0:]+$/.test(host)
}
