import { Checks } from '../options/checks.ts'
import type { DecodePolicy } from './decode-policy.ts'
import { DEFAULT_BUFFER_BYTES } from './fetch-budget.ts'
import type { StartPoint } from './record-flow.ts'

const PLACES = ['earliest', 'latest']

/** What to read, without a group: everybody who does so reads all of it. */
export interface ReaderOptions {
  /** Where each partition begins; `earliest` by default. */
  readonly from?: StartPoint
  /** Where single partitions begin instead, by their numbers. */
  readonly offsets?: ReadonlyMap<number, number>
  /** All by default. */
  readonly partitions?: readonly number[]
  /**
   * `end`: ends where each partition ended when it began. By default it goes on for ever. While a
   * transaction is open in a partition that is before the first record of it, and so before all
   * that is behind, too, unless `readCommitted` is false. Kafka answers to a commit before all
   * partitions know of it: a reader that begins right then may end without its records.
   */
  readonly until?: 'end'
  /** False shows records of transactions that are not committed, too. True by default. */
  readonly readCommitted?: boolean
  /** What becomes of records that cannot be decoded; `throw` by default. */
  readonly onDecodeError?: DecodePolicy
  /** Bytes of what is fetched and not given yet; 64 MiB by default. */
  readonly bufferBytes?: number
  /** Ends it. */
  readonly signal?: AbortSignal
}

/** @throws {ConfigError} with all that is wrong */
export function checkReader(topic: string, given: ReaderOptions): void {
  const { from = 'earliest', offsets = [], partitions = [], until = 'end' } = given
  const { bufferBytes = DEFAULT_BUFFER_BYTES } = given
  const checks = new Checks()
  checks.topicName(topic)
  if (typeof from !== 'object') checks.oneOf('from', from, PLACES)
  else if ('offset' in from) checks.number('from: offset', from.offset)
  else checks.number('from: timestamp', from.timestamp)
  for (const [partition, offset] of offsets) {
    checks.number('offsets: partition', partition)
    checks.number(`offsets: of partition ${partition}`, offset)
  }
  checks.partitions(partitions.map((partition) => ({ topic, partition })))
  checks.oneOf('until', until, ['end'])
  checks.number('bufferBytes', bufferBytes, 1)
  checks.done()
}
