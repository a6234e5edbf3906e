/** Sends what a client says next. @returns what the broker answered. @throws {KafkaError} */
export type SaslExchange = (bytes: Uint8Array) => Promise<Uint8Array>

/** A way to prove who one is. */
export interface SaslMechanism {
  /** As brokers list it: `SCRAM-SHA-512`. */
  readonly name: string
  /**
   * Says all there is to say, once per connection.
   * @param broker `host:port`
   * @throws when the broker is not to be trusted
   */
  authenticate(exchange: SaslExchange, broker: string): Promise<void>
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Asked each time: a rotated password is used at the next connection. */
export type CredentialsSource = Credentials | (() => Credentials | Promise<Credentials>)

export async function readCredentials(source: CredentialsSource): Promise<Credentials> {
  return typeof source === 'function' ? source() : source
}
