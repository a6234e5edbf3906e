import { type Partitions, partitionsOfSets } from '../consumer-groups/partitions.ts'

/** Kafka's name for it. */
export const SIMPLE_ASSIGNOR: string = 'simple'

export interface SharingMember {
  readonly memberId: string
  /** Ids of topics that there are. */
  readonly topicIds: readonly string[]
  readonly before: Partitions
}

interface Place {
  readonly topicId: string
  readonly partition: number
}

/**
 * Shares partitions among members, any number of them one partition: each member gets one at least
 * and each partition somebody, as evenly as that goes, and nobody loses what may stay. Members with
 * the same topics share all of these at once, others topic by topic.
 */
export function assignSimply(
  members: readonly SharingMember[],
  partitionCount: (topicId: string) => number,
): Map<string, Partitions> {
  const sets = new Map(members.map(({ memberId }) => [memberId, new Map<string, number[]>()]))
  const sorted = members.toSorted((one, other) => (one.memberId < other.memberId ? -1 : 1))
  for (const { topicIds, sharing } of shares(sorted)) {
    const places = topicIds.flatMap((topicId) =>
      Array.from({ length: partitionCount(topicId) }, (_, partition) => ({ topicId, partition })),
    )
    for (const [memberId, given] of share(sharing, places)) {
      for (const { topicId, partition } of given) {
        const ofMember = sets.get(memberId)
        ofMember?.set(topicId, [...(ofMember.get(topicId) ?? []), partition])
      }
    }
  }
  return new Map([...sets].map(([memberId, ofMember]) => [memberId, partitionsOfSets(ofMember)]))
}

/** Topics, and who shares them. */
function shares(
  members: readonly SharingMember[],
): { readonly topicIds: readonly string[]; readonly sharing: readonly SharingMember[] }[] {
  const [first] = members
  if (first === undefined) return []
  const all = [...new Set(members.flatMap(({ topicIds }) => topicIds))].toSorted()
  if (members.every(({ topicIds }) => new Set(topicIds).size === all.length)) {
    return [{ topicIds: all, sharing: members }]
  }
  return all.map((topicId) => ({
    topicIds: [topicId],
    sharing: members.filter(({ topicIds }) => topicIds.includes(topicId)),
  }))
}

function share(members: readonly SharingMember[], places: readonly Place[]): Map<string, Place[]> {
  const given = new Map(members.map(({ memberId }) => [memberId, new Array<Place>()]))
  if (members.length === 0 || places.length === 0) return given
  const sharers = new Map(places.map((place) => [place, 0]))
  const perMember = new EvenShare(places.length, members.length)
  const perPlace = new EvenShare(members.length, places.length)
  const give = (memberId: string, place: Place): void => {
    given.get(memberId)?.push(place)
    sharers.set(place, (sharers.get(place) ?? 0) + 1)
  }
  const countOf = (memberId: string): number => given.get(memberId)?.length ?? 0
  const byName = new Map(places.map((place) => [`${place.topicId} ${place.partition}`, place]))
  for (const { memberId, before } of members) {
    for (const name of namesOf(before)) {
      const place = byName.get(name)
      if (place === undefined) continue
      const count = sharers.get(place) ?? 0
      if (!perPlace.mayAdd(count) || !perMember.mayAdd(countOf(memberId))) continue
      perPlace.add(count)
      perMember.add(countOf(memberId))
      give(memberId, place)
    }
  }
  for (const place of places) {
    if ((sharers.get(place) ?? 0) > 0) continue
    const memberId = fewest(members, (one) => countOf(one.memberId))?.memberId
    if (memberId !== undefined) give(memberId, place)
  }
  for (const { memberId } of members) {
    if (countOf(memberId) > 0) continue
    const place = fewest(places, (one) => sharers.get(one) ?? 0)
    if (place !== undefined) give(memberId, place)
  }
  return given
}

/** How many each may have: as many as all the others, some of them one more; one at least. */
class EvenShare {
  readonly #each: number
  #more: number

  constructor(things: number, among: number) {
    this.#each = Math.max(1, Math.floor(things / among))
    this.#more = things < among ? 0 : things % among
  }

  /** @param count that it has */
  mayAdd(count: number): boolean {
    return count < this.#each || (count === this.#each && this.#more > 0)
  }

  add(count: number): void {
    if (count >= this.#each) this.#more -= 1
  }
}

function* namesOf(partitions: Partitions): Generator<string> {
  for (const [topicId, ofTopic] of partitions) {
    for (const partition of ofTopic) yield `${topicId} ${partition}`
  }
}

function fewest<T>(things: readonly T[], count: (thing: T) => number): T | undefined {
  let found = things[0]
  for (const thing of things) if (found !== undefined && count(thing) < count(found)) found = thing
  return found
}
