import { partitionsOfSets } from '../partitions.ts'
import { type Assignor, subscribersByTopic } from './assignor.ts'

/**
 * Each topic by itself: the members that want it get stretches of equal length, the first ones one
 * partition more. Topics with as many partitions and the same members are cut alike, so that a
 * member has the same partitions of each. What they had before does not count.
 */
export const assignRange: Assignor = ({ members, partitionCount }) => {
  const assigned = new Map(members.map(({ memberId }) => [memberId, new Map<string, number[]>()]))
  for (const [topicId, subscribers] of subscribersByTopic(members)) {
    const count = partitionCount(topicId)
    const share = Math.floor(count / subscribers.length)
    const larger = count % subscribers.length
    let first = 0
    for (const [at, { memberId }] of subscribers.entries()) {
      const start = first
      const length = at < larger ? share + 1 : share
      first += length
      if (length === 0) break
      const stretch = Array.from({ length }, (_, offset) => start + offset)
      assigned.get(memberId)?.set(topicId, stretch)
    }
  }
  return new Map([...assigned].map(([memberId, sets]) => [memberId, partitionsOfSets(sets)]))
}
