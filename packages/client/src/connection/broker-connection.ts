import type { Random, Timer } from '@pafka/base'
import { ApiVersions, type ApiVersionsResponse, ErrorCode, WireReader } from '@pafka/protocol'

import { brokerError } from '../errors/broker-error.ts'
import { connectionLost } from '../errors/client-errors.ts'
import { isRetriableError, KafkaError } from '../errors/kafka-error.ts'
import type { SaslMechanism } from '../sasl/sasl-mechanism.ts'
import { retrying } from '../time/retrying.ts'
import { unlessAborted } from '../time/sleep.ts'
import { BrokerVersions } from './api-versions.ts'
import { authenticate } from './authenticate.ts'
import { Connection, type ConnectionOptions } from './connection.ts'

const SOFTWARE_NAME = 'pafka-client'
/** Part of a session's lifetime after which we say again who we are (KIP-368). */
const RENEW_AT = 0.85

export interface BrokerConnectionOptions extends ConnectionOptions {
  readonly random: Random
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
  /** Aborted with the connection, with why. */
  readonly #ended: AbortSignal
  #renewal: Timer | undefined

  private constructor(connection: Connection, versions: BrokerVersions, ended: AbortSignal) {
    this.connection = connection
    this.versions = versions
    this.#ended = ended
    ended.addEventListener('abort', () => this.#renewal?.cancel(), { once: true })
  }

  /** @throws {KafkaError} CONNECTION_LOST, AUTHENTICATION_FAILED, ... */
  static async open(options: BrokerConnectionOptions): Promise<BrokerConnection> {
    const { clock, connectTimeoutMs, sasl, unwanted } = options
    const ended = new AbortController()
    const connection = new Connection({
      ...options,
      onClose: (cause) => {
        ended.abort(cause)
        options.onClose?.(cause)
      },
    })
    const timer = clock.setTimer(connectTimeoutMs, () => {
      const why = `took over ${connectTimeoutMs} ms to make`
      connection.close(connectionLost(connection.broker, why))
    })
    const stop = (): void => connection.close(unwanted?.reason as KafkaError)
    unwanted?.addEventListener('abort', stop, { once: true })
    try {
      await connection.opened()
      const versions = await versionsOf(connection, options)
      const opened = new BrokerConnection(connection, versions, ended.signal)
      if (sasl !== undefined) await opened.#authenticate(sasl, options)
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
    const { clock, connectTimeoutMs: timeoutMs } = options
    const how = { clock, versions, mechanism, timeoutMs }
    // whoever is asked for credentials may never answer
    const lifetimeMs = await unlessAborted(authenticate(connection, how), this.#ended)
    if (lifetimeMs <= 0) return
    const endMs = clock.monotonicMs() + lifetimeMs
    this.#renewal = clock.setTimer(lifetimeMs * RENEW_AT, () => {
      void this.#renew(mechanism, options, endMs)
    })
  }

  /**
   * Whoever has no credentials yet is asked again until the session ends. Any other failure closes
   * the connection: whoever needs one opens another, and learns why not.
   * @param deadlineMs when the session ends, by the clock's `monotonicMs`
   */
  async #renew(
    mechanism: SaslMechanism,
    options: BrokerConnectionOptions,
    deadlineMs: number,
  ): Promise<void> {
    const { connection } = this
    const { clock, random } = options
    const end = (cause?: unknown): void => {
      const why = 'was not authenticated again before its session ended'
      connection.close(connectionLost(connection.broker, why, { cause }))
    }
    const timer = clock.setTimer(deadlineMs - clock.monotonicMs(), end)
    try {
      const attempt = async (): Promise<void> => this.#authenticate(mechanism, options)
      await retrying(attempt, { clock, random, deadlineMs, signal: this.#ended })
    } catch (error) {
      if (isRetriableError(error)) end(error)
      else connection.close(error as KafkaError)
    } finally {
      timer.cancel()
    }
  }
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
