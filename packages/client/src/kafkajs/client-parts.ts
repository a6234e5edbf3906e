import type { KafkaConfig } from './kafka-config.ts'
import type { Logger } from './logger-types.ts'

/** What producers, consumers and admins are made of. */
export interface ClientParts {
  readonly kafka: KafkaConfig
  /** Without a namespace. */
  readonly logger: Logger
}
