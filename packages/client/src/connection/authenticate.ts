import { DecodeError } from '@pafka/base'
import { ErrorCode, errorName, SaslAuthenticate, SaslHandshake } from '@pafka/protocol'

import { authenticationFailed } from '../errors/client-errors.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { SaslMechanism } from '../sasl/sasl-mechanism.ts'
import type { BrokerVersions } from './api-versions.ts'
import type { Connection } from './connection.ts'

/** Version 0 is for SASL without frames, which no broker of today needs. */
const HANDSHAKE_VERSION = 1

export interface Authentication {
  readonly broker: string
  readonly versions: BrokerVersions
  readonly mechanism: SaslMechanism
  readonly timeoutMs: number
}

/**
 * Says who we are.
 * @returns for how long the broker believes it, in milliseconds; 0 for as long as it likes
 * @throws {KafkaError} AUTHENTICATION_FAILED; what `send` throws
 */
export async function authenticate(
  send: Connection['send'],
  { broker, versions, mechanism, timeoutMs }: Authentication,
): Promise<number> {
  const { errorCode, mechanisms } = await send({
    api: SaslHandshake,
    version: versions.pick(SaslHandshake, { min: HANDSHAKE_VERSION }),
    request: { mechanism: mechanism.name },
    timeoutMs,
  })
  if (errorCode !== ErrorCode.NONE) {
    const known = mechanisms.length === 0 ? 'none' : mechanisms.join(', ')
    const why = `it has ${known}, not ${mechanism.name} (${errorName(errorCode)}).`
    throw authenticationFailed(broker, why)
  }
  let lifetimeMs = 0
  const exchange = async (authBytes: Uint8Array): Promise<Uint8Array> => {
    const version = versions.pick(SaslAuthenticate)
    const answer = await send({
      ...{ api: SaslAuthenticate, version, timeoutMs },
      request: { authBytes },
    })
    if (answer.errorCode !== ErrorCode.NONE) {
      const why = answer.errorMessage ?? errorName(answer.errorCode)
      throw authenticationFailed(broker, why)
    }
    lifetimeMs = answer.sessionLifetimeMs
    return answer.authBytes
  }
  try {
    await mechanism.authenticate(exchange, broker)
  } catch (cause) {
    if (cause instanceof KafkaError) throw cause
    const why = cause instanceof DecodeError ? cause.message : `${mechanism.name} failed.`
    throw authenticationFailed(broker, why, cause)
  }
  return lifetimeMs
}
