import { StreamsGroup } from './streams-group.ts'
import { type StreamsGroupRecord, streamsRecordKey } from './streams-group-record.ts'
import { NEW_STREAMS_ASSIGNMENT, type StreamsAssignment } from './streams-member.ts'
import { activeOf } from './task-owners.ts'

/**
 * Builds a group from what a log kept of it: the last record of each key, in any order. What
 * contradicts itself, as after a write that was cut short, costs a member its epoch, so that it is
 * fenced and starts over; never has a task two active owners.
 */
export function streamsGroupFrom(
  groupId: string,
  records: readonly StreamsGroupRecord[],
): StreamsGroup {
  const group = new StreamsGroup(groupId)
  const last = new Map<string, StreamsGroupRecord>()
  for (const record of records) last.set(streamsRecordKey(record), record)
  const kept = [...last.values()].filter(({ value }) => value !== null)
  for (const record of kept) if (record.kind !== 'current') group.apply(record)
  let highest = group.assignmentEpoch
  for (const record of kept) {
    if (record.kind !== 'current' || record.value === null) continue
    if (!group.members.has(record.memberId)) continue
    highest = Math.max(highest, record.value.memberEpoch)
    const isFree = nobodyRuns(group, record.value)
    group.apply(isFree ? record : { ...record, value: NEW_STREAMS_ASSIGNMENT })
  }
  for (const memberId of [...group.targets.keys()]) {
    if (!group.members.has(memberId)) group.apply({ kind: 'target', memberId, value: null })
  }
  if (group.epoch < highest) {
    group.apply({ kind: 'group', value: { ...group.basis, epoch: highest } })
  }
  return group
}

function nobodyRuns(group: StreamsGroup, assignment: StreamsAssignment): boolean {
  const seen = new Set<string>()
  for (const [subtopologyId, partition] of activeOf(assignment)) {
    const key = `${partition} ${subtopologyId}`
    if (seen.has(key) || group.owners.active(subtopologyId, partition) !== undefined) return false
    seen.add(key)
  }
  return true
}
