import type {
  GroupChange,
  GroupEpoch,
  MemberChange,
  TargetEpoch,
} from '../consumer-groups/consumer-group-record.ts'
import type { Partitions } from '../consumer-groups/partitions.ts'

/** What a member says of itself. Field for field `ShareGroupMemberMetadataValue`. */
export interface ShareMetadata {
  readonly rackId: string | null
  readonly clientId: string
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string
  /** Sorted, each once. */
  readonly topicNames: readonly string[]
}

/** What a member was told. Field for field `ShareGroupCurrentMemberAssignmentValue`. */
export interface ShareAssignment {
  readonly memberEpoch: number
  readonly previousEpoch: number
  readonly assigned: Partitions
}

export interface SharedTopic {
  readonly name: string
  /** Ascending. */
  readonly partitions: readonly number[]
}

/** By topic id: the partitions that a group has state of, or may have. */
export type SharedTopics = ReadonlyMap<string, SharedTopic>

/** One change of a share group, and one record of `__consumer_offsets`. */
export type ShareGroupRecord =
  | GroupChange<'group', GroupEpoch>
  | GroupChange<'target-epoch', TargetEpoch>
  | GroupChange<'topics', SharedTopics>
  | MemberChange<'member', ShareMetadata>
  | MemberChange<'target', Partitions>
  | MemberChange<'current', ShareAssignment>

/** The same for records of which the later replaces the earlier. */
export function shareRecordKey(record: ShareGroupRecord): string {
  return 'memberId' in record ? `${record.kind} ${record.memberId}` : record.kind
}
