import { partitionKey, type TopicPartition } from '../../cluster/topic-partition.ts'
import type { GroupSubscription } from './group-subscription.ts'
import type { PartitionRacks } from './partition-racks.ts'
import { type Holding, RackExchange } from './rack-exchange.ts'

export type Assignment = ReadonlyMap<string, readonly TopicPartition[]>

/** Members that differ by more partitions than this are not balanced. */
const BALANCED = 1
const NO_RACKS: PartitionRacks = () => new Set()

/** A member while partitions are given out. */
interface Holder {
  readonly memberId: string
  readonly topics: ReadonlySet<string>
  readonly rack: string | undefined
  readonly held: Map<string, TopicPartition>
}

/**
 * Gives each partition to a member that wants its topic: as evenly as that can be, and as few as
 * possible to others than those who have them. As many as can be go to members in whose rack they
 * have a replica: that is worth a move, and never the balance (KIP-881). What moves is given to
 * nobody now: its owner gives it up first, and the group joins once more (KIP-429).
 * @param partitionsOf how many a topic has; 0 for one that is not there
 */
export function assignSticky(
  members: ReadonlyMap<string, GroupSubscription>,
  partitionsOf: (topic: string) => number,
  racksOf: PartitionRacks = NO_RACKS,
): Assignment {
  const owners = ownersOf(members)
  const holders = [...members]
    .map(([memberId, { topics, rack }]): Holder => {
      return { memberId, topics: new Set(topics), rack, held: new Map() }
    })
    .toSorted((one, other) => (one.memberId < other.memberId ? -1 : 1))
  const byId = new Map(holders.map((holder) => [holder.memberId, holder]))
  const homeless: TopicPartition[] = []
  for (const place of placesOf(holders, partitionsOf)) {
    const owner = byId.get(owners.get(partitionKey(place)) ?? '')
    if (owner?.topics.has(place.topic) === true) owner.held.set(partitionKey(place), place)
    else homeless.push(place)
  }
  for (const place of homeless) {
    fewest(holders, place.topic)?.held.set(partitionKey(place), place)
  }
  balance(holders)
  if (holders.some(({ rack }) => rack !== undefined)) bringHome(holders, { racksOf, owners })
  return new Map(
    holders.map(({ memberId, held }) => {
      const given = [...held].filter(([key]) => (owners.get(key) ?? memberId) === memberId)
      return [memberId, given.map(([, place]) => place)]
    }),
  )
}

/** By partition. Of two who have it the one of the later generation does; of equals, nobody. */
function ownersOf(members: ReadonlyMap<string, GroupSubscription>): ReadonlyMap<string, string> {
  const owners = new Map<string, { readonly memberId: string; readonly generationId: number }>()
  for (const [memberId, { owned, generationId }] of members) {
    for (const place of owned) {
      const key = partitionKey(place)
      const other = owners.get(key)
      if (other !== undefined && other.generationId > generationId) continue
      const isShared = other?.generationId === generationId
      owners.set(key, { memberId: isShared ? '' : memberId, generationId })
    }
  }
  return new Map(
    [...owners].flatMap(([key, { memberId }]) => (memberId === '' ? [] : [[key, memberId]])),
  )
}

function placesOf(
  holders: readonly Holder[],
  partitionsOf: (topic: string) => number,
): TopicPartition[] {
  const topics = [...new Set(holders.flatMap(({ topics: own }) => [...own]))].toSorted()
  return topics.flatMap((topic) => {
    return Array.from({ length: partitionsOf(topic) }, (_, partition) => ({ topic, partition }))
  })
}

/** Who wants the topic and has the least. */
function fewest(holders: readonly Holder[], topic: string): Holder | undefined {
  let found: Holder | undefined
  for (const holder of holders) {
    if (!holder.topics.has(topic)) continue
    if (found === undefined || holder.held.size < found.held.size) found = holder
  }
  return found
}

/** Takes from who has most, until nobody who wants it has two less. */
function balance(holders: readonly Holder[]): void {
  for (let moved = true; moved;) {
    moved = false
    for (const from of holders.toSorted((one, other) => other.held.size - one.held.size)) {
      moved = giveFrom(from, holders) || moved
    }
  }
}

function giveFrom(from: Holder, holders: readonly Holder[]): boolean {
  let moved = false
  for (const [key, place] of [...from.held].toReversed()) {
    const to = fewest(holders, place.topic)
    if (to === undefined || from.held.size - to.held.size <= BALANCED) continue
    from.held.delete(key)
    to.held.set(key, place)
    moved = true
  }
  return moved
}

interface HomeTerms {
  readonly racksOf: PartitionRacks
  /** Ids of members, by partition. */
  readonly owners: ReadonlyMap<string, string>
}

/**
 * To the racks of their replicas. Where members want different topics each has as many of a topic
 * as before: else somebody might come to want one more of what another has too many of.
 */
function bringHome(holders: readonly Holder[], { racksOf, owners }: HomeTerms): void {
  const isOwn = (place: TopicPartition, { memberId }: Holder): boolean => {
    return owners.get(partitionKey(place)) === memberId
  }
  const all = holders.flatMap((holder) => {
    return [...holder.held.values()].map((place) => {
      return { place, holder, isKept: isOwn(place, holder) }
    })
  })
  const known = new Set(all.flatMap(({ place }) => [...racksOf(place)]))
  // where nothing is, is the same as nowhere
  const rackOf = ({ rack = '' }: Holder): string => (known.has(rack) ? rack : '')
  const exchange = (holdings: readonly Holding<Holder>[]): void => {
    new RackExchange(holdings, {
      ...{ racksOf, rackOf },
      give: (place, from, to) => {
        from.held.delete(partitionKey(place))
        to.held.set(partitionKey(place), place)
        return isOwn(place, to)
      },
    }).run()
  }
  if (wantTheSame(holders)) {
    exchange([...all, ...emptyOf(holders)])
    for (const ofRack of Map.groupBy(holders, rackOf).values()) balance(ofRack)
  } else {
    for (const own of Map.groupBy(all, ({ place }) => place.topic).values()) exchange(own)
  }
}

function wantTheSame([first, ...others]: readonly Holder[]): boolean {
  return others.every(({ topics }) => {
    return topics.size === first?.topics.size && [...topics].every((one) => first.topics.has(one))
  })
}

/** Who has one more than others does not matter. */
function emptyOf(holders: readonly Holder[]): Holding<Holder>[] {
  const most = Math.max(...holders.map(({ held }) => held.size))
  return holders
    .filter(({ held }) => held.size < most)
    .map((holder) => ({ place: undefined, holder, isKept: false }))
}
