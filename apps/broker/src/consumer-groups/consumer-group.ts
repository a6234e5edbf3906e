import { assert } from '@pafka/base'

import { AssignedGroup, type Unrecorded } from './assigned-group.ts'
import {
  type ConsumerGroupRecord,
  type GroupEpoch,
  recordKey,
  type ResolvedPattern,
} from './consumer-group-record.ts'
import {
  assignmentOf,
  type ConsumerMember,
  type CurrentAssignment,
  type MemberMetadata,
  MemberState,
  metadataOf,
  NEW_ASSIGNMENT,
  NEW_METADATA,
} from './consumer-member.ts'
import {
  NO_PARTITIONS,
  type OwnedPartitions,
  ownsAny,
  type Partitions,
  partitionsOwned,
} from './partitions.ts'
import { PartitionOwners } from './partition-owners.ts'

/** As ListGroups and ConsumerGroupDescribe spell them. */
export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

/** Its first members make it 2, as in Kafka 4.3: no epoch of a member is one of no group. */
const UNRECORDED: Unrecorded<GroupEpoch, Partitions> = {
  basis: { epoch: 1, metadataHash: 0 },
  targetEpoch: { epoch: 0, timestampMs: 0 },
  target: NO_PARTITIONS,
}

/** The state of one group of the consumer protocol (KIP-848), in which the broker assigns. */
export class ConsumerGroup extends AssignedGroup<ConsumerGroupRecord, GroupEpoch, Partitions> {
  readonly #members = new Map<string, ConsumerMember>()
  readonly #patterns = new Map<string, ResolvedPattern>()
  readonly #owners = new PartitionOwners()
  /** Instance id to member id. */
  readonly #instances = new Map<string, string>()
  #classicMembers = 0

  constructor(groupId: string) {
    super(groupId, UNRECORDED)
  }

  get metadataHash(): number {
    return this.basis.metadataHash
  }

  get members(): ReadonlyMap<string, ConsumerMember> {
    return this.#members
  }

  get patterns(): ReadonlyMap<string, ResolvedPattern> {
    return this.#patterns
  }

  get isEmpty(): boolean {
    return this.#members.size === 0
  }

  get classicMembers(): number {
    return this.#classicMembers
  }

  get state(): ConsumerGroupState {
    if (this.isEmpty) return 'Empty'
    if (this.epoch > this.assignmentEpoch) return 'Assigning'
    for (const { state, memberEpoch } of this.#members.values()) {
      const isThere = state === MemberState.STABLE && memberEpoch === this.assignmentEpoch
      if (!isThere) return 'Reconciling'
    }
    return 'Stable'
  }

  staticMember(instanceId: string): ConsumerMember | undefined {
    const memberId = this.#instances.get(instanceId)
    return memberId === undefined ? undefined : this.#members.get(memberId)
  }

  /** Who has the partition, or was told to give it up and has not said yet that it did. */
  ownerOf(topicId: string, partition: number): string | undefined {
    return this.#owners.get(topicId, partition)
  }

