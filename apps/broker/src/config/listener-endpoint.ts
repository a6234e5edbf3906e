/** One `name://host:port` of `listeners`. */
export interface ListenerEndpoint {
  /** Upper case, as Kafka compares them. */
  readonly name: string
  /** Empty: every address. IPv6 without its brackets. */
  readonly host: string
  readonly port: number
  readonly securityProtocol: 'PLAINTEXT'
}

/** One `name://host:port` of `advertised.listeners`. */
export interface AdvertisedListener {
  readonly name: string
  readonly host: string
  readonly port: number
}
