import type { TopicsView } from '../consumer-groups/topics-view.ts'
import { type InternalTopic, sourcesOf, type Subtopology, type Topology } from './topology.ts'

/** Partitions of topics of the application itself, or why they cannot be told. */
export type DecidedPartitions =
  | { readonly counts: ReadonlyMap<string, number> }
  | { readonly problem: string }

/**
 * How many partitions each topic of the application must have: those between subtopologies as
 * many as what is written into them comes from, unless it says so itself; what is joined as many
 * as what it is joined with; and changelogs as many as there are tasks. Source topics must exist.
 * Source: Kafka 4.3 `RepartitionTopics`, `CopartitionedTopicsEnforcer`, `ChangelogTopics`.
 */
export function decidePartitions(topology: Topology, topics: TopicsView): DecidedPartitions {
  const { subtopologies } = topology
  const counts = new Map<string, number>()
  const countOf = (name: string): number =>
    topics.byName(name)?.partitions.length ?? counts.get(name) ?? 0
  const problem =
    countRepartitions(subtopologies, counts, countOf) ?? alignJoined(subtopologies, counts, countOf)
  if (problem !== undefined) return { problem }
  for (const subtopology of subtopologies) {
    const tasks = mostPartitions(sourcesOf(subtopology), countOf)
    for (const { name } of subtopology.stateChangelogTopics) counts.set(name, tasks)
  }
  return { counts }
}

type CountOf = (name: string) => number

export function mostPartitions(names: readonly string[], countOf: CountOf): number {
  return names.reduce((most, name) => Math.max(most, countOf(name)), 0)
}

/** One topic may take its count from another, whatever the order they are told in. */
function countRepartitions(
  subtopologies: readonly Subtopology[],
  counts: Map<string, number>,
  countOf: CountOf,
): string | undefined {
  const sources = subtopologies.flatMap(({ repartitionSourceTopics }) => repartitionSourceTopics)
  for (const { name, partitions } of sources) if (partitions > 0) counts.set(name, partitions)
  // what is written first is read next: each round decides one at least, or none ever
  for (let progress = true; progress;) {
    progress = false
    for (const subtopology of subtopologies) {
      const { sourceTopics, repartitionSourceTopics } = subtopology
      const between = repartitionSourceTopics.map(({ name }) => name)
      const count = Math.max(
        mostPartitions(sourceTopics, countOf),
        mostPartitions(between, (name) => counts.get(name) ?? 0),
      )
      const open = subtopology.repartitionSinkTopics.filter((name) => !counts.has(name))
      if (count === 0 || open.length === 0) continue
      for (const name of open) counts.set(name, count)
      progress = true
    }
  }
  const undecided = sources.find(({ name }) => !counts.has(name))
  return undecided && `The partitions of repartition topic ${undecided.name} cannot be determined.`
}

function alignJoined(
  subtopologies: readonly Subtopology[],
  counts: Map<string, number>,
  countOf: CountOf,
): string | undefined {
  const internal = new Map(
    subtopologies.flatMap(({ repartitionSourceTopics }) =>
      repartitionSourceTopics.map((topic) => [topic.name, topic]),
    ),
  )
  for (const subtopology of subtopologies) {
    for (const names of joinedTopics(subtopology)) {
      const aligned = alignGroup(names, internal, countOf)
      if (typeof aligned === 'string') return aligned
      for (const name of names) if (internal.has(name)) counts.set(name, aligned)
    }
  }
  return undefined
}

/** Of each group of topics that are joined, partition by partition, their names. */
export function joinedTopics(subtopology: Subtopology): string[][] {
  const { sourceTopics, repartitionSourceTopics, copartitionGroups } = subtopology
  return copartitionGroups.map((group) => [
    ...group.sourceTopics.flatMap((at) => sourceTopics[at] ?? []),
    ...group.repartitionSourceTopics.flatMap((at) => repartitionSourceTopics[at]?.name ?? []),
  ])
}

/** @returns how many partitions all of them have, or what is wrong */
function alignGroup(
  names: readonly string[],
  internal: ReadonlyMap<string, InternalTopic>,
  countOf: CountOf,
): number | string {
  const external = names.filter((name) => !internal.has(name))
  const fixed = names.filter((name) => (internal.get(name)?.partitions ?? 0) > 0)
  const leading = [external, fixed].find((some) => some.length > 0)
  if (leading === undefined) return mostPartitions(names, countOf)
  const counts = new Set(leading.map(countOf))
  const [count = 0] = counts
  if (counts.size > 1) {
    const listed = leading.toSorted().map((name) => `${name}=${countOf(name)}`)
    const text = 'Following topics do not have the same number of partitions: '
    return `${text}[{${listed.join(', ')}}]`
  }
  const other = fixed.find((name) => countOf(name) !== count)
  if (other === undefined) return count
  return (
    `Number of partitions [${countOf(other)}] of repartition topic [${other}] doesn't match ` +
    `number of partitions [${count}] of the source topic.`
  )
}
