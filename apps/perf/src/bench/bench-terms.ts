import type { KafkaOptions } from '@pafka/client'

import type { BenchTask } from '../agent/messages.ts'
import type { BenchHost } from './hosts.ts'

/** What a bench is to be. */
export interface BenchTerms {
  readonly kafka: KafkaOptions
  readonly hosts: readonly BenchHost[]
  /** Clients of each host, each in a thread. */
  readonly threads: number
  readonly task: BenchTask
  /** Of topics that are made for producers; undefined for what the broker makes by default. */
  readonly partitions: number | undefined
  /** False: all stop when the first is done. */
  readonly waitsForAll: boolean
  readonly intervalMs: number
  readonly isJson: boolean
  /** For each client, each host and all; undefined for none. */
  readonly csvPath: string | undefined
}
