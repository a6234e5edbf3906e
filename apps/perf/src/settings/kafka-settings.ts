import type { KafkaOptions } from '@pafka/client'

import type { Mutable } from './mutable.ts'
import type { PropertyReader } from './property-reader.ts'

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const PROTOCOLS = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']

/** How to reach a cluster. @param bootstrap goes before `bootstrap.servers` */
export function kafkaSettings(read: PropertyReader, bootstrap: string | undefined): KafkaOptions {
  const named = read.text('bootstrap.servers')
  const brokers = bootstrap ?? named
  if (brokers === undefined) read.problems.push('--bootstrap-server: say where the brokers are')
  const kafka: Mutable<KafkaOptions> = { brokers: brokers ?? '' }
  kafka.clientId = read.text('client.id') ?? 'pafka-perf'
  const requestTimeoutMs = read.number('request.timeout.ms')
  if (requestTimeoutMs !== undefined) kafka.requestTimeoutMs = requestTimeoutMs
  const rack = read.text('client.rack')
  if (rack !== undefined) kafka.rack = rack
  readSecurity(read, kafka)
  return kafka
}

function readSecurity(read: PropertyReader, kafka: Mutable<KafkaOptions>): void {
  const protocol = read.oneOf('security.protocol', PROTOCOLS) ?? 'PLAINTEXT'
  const mechanism = read.oneOf('sasl.mechanism', MECHANISMS)
  const jaas = read.text('sasl.jaas.config')
  const [ca, cert] = ['ssl.truststore.location', 'ssl.keystore.location'].map((name) =>
    read.pem(name),
  )
  if (protocol.endsWith('SSL')) {
    kafka.tls = { ...(ca && { ca }), ...(cert && { cert, key: cert }) }
  }
  if (!protocol.startsWith('SASL')) return
  const username = /username="((?:[^"\\]|\\.)*)"/u.exec(jaas ?? '')?.[1]
  const password = /password="((?:[^"\\]|\\.)*)"/u.exec(jaas ?? '')?.[1]
  if (mechanism === undefined || username === undefined || password === undefined) {
    read.problems.push('sasl.mechanism, sasl.jaas.config: who this is, with username and password')
    return
  }
  const named = mechanism.toLowerCase() as 'plain' | 'scram-sha-256' | 'scram-sha-512'
  kafka.sasl = { mechanism: named, credentials: { username, password } }
}
