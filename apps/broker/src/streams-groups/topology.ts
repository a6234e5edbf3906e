import { isDeepStrictEqual } from 'node:util'

import type { StreamsGroupTopologyValue } from '@pafka/protocol'

import { bySubtopology } from './tasks.ts'

/**
 * What an application of Kafka Streams does, as far as the broker must know: subtopologies, each
 * with the topics that it reads, those between subtopologies, and the changelogs of its state.
 */
export type Topology = StreamsGroupTopologyValue
export type Subtopology = Topology['subtopologies'][number]
export type InternalTopic = Subtopology['stateChangelogTopics'][number]

/** All that must be there before tasks can run. */
export function requiredTopics({ subtopologies }: Topology): Set<string> {
  return new Set(
    subtopologies.flatMap((one) => [
      ...sourcesOf(one),
      ...one.stateChangelogTopics.map(({ name }) => name),
    ]),
  )
}

/** What the subtopology reads: its tasks are their partitions. */
export function sourcesOf({ sourceTopics, repartitionSourceTopics }: Subtopology): string[] {
  return [...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)]
}

/** The subtopology that reads a topic. */
export function readerOf({ subtopologies }: Topology, topic: string): Subtopology | undefined {
  return subtopologies.find((one) => sourcesOf(one).includes(topic))
}

/** In whatever order the subtopologies are told. */
export function sameTopology(one: Topology, other: Topology): boolean {
  return isDeepStrictEqual(inOrder(one), inOrder(other))
}

function inOrder({ epoch, subtopologies }: Topology): Topology {
  return { epoch, subtopologies: subtopologies.toSorted(bySubtopology) }
}
