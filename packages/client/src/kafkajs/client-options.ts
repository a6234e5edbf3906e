import { asError } from '../errors/as-error.ts'
import type { KafkaOptions, SaslOptions } from '../options/kafka-options.ts'
import { type ResolvedOptions, resolveOptions } from '../options/resolve-options.ts'
import { awsMechanism, customMechanism } from './custom-sasl.ts'
import {
  KafkaJSConnectionError,
  KafkaJSSASLAuthenticationError,
} from './errors/connection-errors.ts'
import { KafkaJSNonRetriableError } from './errors/kafkajs-error.ts'
import { KafkaJSNotImplemented } from './errors/metadata-errors.ts'
import type { KafkaConfig } from './kafka-config.ts'
import type { Logger } from './logger-types.ts'
import { retryTerms } from './retry-terms.ts'

const DEFAULT_CLIENT_ID = 'kafkajs'
const DEFAULT_CONNECTION_TIMEOUT_MS = 1000
const DEFAULT_AUTHENTICATION_TIMEOUT_MS = 10_000
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000
const MOST_MS = 2 ** 31 - 1

/** What differs between the clients of one `Kafka`. */
export interface ClientTerms {
  readonly metadataMaxAge?: number | undefined
  readonly rackId?: string | undefined
  readonly logger: Logger
}

/** Refuses at once what cannot be had. @throws {KafkaJSNonRetriableError} */
export function checkConfig({ brokers, sasl, socketFactory }: KafkaConfig): void {
  if (socketFactory !== undefined) {
    throw new KafkaJSNotImplemented('socketFactory is not supported: sockets are Node’s own here')
  }
  if (!Array.isArray(brokers) && typeof brokers !== 'function') {
    throw new KafkaJSNonRetriableError('brokers: a list is needed, or a function that gives one')
  }
  const isNamed = sasl === undefined || typeof sasl.mechanism === 'string'
  if (!isNamed) throw new KafkaJSSASLAuthenticationError('sasl: a mechanism has a name')
}

/** Asks for brokers, where that is to be done, and says it all as the client wants it. */
export async function clientOptions(
  config: KafkaConfig,
  { metadataMaxAge, rackId, logger }: ClientTerms,
): Promise<ResolvedOptions> {
  const { clientId = DEFAULT_CLIENT_ID, ssl, sasl } = config
  const { connectionTimeout = DEFAULT_CONNECTION_TIMEOUT_MS } = config
  const { authenticationTimeout = DEFAULT_AUTHENTICATION_TIMEOUT_MS } = config
  const { requestTimeout = DEFAULT_REQUEST_TIMEOUT_MS, enforceRequestTimeout = true } = config
  const options: KafkaOptions = {
    ...{ brokers: await brokersOf(config), clientId, logger: logger.namespace('Connection') },
    connectTimeoutMs: connectionTimeout + (sasl === undefined ? 0 : authenticationTimeout),
    requestTimeoutMs: enforceRequestTimeout ? requestTimeout : MOST_MS,
    timeoutMs: Math.max(1, retryTerms(config.retry).totalMs),
    ...(ssl !== undefined && { tls: ssl }),
    ...(sasl !== undefined && { sasl: saslOf(sasl, logger) }),
    ...(metadataMaxAge !== undefined && { metadataMaxAgeMs: Math.max(1, metadataMaxAge) }),
    ...(rackId !== undefined && rackId !== '' && { rack: rackId }),
  }
  try {
    return resolveOptions(options)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new KafkaJSNonRetriableError(error, { cause: error })
  }
}

async function brokersOf({ brokers: given }: KafkaConfig): Promise<string[]> {
  let brokers: unknown
  try {
    brokers = typeof given === 'function' ? await given() : given
  } catch (error) {
    const why = asError(error).message
    throw new KafkaJSConnectionError(`The function that gives brokers failed: ${why}`)
  }
  if (!Array.isArray(brokers) || brokers.length === 0) {
    throw new KafkaJSNonRetriableError('There are no brokers: at least one is needed')
  }
  return brokers.map(String)
}

function saslOf(sasl: NonNullable<KafkaConfig['sasl']>, logger: Logger): SaslOptions {
  if ('authenticationProvider' in sasl) return customMechanism(sasl, logger)
  switch (sasl.mechanism) {
    case 'aws':
      return awsMechanism(sasl)
    case 'oauthbearer':
      return { mechanism: 'oauthbearer', token: sasl.oauthBearerProvider }
    default: {
      const { mechanism, username, password } = sasl
      return { mechanism: lowerCase(mechanism), credentials: { username, password } }
    }
  }
}

/** Programs write `PLAIN`, too. */
function lowerCase<T extends string>(mechanism: T): T {
  return mechanism.toLowerCase() as T
}
