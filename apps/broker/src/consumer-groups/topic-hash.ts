import { createHash } from 'node:crypto'

import type { TopicsView } from './topics-view.ts'

/** What a double holds exactly. */
const BYTES = 6

/**
 * A number for the ids and partitions of these topics: a group whose number has changed is assigned
 * anew. Not Kafka's XXH3: to a group that moves between the two it looks like a change, once.
 * 0 when there is none of the topics.
 */
export function hashOfTopics(names: Iterable<string>, topics: TopicsView): number {
  const lines: string[] = []
  for (const name of names) {
    const topic = topics.byName(name)
    if (topic !== undefined) lines.push(`${name} ${topic.id} ${topic.partitions.length}`)
  }
  if (lines.length === 0) return 0
  const digest = createHash('sha256').update(lines.toSorted().join('\n')).digest()
  return Math.max(digest.readUIntBE(0, BYTES), 1)
}
