import { AssignedGroup, type Unrecorded } from '../consumer-groups/assigned-group.ts'
import { MemberState } from '../consumer-groups/consumer-member.ts'
import type { StreamsGroupEpoch, StreamsGroupRecord } from './streams-group-record.ts'
import {
  NEW_STREAMS_ASSIGNMENT,
  NEW_STREAMS_METADATA,
  type StreamsAssignment,
  streamsAssignmentOf,
  type StreamsMember,
  type StreamsMetadata,
  streamsMetadataOf,
} from './streams-member.ts'
import { TaskOwners } from './task-owners.ts'
import { NO_TASKS, type Tasks } from './tasks.ts'
import type { Topology } from './topology.ts'

/** As ListGroups and StreamsGroupDescribe spell them. */
export type StreamsGroupState = 'Empty' | 'NotReady' | 'Assigning' | 'Reconciling' | 'Stable'

/** Its first member makes it 2, as in Kafka 4.3. */
const UNRECORDED: Unrecorded<StreamsGroupEpoch, Tasks> = {
  basis: { epoch: 1, metadataHash: 0, validatedTopologyEpoch: -1, configs: [] },
  // of nothing: so a member has an epoch while the first assignment is waited for
  targetEpoch: { epoch: 1, timestampMs: 0 },
  target: NO_TASKS,
}

/**
 * The state of one streams group (KIP-1071), in which the broker assigns the tasks of an
 * application of Kafka Streams.
 */
export class StreamsGroup extends AssignedGroup<StreamsGroupRecord, StreamsGroupEpoch, Tasks> {
  #topology: Topology | null = null
  readonly #members = new Map<string, StreamsMember>()
  readonly #owners = new TaskOwners()

  constructor(groupId: string) {
    super(groupId, UNRECORDED)
  }

  /** Of the member that founded the group; kept when all have left. */
  get topology(): Topology | null {
    return this.#topology
  }

  get members(): ReadonlyMap<string, StreamsMember> {
    return this.#members
  }

  get owners(): Pick<TaskOwners, 'active' | 'isIn'> {
    return this.#owners
  }

  get isEmpty(): boolean {
    return this.#members.size === 0
  }

  get state(): StreamsGroupState {
    if (this.isEmpty) return 'Empty'
    if (this.#topology?.epoch !== this.basis.validatedTopologyEpoch) return 'NotReady'
    if (this.epoch > this.assignmentEpoch) return 'Assigning'
    for (const { state, memberEpoch } of this.#members.values()) {
      const isThere = state === MemberState.STABLE && memberEpoch === this.assignmentEpoch
      if (!isThere) return 'Reconciling'
    }
    return 'Stable'
  }

  /** Changes the group by a record that the log has already. */
  apply(record: StreamsGroupRecord): void {
    switch (record.kind) {
      case 'group':
      case 'target-epoch':
      case 'target': {
        this.applyAssigned(record)
        break
      }
      case 'topology': {
        this.#topology = record.value
        break
      }
      case 'member': {
        this.#applyMetadata(record.memberId, record.value)
        break
      }
      default: {
        this.#applyAssignment(record.memberId, record.value)
      }
    }
  }

  /** The record that says how it is now, of the key of `record`. */
  current(record: StreamsGroupRecord): StreamsGroupRecord {
    switch (record.kind) {
      case 'group': {
        return { kind: 'group', value: this.basis === UNRECORDED.basis ? null : this.basis }
      }
      case 'topology': {
        return { kind: 'topology', value: this.#topology }
      }
      case 'target-epoch': {
        return {
          kind: 'target-epoch',
          value: this.targetEpoch === UNRECORDED.targetEpoch ? null : this.targetEpoch,
        }
      }
      case 'target': {
        return { ...record, value: this.targets.get(record.memberId) ?? null }
      }
      case 'member': {
        const member = this.#members.get(record.memberId)
        return { ...record, value: member === undefined ? null : streamsMetadataOf(member) }
      }
      default: {
        const member = this.#members.get(record.memberId)
        return { ...record, value: member === undefined ? null : streamsAssignmentOf(member) }
      }
    }
  }

  /** What takes all of it out of the log again: what is said of members first, they, the group. */
  tombstones(): StreamsGroupRecord[] {
    const memberIds = [...this.#members.keys()]
    const targets = [...new Set([...memberIds, ...this.targets.keys()])]
    return [
      ...memberIds.map((memberId): StreamsGroupRecord => ({
        kind: 'current',
        memberId,
        value: null,
      })),
      ...targets.map((memberId): StreamsGroupRecord => ({ kind: 'target', memberId, value: null })),
      { kind: 'target-epoch', value: null },
      ...memberIds.map((memberId): StreamsGroupRecord => ({
        kind: 'member',
        memberId,
        value: null,
      })),
      { kind: 'group', value: null },
      { kind: 'topology', value: null },
    ]
  }

  #applyMetadata(memberId: string, metadata: StreamsMetadata | null): void {
    const before = this.#members.get(memberId)
    // it may have another process now, whose the tasks are then
    if (before !== undefined) this.#owners.remove(before)
    if (metadata === null) {
      this.#members.delete(memberId)
      return
    }
    const after = {
      ...streamsAssignmentOf(before ?? NEW_STREAMS_ASSIGNMENT),
      ...streamsMetadataOf(metadata),
      memberId,
    }
    this.#owners.add(after)
    this.#members.set(memberId, after)
  }

  #applyAssignment(memberId: string, assignment: StreamsAssignment | null): void {
    const before = this.#members.get(memberId)
    if (before === undefined && assignment === null) return
    const after = {
      ...streamsMetadataOf(before ?? NEW_STREAMS_METADATA),
      ...streamsAssignmentOf(assignment ?? NEW_STREAMS_ASSIGNMENT),
      memberId,
    }
    if (before !== undefined) this.#owners.remove(before)
    this.#owners.add(after)
    this.#members.set(memberId, after)
  }
}
