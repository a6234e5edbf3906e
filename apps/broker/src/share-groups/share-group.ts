import { assert } from '@pafka/base'

import { AssignedGroup, type Unrecorded } from '../consumer-groups/assigned-group.ts'
import type { GroupEpoch } from '../consumer-groups/consumer-group-record.ts'
import { NO_PARTITIONS, type Partitions } from '../consumer-groups/partitions.ts'
import {
  type ShareAssignment,
  type SharedTopics,
  type ShareGroupRecord,
  type ShareMetadata,
  shareRecordKey,
} from './share-group-record.ts'

/** As ListGroups and ShareGroupDescribe spell them. */
export type ShareGroupState = 'Empty' | 'Stable'

export interface ShareMember extends ShareMetadata, ShareAssignment {
  readonly memberId: string
}

/**
 * As in Kafka 4.3: its first member makes it 2, so no epoch of a member is one of no group, and
 * with no member at all there is nothing to assign.
 */
const UNRECORDED: Unrecorded<GroupEpoch, Partitions> = {
  basis: { epoch: 1, metadataHash: 0 },
  targetEpoch: { epoch: 1, timestampMs: 0 },
  target: NO_PARTITIONS,
}
const NO_TOPICS: SharedTopics = new Map()
const NEW_METADATA: ShareMetadata = { rackId: null, clientId: '', clientHost: '', topicNames: [] }
const NEW_ASSIGNMENT: ShareAssignment = {
  memberEpoch: 0,
  previousEpoch: -1,
  assigned: NO_PARTITIONS,
}

/** The state of one share group (KIP-932), in which members share partitions. */
export class ShareGroup extends AssignedGroup<ShareGroupRecord, GroupEpoch, Partitions> {
  #topics = NO_TOPICS
  readonly #members = new Map<string, ShareMember>()
  readonly #topicWatchers = new Set<() => void>()

  constructor(groupId: string) {
    super(groupId, UNRECORDED)
  }

  get metadataHash(): number {
    return this.basis.metadataHash
  }

  get members(): ReadonlyMap<string, ShareMember> {
    return this.#members
  }

  /** Of which there is state, or may be. */
  get topics(): SharedTopics {
    return this.#topics
  }

  get isEmpty(): boolean {
    return this.#members.size === 0
  }

  get state(): ShareGroupState {
    return this.isEmpty ? 'Empty' : 'Stable'
  }

  /** All names that a member asks for. */
  topicNames(): Set<string> {
    const names = new Set<string>()
    for (const { topicNames } of this.#members.values()) {
      for (const name of topicNames) names.add(name)
    }
    return names
  }

  /** Calls `changed` when the group has other topics, until what it gives back is called. */
  watchTopics(changed: () => void): () => void {
    this.#topicWatchers.add(changed)
    return () => this.#topicWatchers.delete(changed)
  }

  /** Changes the group by a record that the log has already. */
  apply(record: ShareGroupRecord): void {
    switch (record.kind) {
      case 'group':
      case 'target-epoch':
      case 'target': {
        this.applyAssigned(record)
        break
      }
      case 'topics': {
        this.#topics = record.value ?? NO_TOPICS
        for (const changed of this.#topicWatchers) changed()
        break
      }
      case 'member': {
        const { memberId, value } = record
        if (value === null) this.#members.delete(memberId)
        else this.#members.set(memberId, { ...this.#member(memberId), ...value })
        break
      }
      default: {
        const { memberId, value } = record
        if (value === null && !this.#members.has(memberId)) break
        this.#members.set(memberId, { ...this.#member(memberId), ...(value ?? NEW_ASSIGNMENT) })
      }
    }
  }

  current(record: ShareGroupRecord): ShareGroupRecord {
    const key = shareRecordKey(record)
    const found = this.snapshot().find((one) => shareRecordKey(one) === key)
    return found ?? { ...record, value: null }
  }

  /** All that a log must hold for the group to be as it is. */
  snapshot(): ShareGroupRecord[] {
    const members = [...this.#members.values()]
    return [
      ...members.map(({ memberId, ...member }): ShareGroupRecord => {
        return { kind: 'member', memberId, value: metadataOf(member) }
      }),
      { kind: 'group', value: this.basis },
      ...[...this.targets].map(([memberId, value]): ShareGroupRecord => {
        return { kind: 'target', memberId, value }
      }),
      { kind: 'target-epoch', value: this.targetEpoch },
      { kind: 'topics', value: this.#topics },
      ...members.map(({ memberId, ...member }): ShareGroupRecord => {
        const { memberEpoch, previousEpoch, assigned } = member
        return { kind: 'current', memberId, value: { memberEpoch, previousEpoch, assigned } }
      }),
    ]
  }

  /** What is said of members goes first, then they, then the group. */
  tombstones(): ShareGroupRecord[] {
    const order = ['current', 'target', 'target-epoch', 'member', 'topics', 'group']
    return this.snapshot()
      .map((record): ShareGroupRecord => ({ ...record, value: null }))
      .toSorted((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind))
  }

  #member(memberId: string): ShareMember {
    return this.#members.get(memberId) ?? newShareMember(memberId)
  }
}

export function newShareMember(memberId: string): ShareMember {
  return { ...NEW_METADATA, ...NEW_ASSIGNMENT, memberId }
}

export function metadataOf(member: ShareMetadata): ShareMetadata {
  const { rackId, clientId, clientHost, topicNames } = member
  return { rackId, clientId, clientHost, topicNames }
}

/**
 * Builds a group from what a log kept of it: the last record of each key, in any order. What is
 * said of who is no member counts for nothing.
 */
export function shareGroupFrom(groupId: string, records: readonly ShareGroupRecord[]): ShareGroup {
  const group = new ShareGroup(groupId)
  const last = new Map<string, ShareGroupRecord>()
  for (const record of records) last.set(shareRecordKey(record), record)
  const kept = [...last.values()]
  const members = new Set(
    kept.flatMap((one) => (one.kind === 'member' && one.value !== null ? [one.memberId] : [])),
  )
  let highest = 0
  for (const record of kept) {
    if ('memberId' in record && !members.has(record.memberId)) continue
    if (record.kind === 'current') highest = Math.max(highest, record.value?.memberEpoch ?? 0)
    group.apply(record)
  }
  highest = Math.max(highest, group.assignmentEpoch)
  if (group.epoch < highest) {
    group.apply({ kind: 'group', value: { epoch: highest, metadataHash: group.metadataHash } })
  }
  assert(group.takeEmitted().length === 0, 'what is read is not written again')
  return group
}
