import type { Timer } from '@pafka/base'
import { ApiVersions, type ApiVersionsResponse, ErrorCode, WireReader } from '@pafka/protocol'

import { brokerError } from '../errors/broker-error.ts'
import { connectionLost } from '../errors/client-errors.ts'
import { KafkaError } from '../errors/kafka-error.ts'
import type { SaslMechanism } from '../sasl/sasl-mechanism.ts'
import { unlessAborted } from '../time/sleep.ts'
import { BrokerVersions } from './api-versions.ts'
import { authenticate, type Authentication } from './authenticate.ts'
import { Connection, type ConnectionOptions } from './connection.ts'

const SOFTWARE_NAME = 'pafka-client'
/** Part of a session's lifetime after which we say again who we are (KIP-368). */
const RENEW_AT = 0.85

export interface BrokerConnectionOptions extends ConnectionOptions {
  readonly sasl: SaslMechanism | undefined
  /** For all that is said before the first request. */
  readonly connectTimeoutMs: number
  readonly softwareVersion: string
  /** Aborted, with a `KafkaError`, when nobody wants it any more before it is there. */
  readonly unwanted?: AbortSignal | undefined
}

/** A connection to a broker of which it is known what it speaks, and which knows who we are. */
export class BrokerConnection {
  readonly connection: Connection
  readonly versions: BrokerVersions
  #renewal: Timer | undefined

  private constructor(connection: Connection, versions: BrokerVersions) {
    this.connection = connection
    this.versions = versions
  }

  /** @throws {KafkaError} CONNECTION_LOST, AUTHENTICATION_FAILED, ... */
  static async open(options: BrokerConnectionOptions): Promise<BrokerConnection> {
    const { sasl, unwanted } = options
    let opened: BrokerConnection | undefined
    const connection = new Connection({
      ...options,
      onClose: (cause) => {
        if (opened !== undefined) opened.#renewal?.cancel()
        options.onClose?.(cause)
      },
    })
    const timer = limitOf(connection, options, 'to make')
    const stop = (): void => connection.close(unwanted?.reason as KafkaError)
    unwanted?.addEventListener('abort', stop, { once: true })
    try {
      await connection.opened()
      opened = new BrokerConnection(connection, await versionsOf(connection, options))
      if (sasl !== undefined) await unlessAborted(opened.#authenticate(sasl, options), unwanted)
      return opened
    } catch (error) {
      connection.close(error instanceof KafkaError ? error : undefined)
      throw error
    } finally {
      timer.cancel()
      unwanted?.removeEventListener('abort', stop)
    }
  }

  async #authenticate(mechanism: SaslMechanism, options: BrokerConnectionOptions): Promise<void> {
    const { connection, versions } = this
    const { connectTimeoutMs: timeoutMs, clock } = options
    const how: Authentication = { broker: connection.broker, versions, mechanism, timeoutMs }
    await connection.holding(async (send) => {
      const lifetimeMs = await authenticate(send, how)
      if (lifetimeMs <= 0) return
      this.#renewal = clock.setTimer(lifetimeMs * RENEW_AT, () => {
        void this.#renew(mechanism, options)
      })
    })
  }

  /** A failure closes the connection: whoever needs one opens another, and learns why not. */
  async #renew(mechanism: SaslMechanism, options: BrokerConnectionOptions): Promise<void> {
    const timer = limitOf(this.connection, options, 'to be authenticated again')
    await this.#authenticate(mechanism, options).catch(() => {})
    timer.cancel()
  }
}

/** It is closed when something takes longer than it takes to connect. @param what that is */
function limitOf(
  connection: Connection,
  { clock, connectTimeoutMs }: BrokerConnectionOptions,
  what: string,
): Timer {
  return clock.setTimer(connectTimeoutMs, () => {
    connection.close(connectionLost(connection.broker, `took over ${connectTimeoutMs} ms ${what}`))
  })
}

async function versionsOf(
  connection: Connection,
  { connectTimeoutMs: timeoutMs, softwareVersion }: BrokerConnectionOptions,
): Promise<BrokerVersions> {
  const request = {
    clientSoftwareName: SOFTWARE_NAME,
    clientSoftwareVersion: softwareVersion,
  }
  let version = ApiVersions.maxVersion
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- the second question is a lesson of the first
    const answer = await connection.send({ api: ANY_API_VERSIONS, version, request, timeoutMs })
    const isTooNew = answer.errorCode === ErrorCode.UNSUPPORTED_VERSION && version > 0
    if (!isTooNew) {
      if (answer.errorCode === ErrorCode.NONE) {
        const { apiKeys, finalizedFeatures: features = [] } = answer
        const levels = features.map(({ name, maxVersionLevel }) => [name, maxVersionLevel] as const)
        return new BrokerVersions(connection.broker, apiKeys, new Map(levels))
      }
      throw brokerError(answer.errorCode, null, { broker: connection.broker, api: 'ApiVersions' })
    }
    const known = answer.apiKeys.find(({ apiKey }) => apiKey === ApiVersions.key)
    version = Math.min(version - 1, known?.maxVersion ?? 0)
  }
}

/** A broker that does not know the version of the question answers in version 0 (KIP-511). */
const ANY_API_VERSIONS: typeof ApiVersions = {
  ...ApiVersions,
  response: {
    ...ApiVersions.response,
    decode(reader, version): ApiVersionsResponse {
      const bytes = reader.raw(reader.remaining)
      const isTooNew = new WireReader(bytes).int16() === ErrorCode.UNSUPPORTED_VERSION
      return ApiVersions.response.decode(new WireReader(bytes), isTooNew ? 0 : version)
    },
  },
}
