import { removalOf } from './assigned-group.ts'
import type { ConsumerMember } from './consumer-member.ts'
import type { LiveGroup } from './live-group.ts'
import { namesOfAll } from './subscriptions.ts'
import { hashOfTopics } from './topic-hash.ts'

/** Takes members out. What they had is free for the others, and a new epoch assigns it. */
export function removeMembers(
  { group, timers, world }: LiveGroup,
  members: readonly ConsumerMember[],
): void {
  if (members.length === 0) return
  for (const { memberId, topicPattern } of members) {
    for (const record of removalOf(memberId)) group.emit(record)
    timers.forget(memberId)
    if (topicPattern === null || !group.patterns.has(topicPattern)) continue
    if (group.subscribersOf(topicPattern) > 0) continue
    group.emit({ kind: 'pattern', pattern: topicPattern, value: null })
  }
  const metadataHash = hashOfTopics(namesOfAll(group), world.topics)
  group.emit({ kind: 'group', value: { epoch: group.epoch + 1, metadataHash } })
}

/** Whether those who stay could be a classic group. */
export function onlyClassicWithout(
  { group }: LiveGroup,
  leaving: readonly ConsumerMember[],
): boolean {
  const gone = new Set(leaving.map(({ memberId }) => memberId))
  let stay = 0
  let leave = 0
  for (const { memberId, classic } of group.members.values()) {
    if (gone.has(memberId)) leave += 1
    else if (classic === null) return false
    else stay += 1
  }
  return stay > 0 && leave > 0
}
