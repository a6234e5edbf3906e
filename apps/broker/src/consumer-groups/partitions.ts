/** Partitions by topic id, in ascending order, each topic with one at least. Never changed. */
export type Partitions = ReadonlyMap<string, readonly number[]>

/** Partitions by topic id, each with the epoch of the group in which its member got it. */
export type OwnedPartitions = ReadonlyMap<string, ReadonlyMap<number, number>>

/** As requests, answers and records list them. */
export interface TopicPartitions {
  readonly topicId: string
  readonly partitions: readonly number[]
}

export const NO_PARTITIONS: Partitions = new Map()
export const NOTHING_OWNED: OwnedPartitions = new Map()

/** @param listed by somebody else: in any order, and perhaps the same twice. */
export function partitionsFrom(listed: readonly TopicPartitions[]): Partitions {
  const sets = new Map<string, Set<number>>()
  for (const { topicId, partitions } of listed) {
    let set = sets.get(topicId)
    if (set === undefined) sets.set(topicId, (set = new Set()))
    for (const partition of partitions) set.add(partition)
  }
  return partitionsOfSets(sets)
}

export function partitionsOfSets(sets: ReadonlyMap<string, Iterable<number>>): Partitions {
  const partitions = new Map<string, readonly number[]>()
  for (const [topicId, set] of sets) {
    const sorted = [...set].toSorted((one, other) => one - other)
    if (sorted.length > 0) partitions.set(topicId, sorted)
  }
  return partitions
}

export function partitionsOwned(...owned: readonly OwnedPartitions[]): Partitions {
  const sets = new Map<string, number[]>()
  for (const [topicId, epochs] of owned.flatMap((each) => [...each])) {
    sets.set(topicId, [...(sets.get(topicId) ?? []), ...epochs.keys()])
  }
  return partitionsOfSets(sets)
}

export function listOfPartitions(partitions: Partitions): TopicPartitions[] {
  return [...partitions].map(([topicId, ofTopic]) => ({ topicId, partitions: ofTopic }))
}

export function samePartitions(one: Partitions, other: Partitions): boolean {
  if (one.size !== other.size) return false
  for (const [topicId, ofOne] of one) {
    const ofOther = other.get(topicId)
    if (ofOther === undefined || ofOther.length !== ofOne.length) return false
    if (!ofOne.every((partition, at) => partition === ofOther[at])) return false
  }
  return true
}

/** The same partitions with the same epochs. */
export function sameOwned(one: OwnedPartitions, other: OwnedPartitions): boolean {
  if (one.size !== other.size) return false
  for (const [topicId, ofOne] of one) {
    const ofOther = other.get(topicId)
    if (ofOther === undefined || ofOther.size !== ofOne.size) return false
    for (const [partition, epoch] of ofOne) if (ofOther.get(partition) !== epoch) return false
  }
  return true
}

/** Whether one of `listed` is among `owned`. */
export function ownsAny(listed: Partitions, owned: OwnedPartitions): boolean {
  for (const [topicId, partitions] of listed) {
    const epochs = owned.get(topicId)
    if (epochs !== undefined && partitions.some((partition) => epochs.has(partition))) return true
  }
  return false
}

/** Whether all of `listed` are among `owned`. */
export function ownsAll(listed: Partitions, owned: OwnedPartitions): boolean {
  for (const [topicId, partitions] of listed) {
    const epochs = owned.get(topicId)
    if (!partitions.every((partition) => epochs?.has(partition) === true)) return false
  }
  return true
}
