import type { TopicPartition } from '../cluster/topic-partition.ts'
import type { VersionRange } from '../connection/api-versions.ts'
import type { Identities } from './producer-identity.ts'

/** What a transaction has to say of the records that are written in it. */
export interface WriterTransaction extends Identities {
  readonly id: string
  /** Of Produce: some versions make a partition part of the transaction, some do not. */
  readonly produceVersions: VersionRange
  /**
   * @param admitted called when the partition is part of the transaction, if it is not yet
   * @returns whether it is
   */
  admits(place: TopicPartition, admitted: () => void): boolean
  /** Nothing of it is sent again. */
  readonly isAborting: boolean
  /** Records were given up, or refused: it cannot be committed any more. */
  failed(error: Error): void
}