  /** How many members subscribe to the pattern. */
  subscribersOf(pattern: string): number {
    let count = 0
    for (const { topicPattern } of this.#members.values()) if (topicPattern === pattern) count += 1
    return count
  }

  /** Changes the group by a record that the log has already. */
  apply(record: ConsumerGroupRecord): void {
    switch (record.kind) {
      case 'group':
      case 'target-epoch':
      case 'target': {
        this.applyAssigned(record)
        break
      }
      case 'pattern': {
        if (record.value === null) this.#patterns.delete(record.pattern)
        else this.#patterns.set(record.pattern, record.value)
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
  current(record: ConsumerGroupRecord): ConsumerGroupRecord {
    switch (record.kind) {
      case 'group': {
        return { kind: 'group', value: this.basis }
      }
      case 'target-epoch': {
        return { kind: 'target-epoch', value: this.assignmentEpoch === 0 ? null : this.targetEpoch }
      }
      case 'pattern': {
        return { ...record, value: this.#patterns.get(record.pattern) ?? null }
      }
      case 'target': {
        return { ...record, value: this.targets.get(record.memberId) ?? null }
      }
      case 'member': {
        const member = this.#members.get(record.memberId)
        return { ...record, value: member === undefined ? null : metadataOf(member) }
      }
      default: {
        const member = this.#members.get(record.memberId)
        return { ...record, value: member === undefined ? null : assignmentOf(member) }
      }
    }
  }

  /** All that a log must hold for the group to be as it is. */
  snapshot(): ConsumerGroupRecord[] {
    const members = [...this.#members]
    return [
      ...members.map(([memberId, member]): ConsumerGroupRecord => {
        return { kind: 'member', memberId, value: metadataOf(member) }
      }),
      ...[...this.#patterns].map(([pattern, value]): ConsumerGroupRecord => {
        return { kind: 'pattern', pattern, value }
      }),
      { kind: 'group', value: this.basis },
      ...[...this.targets].map(([memberId, value]): ConsumerGroupRecord => {
        return { kind: 'target', memberId, value }
      }),
      { kind: 'target-epoch', value: this.targetEpoch },
      ...members.map(([memberId, member]): ConsumerGroupRecord => {
        return { kind: 'current', memberId, value: assignmentOf(member) }
      }),
    ]
  }

  /** What takes all of it out of the log again: what is said of members first, they, the group. */
  tombstones(): ConsumerGroupRecord[] {
    const order = ['current', 'target', 'target-epoch', 'member', 'pattern', 'group']
    return this.snapshot()
      .map((record): ConsumerGroupRecord => ({ ...record, value: null }))
      .toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))
  }

  #applyMetadata(memberId: string, metadata: MemberMetadata | null): void {
    const before = this.#members.get(memberId)
    if (before?.classic !== undefined && before.classic !== null) this.#classicMembers -= 1
    const instanceId = before?.instanceId ?? null
    if (instanceId !== null && this.#instances.get(instanceId) === memberId) {
      this.#instances.delete(instanceId)
    }
    if (metadata === null) {
      if (before !== undefined) this.#owners.remove(memberId, before)
      this.#members.delete(memberId)
      return
    }
    this.#members.set(memberId, {
      ...(before === undefined ? NEW_ASSIGNMENT : assignmentOf(before)),
      ...metadataOf(metadata),
      memberId,
    })
    if (metadata.classic !== null) this.#classicMembers += 1
    if (metadata.instanceId !== null) this.#instances.set(metadata.instanceId, memberId)
  }

  #applyAssignment(memberId: string, assignment: CurrentAssignment | null): void {
    const before = this.#members.get(memberId)
    if (before === undefined && assignment === null) return
    const after = {
      ...(before === undefined ? NEW_METADATA : metadataOf(before)),
      ...assignmentOf(assignment ?? NEW_ASSIGNMENT),
      memberId,
    }
    if (before !== undefined) this.#owners.remove(memberId, before)
    this.#owners.add(memberId, after)
    this.#members.set(memberId, after)
  }
}

/**
 * Builds a group from what a log kept of it: the last record of each key, in any order. What
 * contradicts itself, as after a write that was cut short, costs a member its epoch, so that it is
 * fenced and starts over; never a partition two owners.
 */
export function groupFromRecords(
  groupId: string,
  records: readonly ConsumerGroupRecord[],
): ConsumerGroup {
  const group = new ConsumerGroup(groupId)
  const last = new Map<string, ConsumerGroupRecord>()
  for (const record of records) last.set(recordKey(record), record)
  const kept = [...last.values()].filter(({ value }) => value !== null)
  for (const record of kept) if (record.kind !== 'current') group.apply(record)
  let highest = group.assignmentEpoch
  for (const record of kept) {
    if (record.kind !== 'current' || record.value === null) continue
    if (!group.members.has(record.memberId)) continue
    highest = Math.max(highest, record.value.memberEpoch)
    const isFree = nobodyOwns(group, record.value)
    group.apply(isFree ? record : { ...record, value: NEW_ASSIGNMENT })
  }
  for (const memberId of [...group.targets.keys()]) {
    if (!group.members.has(memberId)) group.apply({ kind: 'target', memberId, value: null })
  }
  if (group.epoch < highest) {
    group.apply({ kind: 'group', value: { epoch: highest, metadataHash: group.metadataHash } })
  }
  assert(group.takeEmitted().length === 0, 'what is read is not written again')
  return group
}

function nobodyOwns(group: ConsumerGroup, { assigned, revoking }: CurrentAssignment): boolean {
  const isTwice = ownsAny(partitionsOwned(revoking), assigned)
  return !isTwice && [assigned, revoking].every((owned) => noneIsOwned(group, owned))
}

function noneIsOwned(group: ConsumerGroup, owned: OwnedPartitions): boolean {
  for (const [topicId, epochs] of owned) {
    for (const partition of epochs.keys()) {
      if (group.ownerOf(topicId, partition) !== undefined) return false
    }
  }
  return true
}
