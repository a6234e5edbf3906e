import { GIB, MINUTE_MS } from '@pafka/base'

import { WorkloadFields } from './workload-fields.ts'

/** What is to be measured, as a workload file of the OpenMessaging Benchmark says it. */
export interface Workload {
  readonly name: string
  readonly topics: number
  /** Of each topic. */
  readonly partitions: number
  readonly keys: 'none' | 'round-robin' | 'random'
  /** Different ones; 0 without. */
  readonly keyCount: number
  readonly recordBytes: number
  /** Undefined where the file says nothing of it: as `pafka-perf produce` makes them. */
  readonly payloads: WorkloadPayloads | undefined
  /** Consumer groups that read each topic. */
  readonly groups: number
  readonly consumersPerGroup: number
  readonly producersPerTopic: number
  /** Of all producers together. Undefined: the highest that there is. */
  readonly recordsPerSecond: number | undefined
  /** Of values that wait before they are read; 0 for none. Every group counts. */
  readonly backlogBytes: number
  /** Of a backlog, from 0 to 1: the share that must be read before it counts as read. */
  readonly drainShare: number
  /** What is measured. With a backlog it begins when that is read. */
  readonly durationMs: number
  readonly warmUpMs: number
}

export type WorkloadPayloads =
  | { readonly kind: 'file'; readonly path: string }
  /** So many different ones, which begin with random bytes and end in zeros. */
  | { readonly kind: 'random'; readonly randomShare: number; readonly count: number }

/** Different keys where there are any. Source: OMB's `KeyDistributor.java`. */
const KEY_COUNT = 10_000

const KEYS = { NO_KEY: 'none', KEY_ROUND_ROBIN: 'round-robin', RANDOM_NANO: 'random' } as const

/** Of all topics. */
const MOST_PARTITIONS = 100_000
const MOST_TOPICS = 10_000
/** Producers, and consumers. */
const MOST_CLIENTS = 10_000
const MOST_RECORD_BYTES = 100 * 1024 * 1024
const MOST_POOL_BYTES = GIB
const MOST_RECORDS_PER_SECOND = 1_000_000_000
const MOST_BACKLOG_GB = 1_000_000
/** A week. */
const MOST_MINUTES = 10_080

/**
 * Fields and defaults are those of OMB's `Workload.java`, with what it would fail at refused at
 * once. Minutes may have fractions here.
 * @param text YAML
 * @throws {ConfigError} with all that is wrong, each with its line and field
 */
export function parseWorkload(text: string): Workload {
  const fields = new WorkloadFields(text)
  const keys = KEYS[fields.oneOf('keyDistributor', ['NO_KEY', 'KEY_ROUND_ROBIN', 'RANDOM_NANO'])]
  const workload: Workload = {
    name: fields.text('name') ?? '',
    topics: fields.whole('topics', { from: 1, to: MOST_TOPICS }),
    partitions: fields.whole('partitionsPerTopic', { from: 1, to: MOST_PARTITIONS }),
    keys,
    keyCount: keys === 'none' ? 0 : KEY_COUNT,
    recordBytes: fields.whole('messageSize', { from: 1, to: MOST_RECORD_BYTES }),
    payloads: payloadsOf(fields),
    groups: fields.whole('subscriptionsPerTopic', { from: 0, to: MOST_CLIENTS, unsaid: 0 }),
    consumersPerGroup: fields.whole('consumerPerSubscription', {
      ...{ from: 0, to: MOST_CLIENTS, unsaid: 0 },
    }),
    producersPerTopic: fields.whole('producersPerTopic', { from: 1, to: MOST_CLIENTS }),
    recordsPerSecond:
      fields.whole('producerRate', { from: 0, to: MOST_RECORDS_PER_SECOND, unsaid: 0 }) ||
      undefined,
    backlogBytes:
      fields.whole('consumerBacklogSizeGB', { from: 0, to: MOST_BACKLOG_GB, unsaid: 0 }) * GIB,
    drainShare: fields.number('backlogDrainRatio', { from: 0, to: 1, unsaid: 1 }),
    durationMs: minutesMs(fields, 'testDurationMinutes'),
    warmUpMs:
      fields.number('warmupDurationMinutes', { from: 0, to: MOST_MINUTES, unsaid: 1 }) * MINUTE_MS,
  }
  fields.refuseOthers()
  if (fields.areSound) checkTogether(workload, fields)
  fields.end()
  return workload
}

function minutesMs(fields: WorkloadFields, name: string): number {
  const minutes = fields.number(name, { from: 0, to: MOST_MINUTES })
  if (minutes === 0 && fields.has(name))
    fields.complain(name, 'a test without an end, not done here')
  return minutes * MINUTE_MS
}

/** Random ones go before those of a file, as there. */
function payloadsOf(fields: WorkloadFields): WorkloadPayloads | undefined {
  const path = fields.text('payloadFile', { unsaid: undefined })
  const areRandom = fields.flag('useRandomizedPayloads')
  const randomShare = fields.number('randomBytesRatio', { from: 0, to: 1, unsaid: 0 })
  const count = fields.whole('randomizedPayloadPoolSize', { from: 0, to: 1_000_000, unsaid: 0 })
  if (areRandom && count === 0) {
    fields.complain('randomizedPayloadPoolSize', 'useRandomizedPayloads needs 1 at least')
  }
  if (areRandom) return { kind: 'random', randomShare, count }
  return path === undefined ? undefined : { kind: 'file', path }
}

/** Of sound values, those that do not go together. */
function checkTogether(workload: Workload, fields: WorkloadFields): void {
  const { topics, partitions, groups, consumersPerGroup, producersPerTopic } = workload
  const bound = (name: string, count: number, [most, what]: readonly [number, string]): void => {
    if (count > most) fields.complain(name, `${count} ${what} together, of at most ${most}`)
  }
  bound('partitionsPerTopic', topics * partitions, [MOST_PARTITIONS, 'partitions'])
  bound('producersPerTopic', topics * producersPerTopic, [MOST_CLIENTS, 'producers'])
  const consumers = topics * groups * consumersPerGroup
  bound('consumerPerSubscription', consumers, [MOST_CLIENTS, 'consumers'])
  if (workload.payloads?.kind === 'random') {
    const poolBytes = workload.payloads.count * workload.recordBytes
    bound('randomizedPayloadPoolSize', poolBytes, [MOST_POOL_BYTES, 'bytes'])
  }
  if (groups > 0 !== consumersPerGroup > 0) {
    const [name, other] = ['consumerPerSubscription', 'subscriptionsPerTopic'] as const
    const [none, some] = groups > 0 ? [name, other] : [other, name]
    fields.complain(none, `is 0, but ${some} is not: both, or nobody reads`)
  }
  if (workload.backlogBytes === 0) return
  if (workload.recordsPerSecond === undefined) {
    fields.complain('consumerBacklogSizeGB', 'needs a producerRate, which is not to be found')
  }
  if (consumers === 0) fields.complain('consumerBacklogSizeGB', 'nobody is there to read it')
}
