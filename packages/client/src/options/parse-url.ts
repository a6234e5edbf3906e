import { ConfigError } from '@pafka/base'

import type { KafkaOptions, SaslOptions } from './kafka-options.ts'

/** `kafka://user:password@one:9092,two:9092?tls&sasl=scram-sha-512` */
const URL_PARTS = /^kafka:\/\/(?:(?<who>[^@/?]*)@)?(?<brokers>[^/?]*)\/?(?:\?(?<query>.*))?$/u

const TIMES = ['connectTimeoutMs', 'requestTimeoutMs', 'timeoutMs', 'metadataMaxAgeMs'] as const
const KEYS = ['tls', 'sasl', 'clientId', 'rack', 'pushMetrics', ...TIMES]

/** @throws {ConfigError} with all that is wrong; it does not say the password */
export function optionsOfUrl(url: string): KafkaOptions {
  if (!url.includes('://')) return { brokers: url }
  const { who, brokers, query } = URL_PARTS.exec(url)?.groups ?? {}
  if (brokers === undefined) {
    throw new ConfigError(['A URL of a cluster looks so: kafka://user:password@host:9092?tls'])
  }
  const problems: string[] = []
  const given = new URLSearchParams(query ?? '')
  for (const key of given.keys()) {
    if (!KEYS.includes(key)) problems.push(`${key} is no option; there are ${KEYS.join(', ')}`)
  }
  const sasl = saslOf(given.get('sasl'), who, problems)
  const tls = flag('tls', given.get('tls'), problems)
  const pushMetrics = flag('pushMetrics', given.get('pushMetrics') ?? 'true', problems)
  const times = TIMES.flatMap((key) => {
    const value = given.get(key)
    return value === null ? [] : [[key, Number(value)] as const]
  })
  if (problems.length > 0) throw new ConfigError(problems)
  const clientId = given.get('clientId')
  const rack = given.get('rack')
  return {
    ...{ brokers, tls, pushMetrics, ...Object.fromEntries(times) },
    ...(sasl !== undefined && { sasl }),
    ...(clientId !== null && { clientId }),
    ...(rack !== null && { rack }),
  }
}

function flag(key: string, value: string | null, problems: string[]): boolean {
  if (value === null || value === 'false') return false
  if (value !== '' && value !== 'true') problems.push(`${key}: ${value} is neither true nor false`)
  return true
}

function saslOf(
  mechanism: string | null,
  who: string | undefined,
  problems: string[],
): SaslOptions | undefined {
  const name = (mechanism ?? 'plain').toLowerCase()
  const isKnown = name === 'plain' || name === 'scram-sha-256' || name === 'scram-sha-512'
  if (!isKnown) {
    problems.push(`sasl: ${name} cannot be had by a URL; plain and scram-sha-256 and -512 can`)
    return undefined
  }
  if (who === undefined) {
    if (mechanism !== null) problems.push('sasl: a URL with a mechanism names user and password')
    return undefined
  }
  const [user = '', ...password] = who.split(':')
  const credentials = { username: decoded(user), password: decoded(password.join(':')) }
  return { mechanism: name, credentials }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new ConfigError(['user and password of a URL are percent-encoded: % itself is %25'])
  }
}
