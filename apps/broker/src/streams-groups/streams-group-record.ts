import type {
  GroupChange,
  MemberChange,
  TargetEpoch,
} from '../consumer-groups/consumer-group-record.ts'
import type { StreamsAssignment, StreamsMetadata } from './streams-member.ts'
import type { Tasks } from './tasks.ts'
import type { Topology } from './topology.ts'

/** A setting that an assignment was made by, as Kafka names it. */
export interface AssignmentConfig {
  readonly key: string
  readonly value: string
}

export interface StreamsGroupEpoch {
  readonly epoch: number
  /** Of the topics that the topology needs: their ids and partitions. 0 for none. */
  readonly metadataHash: number
  /** Of the topology that all topics were there for; -1 while they are not. */
  readonly validatedTopologyEpoch: number
  readonly configs: readonly AssignmentConfig[]
}

/** One change of a streams group, and one record of `__consumer_offsets`. */
export type StreamsGroupRecord =
  | GroupChange<'group', StreamsGroupEpoch>
  | GroupChange<'topology', Topology>
  | GroupChange<'target-epoch', TargetEpoch>
  | MemberChange<'member', StreamsMetadata>
  | MemberChange<'target', Tasks>
  | MemberChange<'current', StreamsAssignment>

/** The same for records of which the later replaces the earlier. */
export function streamsRecordKey(record: StreamsGroupRecord): string {
  return 'memberId' in record ? `${record.kind} ${record.memberId}` : record.kind
}
