import { type Clock, DecodeError } from '@pafka/base'
import { ErrorCode, errorName, SaslAuthenticate, SaslHandshake } from '@pafka/protocol'

import { authenticationFailed, connectionLost, noCredentials } from '../errors/client-errors.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { SaslExchange, SaslMechanism } from '../sasl/sasl-mechanism.ts'
import type { BrokerVersions } from './api-versions.ts'
import type { Connection } from './connection.ts'

/** Version 0 is for SASL without frames, which no broker of today needs. */
const HANDSHAKE_VERSION = 1

export interface Authentication {
  readonly clock: Clock
  readonly versions: BrokerVersions
  readonly mechanism: SaslMechanism
  /** From the first word on. */
  readonly timeoutMs: number
}

/**
 * Says who we are. The connection is held from the first word on, and closed when it fails then:
 * between two words nothing else can be said. Before it, who has nothing to say has lost nothing.
 * @returns for how long the broker believes it, in milliseconds; 0 for as long as it likes
 * @throws {KafkaError} CREDENTIALS_UNAVAILABLE before the first word; AUTHENTICATION_FAILED, what
 *   `connection.send` throws
 */
export async function authenticate(connection: Connection, how: Authentication): Promise<number> {
  const { broker } = connection
  const { mechanism } = how
  let talk: SaslTalk | undefined
  const exchange: SaslExchange = async (bytes) => {
    talk ??= new SaslTalk(connection, how)
    return talk.say(bytes)
  }
  try {
    await mechanism.authenticate(exchange, broker)
    return talk?.lifetimeMs ?? 0
  } catch (cause) {
    const error = failureOf(cause, how, broker, talk === undefined)
    if (talk !== undefined) connection.close(error)
    throw error
  } finally {
    talk?.[Symbol.dispose]()
  }
}

function failureOf(
  cause: unknown,
  { mechanism }: Authentication,
  broker: string,
  isSilent: boolean,
): KafkaError {
  if (cause instanceof KafkaError) return cause
  if (isSilent) return noCredentials(broker, cause)
  const why = cause instanceof DecodeError ? cause.message : `${mechanism.name} failed.`
  return authenticationFailed(broker, why, cause)
}

/** What a mechanism and the broker say to each other, with nobody between them. */
class SaslTalk implements Disposable {
  readonly #broker: string
  readonly #how: Authentication
  readonly #resources = new DisposableStack()
  readonly #send: Connection['send']
  readonly #begun: Promise<void>
  /** As the broker said last. */
  lifetimeMs = 0

  constructor(connection: Connection, how: Authentication) {
    const { clock, timeoutMs } = how
    this.#broker = connection.broker
    this.#how = how
    this.#send = this.#resources.use(connection.hold()).send
    const timer = clock.setTimer(timeoutMs, () => {
      const why = `took over ${timeoutMs} ms to be authenticated`
      connection.close(connectionLost(connection.broker, why))
    })
    this.#resources.defer(() => timer.cancel())
    this.#begun = this.#shakeHands()
  }

  async say(authBytes: Uint8Array): Promise<Uint8Array> {
    await this.#begun
    const { versions, timeoutMs } = this.#how
    const answer = await this.#send({
      ...{ api: SaslAuthenticate, version: versions.pick(SaslAuthenticate), timeoutMs },
      request: { authBytes },
    })
    if (answer.errorCode !== ErrorCode.NONE) {
      const why = answer.errorMessage ?? errorName(answer.errorCode)
      throw authenticationFailed(this.#broker, why)
    }
    this.lifetimeMs = answer.sessionLifetimeMs
    return answer.authBytes
  }

  async #shakeHands(): Promise<void> {
    const { versions, mechanism, timeoutMs } = this.#how
    const { errorCode, mechanisms } = await this.#send({
      api: SaslHandshake,
      version: versions.pick(SaslHandshake, { min: HANDSHAKE_VERSION }),
      request: { mechanism: mechanism.name },
      timeoutMs,
    })
    if (errorCode === ErrorCode.NONE) return
    const known = mechanisms.length === 0 ? 'none' : mechanisms.join(', ')
    const why = `it has ${known}, not ${mechanism.name} (${errorName(errorCode)}).`
    throw authenticationFailed(this.#broker, why)
  }

  [Symbol.dispose](): void {
    this.#resources.dispose()
  }
}
