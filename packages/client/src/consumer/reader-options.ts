import type { DecodePolicy } from './decode-policy.ts'
import type { StartPoint } from './record-flow.ts'

/** What to read, without a group: everybody who does so reads all of it. */
export interface ReaderOptions {
  /** Where each partition begins; `earliest` by default. */
  readonly from?: StartPoint
  /** Where single partitions begin instead, by their numbers. */
  readonly offsets?: ReadonlyMap<number, number>
  /** All by default. */
  readonly partitions?: readonly number[]
  /** `end`: ends with the records that were there when it began. By default it goes on for ever. */
  readonly until?: 'end'
  /** False shows records of transactions that are not committed, too. True by default. */
  readonly readCommitted?: boolean
  /** What becomes of records that cannot be decoded; `throw` by default. */
  readonly onDecodeError?: DecodePolicy
  /** Ends it. */
  readonly signal?: AbortSignal
}
