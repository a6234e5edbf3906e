import { createSecureContext } from 'node:tls'

import { ConfigError, type Clock, type Logger, silentLogger, systemClock } from '@pafka/base'

import type { BrokerAddress } from '../connection/frame-socket.ts'
import type { TlsOptions } from '../connection/tls-options.ts'
import { asError } from '../errors/as-error.ts'
import { oauthbearer } from '../sasl/oauthbearer.ts'
import { plain } from '../sasl/plain.ts'
import type { SaslMechanism } from '../sasl/sasl-mechanism.ts'
import { scram } from '../sasl/scram.ts'
import type { Tracing } from '../watch/tracing.ts'
import { harmlessLogger } from './harmless-logger.ts'
import type { KafkaOptions, SaslOptions } from './kafka-options.ts'
import { parseBroker } from './parse-broker.ts'
import { optionsOfUrl } from './parse-url.ts'

/** Options with everything in them. */
export interface ResolvedOptions {
  readonly bootstrap: readonly BrokerAddress[]
  readonly clientId: string
  readonly tls: TlsOptions | undefined
  readonly sasl: SaslMechanism | undefined
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly timeoutMs: number
  readonly metadataMaxAgeMs: number
  readonly rack: string | undefined
  readonly pushMetrics: boolean
  readonly tracing: Tracing | undefined
  readonly logger: Logger
  readonly clock: Clock
}

const DEFAULTS = {
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  timeoutMs: 60_000,
  metadataMaxAgeMs: 300_000,
}

type TimeKey = keyof typeof DEFAULTS

/** @throws {ConfigError} with all that is wrong */
export function resolveOptions(given: string | KafkaOptions): ResolvedOptions {
  const options = typeof given === 'string' ? optionsOfUrl(given) : given
  const problems: string[] = []
  const bootstrap = bootstrapOf(options.brokers, problems)
  const { clientId = 'pafka', tls = false, rack, sasl, tracing } = options
  const { logger = silentLogger, clock = systemClock, pushMetrics = true } = options
  const time = (key: TimeKey): number => timeOf(key, options[key] ?? DEFAULTS[key], problems)
  const timeoutMs = time('timeoutMs')
  const resolved = {
    ...{ bootstrap, clientId, rack, pushMetrics, tracing, logger: harmlessLogger(logger), clock },
    tls: tlsOf(tls, problems),
    sasl: sasl && mechanismOf(sasl, problems),
    // a call does not wait for a connection for longer than it may take
    connectTimeoutMs: Math.min(time('connectTimeoutMs'), timeoutMs),
    requestTimeoutMs: time('requestTimeoutMs'),
    timeoutMs,
    metadataMaxAgeMs: time('metadataMaxAgeMs'),
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return resolved
}

function bootstrapOf(given: KafkaOptions['brokers'], problems: string[]): BrokerAddress[] {
  const listed = typeof given === 'string' ? given.split(',') : [...(given ?? [])]
  const texts = listed.map((text) => text.trim()).filter((text) => text !== '')
  if (texts.length === 0) problems.push('brokers: at least one host:port is needed')
  return texts.flatMap((text) => {
    const address = parseBroker(text)
    if (address === undefined) problems.push(`brokers: ${text} is no host:port`)
    return address ?? []
  })
}

function timeOf(key: TimeKey, value: number, problems: string[]): number {
  const isGood = Number.isInteger(value) && value > 0 && value < 2 ** 31
  if (!isGood) problems.push(`${key}: ${value} is no number of milliseconds from 1 to 2147483647`)
  return value
}

/** What is no certificate or key is told now, not by each connection. */
function tlsOf(given: boolean | TlsOptions, problems: string[]): TlsOptions | undefined {
  if (typeof given === 'boolean') return given ? {} : undefined
  try {
    if (given.secureContext === undefined) createSecureContext(given)
  } catch (error) {
    problems.push(`tls: ${asError(error).message}`)
  }
  return given
}

function mechanismOf(sasl: SaslOptions, problems: string[]): SaslMechanism | undefined {
  if ('authenticate' in sasl) return sasl
  switch (sasl.mechanism) {
    case 'plain':
      return plain(sasl.credentials)
    case 'scram-sha-256':
      return scram('sha256', sasl.credentials)
    case 'scram-sha-512':
      return scram('sha512', sasl.credentials)
    case 'oauthbearer':
      return oauthbearer(sasl.token)
    default: {
      const { mechanism }: { readonly mechanism: string } = sasl
      const known = 'plain, scram-sha-256, scram-sha-512, oauthbearer'
      problems.push(`sasl: there is no mechanism ${mechanism}, but ${known}`)
      return undefined
    }
  }
}
