import { MINUTE_MS } from '@pafka/base'

import { parseWorkload, type Workload } from './workload.ts'

/** What there is to say of a workload of one topic. */
export interface SimpleWorkload {
  readonly partitions: number
  readonly recordBytes: number
  readonly producers: number
  /** That read it, one consumer each. */
  readonly groups: number
  readonly durationMs: number
  readonly warmUpMs: number
}

/** As a file would say it, with the same bounds. @throws {ConfigError} */
export function simpleWorkload(terms: SimpleWorkload): Workload {
  const { partitions, recordBytes, producers, groups, durationMs, warmUpMs } = terms
  const file = {
    name: `${partitions} partitions, ${recordBytes} bytes`,
    ...{ topics: 1, partitionsPerTopic: partitions, messageSize: recordBytes },
    ...{ producersPerTopic: producers, subscriptionsPerTopic: groups },
    consumerPerSubscription: Math.min(1, groups),
    testDurationMinutes: durationMs / MINUTE_MS,
    warmupDurationMinutes: warmUpMs / MINUTE_MS,
  }
  const workload = parseWorkload(JSON.stringify(file)) // each JSON is YAML
  return { ...workload, durationMs, warmUpMs } // minutes are no whole milliseconds
}
