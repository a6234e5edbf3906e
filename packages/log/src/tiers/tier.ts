import type { TierName } from './tier-name.ts'

/** What a tier is made of. */
export interface TierOptions {
  readonly name: TierName
  readonly paths: readonly TierPathOptions[]
}

export interface TierPathOptions {
  /** One of the store's log dirs. */
  readonly path: string
  /** Bytes that records may take there; below 0 what there is. */
  readonly sizeBytes: number
}

/** One path of a tier, which is a log dir: partitions have their home there, others segments. */
export interface TierPath {
  /** `directory.id` of its `meta.properties`: it stays when the list changes. */
  readonly id: string
  readonly path: string
  /** Place of its tier in the list, fastest first, from 0. */
  readonly tier: number
  /** Bytes that records may take there. */
  readonly capacityBytes: number
  /** Bytes that they take, those of the journal and of copies under way included. */
  readonly usedBytes: number
  /** Of these, copies of segments that are moved there, until they are committed; absent: none. */
  readonly copyingBytes?: number
  readonly isOnline: boolean
  /** Lately something was appended to logs whose newest segment lies there. */
  readonly isAppended: boolean
}

/** A sealed segment that may be moved; all that its log has of it is synced. */
export interface TierSegment {
  readonly topic: string
  readonly partition: number
  readonly baseOffset: number
  /** `TierPath.id` of where it lies. */
  readonly pathId: string
  readonly sizeBytes: number
  /** Wall clock of its newest record, or of its last write where records have no time. */
  readonly newestMs: number
  /** Wall clock of the last read of its file; 0 when there was none since the start. */
  readonly readMs: number
  /** Bytes of it that were read from the file lately; halves each minute. */
  readonly heatBytes: number
}

/** What tells a segment apart. */
export type TierSegmentId = Pick<TierSegment, 'topic' | 'partition' | 'baseOffset'>

/** Who is told what may be moved. */
export interface TierListener {
  /** A segment may be moved from now on, or lies elsewhere. */
  put(segment: TierSegment): void
  /** It may not, or is gone. */
  remove(id: TierSegmentId): void
}
