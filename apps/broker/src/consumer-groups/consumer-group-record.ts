import type { CurrentAssignment, MemberMetadata } from './consumer-member.ts'
import type { Partitions } from './partitions.ts'

export interface GroupEpoch {
  readonly epoch: number
  /** Of the topics subscribed to: their ids and partitions. 0 for none. */
  readonly metadataHash: number
}

export interface TargetEpoch {
  readonly epoch: number
  /** When the target was made, ms since the epoch; 0 when not known. */
  readonly timestampMs: number
}

/** The topics that a pattern was found to mean. */
export interface ResolvedPattern {
  /** Sorted. */
  readonly topicNames: readonly string[]
  readonly version: number
  readonly timestampMs: number
}

export interface GroupChange<Kind extends string, Value> {
  readonly kind: Kind
  /** Null deletes it. */
  readonly value: Value | null
}

export interface MemberChange<Kind extends string, Value> extends GroupChange<Kind, Value> {
  readonly memberId: string
}

/**
 * One change of a group, and one record of `__consumer_offsets`. A group is the sum of its
 * records: whatever decides writes records, and only they change a group.
 */
export type ConsumerGroupRecord =
  | GroupChange<'group', GroupEpoch>
  | GroupChange<'target-epoch', TargetEpoch>
  | MemberChange<'member', MemberMetadata>
  | MemberChange<'target', Partitions>
  | MemberChange<'current', CurrentAssignment>
  | (GroupChange<'pattern', ResolvedPattern> & { readonly pattern: string })

/** The same for records of which the later replaces the earlier. */
export function recordKey(record: ConsumerGroupRecord): string {
  switch (record.kind) {
    case 'group':
    case 'target-epoch': {
      return record.kind
    }
    case 'pattern': {
      return `pattern ${record.pattern}`
    }
    default: {
      return `${record.kind} ${record.memberId}`
    }
  }
}
