import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, sameNames } from './consumer-member.ts'
import type { LiveGroup } from './live-group.ts'
import { hashOfTopics } from './topic-hash.ts'
import type { TopicsView } from './topics-view.ts'

type Subscription = Pick<ConsumerMember, 'topicNames' | 'topicPattern'>

/** The names that a member asks for, whether there are such topics or not. */
export function* namesOf(group: ConsumerGroup, subscription: Subscription): Generator<string> {
  const { topicNames, topicPattern } = subscription
  yield* topicNames
  if (topicPattern !== null) yield* group.patterns.get(topicPattern)?.topicNames ?? []
}

/** All names that somebody in the group asks for. */
export function namesOfAll(group: ConsumerGroup): Set<string> {
  const names = new Set<string>()
  for (const { topicNames } of group.members.values())
    for (const name of topicNames) names.add(name)
  for (const { topicNames } of group.patterns.values())
    for (const name of topicNames) names.add(name)
  return names
}

/** The same for members that want the same. */
export function subscriptionKey({ topicNames, topicPattern }: Subscription): string {
  return [topicPattern ?? '', ...topicNames].join('\n')
}

/** Ids of the topics that there are among those a member asks for. */
export function topicIdsOf(
  group: ConsumerGroup,
  subscription: Subscription,
  topics: TopicsView,
): Set<string> {
  const ids = new Set<string>()
  for (const name of namesOf(group, subscription)) {
    const topic = topics.byName(name)
    if (topic !== undefined) ids.add(topic.id)
  }
  return ids
}

/**
 * Compares the group with the topics there are. A difference, or a subscription that was changed,
 * is a new epoch of the group, and so asks for a new assignment.
 */
export function refreshTopics(live: LiveGroup, subscriptionChanged: boolean): void {
  const { group, world } = live
  const seenTopics = world.topicsVersion()
  const seenPatterns = world.patterns.version
  const isNew = live.seenTopics !== seenTopics || live.seenPatterns !== seenPatterns
  if (!subscriptionChanged && !isNew) return
  live.seenTopics = seenTopics
  live.seenPatterns = seenPatterns
  const patternsChanged = resolvePatterns(live)
  const metadataHash = hashOfTopics(namesOfAll(group), world.topics)
  if (!subscriptionChanged && !patternsChanged && metadataHash === group.metadataHash) return
  group.emit({ kind: 'group', value: { epoch: group.epoch + 1, metadataHash } })
}

/** @returns whether a pattern means other topics than before. */
function resolvePatterns({ group, world }: LiveGroup): boolean {
  const wanted = new Set<string>()
  for (const { topicPattern } of group.members.values()) {
    if (topicPattern !== null && topicPattern !== '') wanted.add(topicPattern)
  }
  let changed = false
  for (const pattern of [...group.patterns.keys()]) {
    if (wanted.has(pattern)) continue
    group.emit({ kind: 'pattern', pattern, value: null })
    changed = true
  }
  for (const pattern of wanted) {
    const topicNames = world.patterns.matching(pattern)
    if (topicNames === undefined) continue
    const before = group.patterns.get(pattern)?.topicNames
    if (before !== undefined && sameNames(before, topicNames)) continue
    const version = world.topicsVersion()
    const timestampMs = world.clock.nowMs()
    group.emit({ kind: 'pattern', pattern, value: { topicNames, version, timestampMs } })
    changed ||= topicNames.length > 0 || (before?.length ?? 0) > 0
  }
  return changed
}
