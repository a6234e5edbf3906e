import type { Clock, Logger } from '@pafka/base'

import type { TlsOptions } from '../connection/tls-options.ts'
import type { TokenSource } from '../sasl/oauthbearer.ts'
import type { CredentialsSource, SaslMechanism } from '../sasl/sasl-mechanism.ts'
import type { Tracing } from '../watch/tracing.ts'

/** How to say who one is: one of Kafka's mechanisms, or one of your own. */
export type SaslOptions =
  | {
      readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
      /** A function is asked for each connection: a rotated password is then used at the next. */
      readonly credentials: CredentialsSource
    }
  | { readonly mechanism: 'oauthbearer'; readonly token: TokenSource }
  | SaslMechanism

/** How to reach a cluster. Everything but `brokers` has a default that is right for most. */
export interface KafkaOptions {
  /** `host:port`, one or several, in a list or with commas: whom to ask first. Port 9092. */
  readonly brokers: string | readonly string[]
  /** As brokers name this program in logs, metrics and quotas; `pafka` by default. */
  readonly clientId?: string
  /** True, or as Node's `tls.connect` takes it: `{ ca, cert, key }`. */
  readonly tls?: boolean | TlsOptions
  readonly sasl?: SaslOptions
  /**
   * To make a connection, with all that is said before its first request; 10 s by default, and
   * never more than `timeoutMs`.
   */
  readonly connectTimeoutMs?: number
  /** For an answer to one request; 30 s by default. A connection that is later than that ends. */
  readonly requestTimeoutMs?: number
  /** For a call with all its attempts; 60 s by default. */
  readonly timeoutMs?: number
  /** What is known of brokers and leaders is asked for again after so long; 5 min by default. */
  readonly metadataMaxAgeMs?: number
  /** Where this program runs (`client.rack`): records are fetched from there, where it can be. */
  readonly rack?: string
  /**
   * Whether brokers that want to know what this client measures are told it (KIP-714); true by
   * default. Most want nothing.
   */
  readonly pushMetrics?: boolean
  /** Follows records from program to program; nothing does by default. */
  readonly tracing?: Tracing
  /** Silent by default. */
  readonly logger?: Logger
  /** For tests that hold time. */
  readonly clock?: Clock
}
