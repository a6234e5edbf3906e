import type { AnyGroup } from './any-group.ts'
import { ClassicGroup } from './classic-group.ts'
import { isSubscribedTo } from './group-kinds.ts'
import type { CommittedOffset, GroupOffsets } from './offset-store.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'

/**
 * The offsets of a group that have outlived `offsets.retention.minutes`. A group in use keeps
 * those of its topics; one that was deserted keeps all, counted from when it was. Source: KIP-211.
 */
export function expiredOffsets(
  group: AnyGroup,
  offsets: GroupOffsets,
  { nowMs, retentionMs }: { readonly nowMs: number; readonly retentionMs: number },
): TopicPartition[] {
  const expired: TopicPartition[] = []
  for (const [topic, partitions] of offsets.topics()) {
    if (isInUse(group, topic)) continue
    for (const [partition, { committed, uncommitted }] of partitions) {
      if (committed === null || uncommitted > 0) continue
      if (isExpired(committed, sinceMs(group, committed), { nowMs, retentionMs })) {
        expired.push({ topic, partition })
      }
    }
  }
  return expired
}

function isInUse(group: AnyGroup, topic: string): boolean {
  if (!(group instanceof ClassicGroup)) return isSubscribedTo(group, topic)
  if (group.protocolType === null || group.state === 'Empty') return false
  if (!group.isConsumerGroup || group.state !== 'Stable') return true
  return group.isSubscribedTo(topic)
}

/** From when an offset ages: a group with members once, from the day that the last one left. */
function sinceMs(group: AnyGroup, committed: CommittedOffset): number {
  if (!(group instanceof ClassicGroup)) return committed.commitTimestampMs
  const wasDeserted = group.protocolType !== null && group.state === 'Empty'
  return wasDeserted && group.stateTimestampMs >= 0
    ? group.stateTimestampMs
    : committed.commitTimestampMs
}

function isExpired(
  committed: CommittedOffset,
  fromMs: number,
  { nowMs, retentionMs }: { readonly nowMs: number; readonly retentionMs: number },
): boolean {
  if (committed.expireTimestampMs >= 0) return nowMs >= committed.expireTimestampMs
  return nowMs - fromMs >= retentionMs
}
