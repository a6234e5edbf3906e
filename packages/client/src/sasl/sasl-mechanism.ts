import { badCredentials } from '../errors/client-errors.ts'

/** Sends what a client says next. @returns what the broker answered. @throws {KafkaError} */
export type SaslExchange = (bytes: Uint8Array) => Promise<Uint8Array>

/** A way to prove who one is. */
export interface SaslMechanism {
  /** As brokers list it: `SCRAM-SHA-512`. */
  readonly name: string
  /**
   * Says all there is to say: for each connection, and again before the broker ends its session
   * (KIP-368). Other requests go on until `exchange` is called first.
   * @param broker `host:port`
   * @throws when there is nothing to say yet, which is tried again, or when what the broker said is
   *   not to be trusted
   */
  authenticate(exchange: SaslExchange, broker: string): Promise<void>
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

/**
 * Asked each time: a rotated password is used at the next connection. One that throws is asked
 * again for as long as what needs the connection has time; a `KafkaError` of its own is final,
 * unless its `kind` is `retriable`.
 */
export type CredentialsSource = Credentials | (() => Credentials | Promise<Credentials>)

export async function readCredentials(source: CredentialsSource): Promise<Credentials> {
  if (typeof source !== 'function') return source
  const given: Partial<Credentials> | undefined = await source()
  const { username, password } = given ?? {}
  if (typeof username !== 'string' || typeof password !== 'string') {
    throw badCredentials('a username and a password, both texts')
  }
  return { username, password }
}
