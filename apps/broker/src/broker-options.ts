import type { Clock, Logger } from '@pafka/base'

import type { ConfigSettings } from './config/load-config.ts'

/** A topic to have from the start. */
export interface StartTopic {
  readonly name: string
  /** `num.partitions` when absent. */
  readonly partitions?: number
  /** Topic configs by Kafka's dotted names: `cleanup.policy`. */
  readonly configs?: Readonly<Record<string, string | number | boolean>>
}

/** How to start a broker in this process. Everything has a default fit for one test. */
export interface BrokerOptions {
  /** Port to listen on; 0, the default, takes a free one. */
  readonly port?: number
  /** Address to listen on; `127.0.0.1` by default: nobody outside this machine. */
  readonly host?: string
  /**
   * Where data lies: `memory` (default) keeps it in this process, `temporary` in a folder that goes
   * with the broker, anything else is the path of a folder that stays.
   */
  readonly data?: 'memory' | 'temporary' | (string & {})
  readonly topics?: readonly (string | StartTopic)[]
  /** Broker configs by Kafka's dotted names; what is set here wins over the options above. */
  readonly config?: ConfigSettings
  /** `new AdvanceableClock()` to make an hour pass in no time. */
  readonly clock?: Clock
  /** Silent by default. */
  readonly logger?: Logger
}
