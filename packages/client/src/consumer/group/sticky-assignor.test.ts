import { type Random, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import type { TopicPartition } from '../../cluster/topic-partition.ts'
import type { GroupSubscription } from './group-subscription.ts'
import type { PartitionRacks } from './partition-racks.ts'
import { type Assignment, assignSticky } from './sticky-assignor.ts'

function member(topics: string, owned: readonly TopicPartition[] = [], generationId = 1) {
  return { topics: topics.split(''), owned, generationId, rack: undefined }
}

function inRack(rack: string | undefined, topics: string, owned: readonly TopicPartition[] = []) {
  return { ...member(topics, owned), rack }
}

/** The group joins as often as members have to give something up. */
function settle(
  members: ReadonlyMap<string, GroupSubscription>,
  partitionsOf: (topic: string) => number,
  racksOf?: PartitionRacks,
): { readonly assignment: Assignment; readonly rounds: number; readonly moves: number } {
  let now = members
  let moves = 0
  for (let rounds = 1; ; rounds++) {
    const assignment = assignSticky(now, partitionsOf, racksOf)
    const revoked = [...now].flatMap(([id, { owned }]) => {
      const kept = new Set((assignment.get(id) ?? []).map((one) => JSON.stringify(one)))
      return owned.filter((one) => !kept.has(JSON.stringify(one)))
    })
    moves += revoked.length
    now = new Map(
      [...now].map(([id, one]) => [
        id,
        { ...one, owned: assignment.get(id) ?? [], generationId: rounds + 1 },
      ]),
    )
    if (revoked.length === 0) return { assignment, rounds, moves }
    if (rounds > 3) throw new Error('the group never settles')
  }
}

function sizes(assignment: Assignment): number[] {
  return [...assignment.values()].map((own) => own.length)
}

test('partitions are shared evenly, over topics', () => {
  const members = new Map([
    ['a', member('xy')],
    ['b', member('xy')],
    ['c', member('xy')],
  ])
  expect(sizes(settle(members, () => 4).assignment)).toEqual([3, 3, 2])
})

test('who joins gets what others give up first, and nothing else moves', () => {
  const first = settle(
    new Map([
      ['a', member('x')],
      ['b', member('x')],
    ]),
    () => 9,
  ).assignment
  const members = new Map([
    ['a', member('x', first.get('a'))],
    ['b', member('x', first.get('b'))],
    ['c', member('x', [], -1)],
  ])
  expect(assignSticky(members, () => 9).get('c')).toEqual([])
  const settled = settle(members, () => 9)
  expect([sizes(settled.assignment), settled.rounds, settled.moves]).toEqual([[3, 3, 3], 2, 3])
})

test('who leaves gives to the others at once', () => {
  const first = settle(
    new Map([
      ['a', member('x')],
      ['b', member('x')],
    ]),
    () => 4,
  ).assignment
  const settled = settle(new Map([['a', member('x', first.get('a'))]]), () => 4)
  expect([sizes(settled.assignment), settled.rounds, settled.moves]).toEqual([[4], 1, 0])
})

test('what two say they have is of the later generation, or of none', () => {
  const x0 = [{ topic: 'x', partition: 0 }]
  const late = new Map([
    ['a', member('x', x0, 4)],
    ['b', member('x', x0, 3)],
  ])
  expect(assignSticky(late, () => 1).get('a')).toEqual(x0)
  const equal = new Map([
    ['a', member('x', x0, 3)],
    ['b', member('x', x0, 3)],
  ])
  expect([...assignSticky(equal, () => 1).values()].flat()).toEqual(x0)
})

test('a topic that is not there, or that nobody wants any more, is nobody’s', () => {
  const had = [
    { topic: 'x', partition: 7 },
    { topic: 'z', partition: 0 },
  ]
  const assignment = assignSticky(new Map([['a', member('xy', had)]]), (topic) =>
    topic === 'x' ? 1 : 0,
  )
  expect(assignment.get('a')).toEqual([{ topic: 'x', partition: 0 }])
})

function randomGroup(random: Random, before: Assignment | undefined) {
  const members = new Map<string, GroupSubscription>()
  for (let at = 0; at < 6; at++) {
    if (random.below(3) === 0) continue
    const topics = ['x', 'y', 'z'].filter(() => random.below(3) > 0)
    const owned = before?.get(`m${at}`) ?? []
    members.set(`m${at}`, { topics, owned, generationId: 1, rack: undefined })
  }
  return members
}

/** Nobody who could have one more has two less than another who could give it. */
function isBalanced(
  members: ReadonlyMap<string, GroupSubscription>,
  assignment: Assignment,
): boolean {
  return [...assignment].every(([, own]) =>
    own.every(({ topic }) =>
      [...members].every(([id, { topics }]) => {
        return !topics.includes(topic) || (assignment.get(id) ?? []).length >= own.length - 1
      }),
    ),
  )
}

test.each(Array.from({ length: 60 }, (_, at) => at))(
  'members come, go and change: all that is wanted is given, once and evenly, seed %i',
  (seed) => {
    const random = seededRandom(seed)
    let before: Assignment | undefined
    for (let left = 5; left > 0; left--) {
      const members = randomGroup(random, before)
      const counts = new Map(['x', 'y', 'z'].map((topic) => [topic, random.below(9)]))
      const { assignment } = settle(members, (topic) => counts.get(topic) ?? 0)
      const given = [...assignment.values()].flat().map((one) => JSON.stringify(one))
      const wanted = [...new Set([...members.values()].flatMap(({ topics }) => topics))]
      const all = wanted.flatMap((topic) => {
        return Array.from({ length: counts.get(topic) ?? 0 }, (_, partition) => {
          return JSON.stringify({ topic, partition })
        })
      })
      expect(given.toSorted()).toEqual(all.toSorted())
      expect(isBalanced(members, assignment)).toBe(true)
      before = assignment
    }
  },
)

/** Replicas of partition 0 are in the first of these racks, separated by blanks, and so on. */
function racksAre(...racks: readonly string[]): PartitionRacks {
  return ({ partition }) => new Set((racks[partition] ?? '').split(' ').filter(Boolean))
}

function inOrder(numbers: readonly number[]): number[] {
  return numbers.toSorted((one, other) => one - other)
}

function placed(assignment: Assignment): Record<string, readonly number[]> {
  return Object.fromEntries(
    [...assignment].map(([id, own]) => [id, inOrder(own.map(({ partition }) => partition))]),
  )
}

test('a partition goes to a member in a rack of one of its replicas', () => {
  const members = new Map([
    ['a', inRack('r2', 'x')],
    ['b', inRack('r1', 'x')],
  ])
  const racksOf = racksAre('r1', 'r2 r3', 'r1 r3', 'r2')
  const { assignment, moves } = settle(members, () => 4, racksOf)
  expect([placed(assignment), moves]).toEqual([{ a: [1, 3], b: [0, 2] }, 0])
})

test('who gets one more than others is who has more in its rack', () => {
  const members = new Map([
    ['a', inRack('r2', 'x')],
    ['b', inRack('r1', 'x')],
  ])
  const { assignment } = settle(members, () => 3, racksAre('r1', 'r1', 'r1'))
  expect(sizes(assignment)).toEqual([1, 2])
})

test('a rack is worth a move, and no more moves than it needs', () => {
  const owned = [0, 1, 2, 3].map((partition) => ({ topic: 'x', partition }))
  const members = new Map([
    ['a', inRack('r1', 'x', owned.slice(0, 2))],
    ['b', inRack('r2', 'x', owned.slice(2))],
  ])
  const racksOf = racksAre('r1 r2', 'r2', 'r1', 'r1 r2')
  const settled = settle(members, () => 4, racksOf)
  expect(placed(settled.assignment)).toEqual({ a: [0, 2], b: [1, 3] })
  expect([settled.rounds, settled.moves]).toEqual([2, 2])
})

test('three racks in a ring are exchanged, though no two of them could', () => {
  const owned = [0, 1, 2].map((partition) => [{ topic: 'x', partition }])
  const members = new Map([
    ['a', inRack('r1', 'x', owned[0])],
    ['b', inRack('r2', 'x', owned[1])],
    ['c', inRack('r3', 'x', owned[2])],
  ])
  const settled = settle(members, () => 3, racksAre('r2', 'r3', 'r1'))
  expect(placed(settled.assignment)).toEqual({ a: [2], b: [0], c: [1] })
})

test('a member of no rack leaves to others what is in theirs', () => {
  const members = new Map([
    ['a', inRack(undefined, 'x')],
    ['b', inRack('r1', 'x')],
    ['c', inRack('nowhere', 'x')],
  ])
  const settled = settle(members, () => 3, racksAre('r2', 'r2', 'r1'))
  expect(placed(settled.assignment)['b']).toEqual([2])
})

test('without a rack of members, or of partitions, all is as if there were none', () => {
  const members = new Map(['a', 'b', 'c'].map((id) => [id, member('xy')]))
  const racked = new Map([...members].map(([id, one]) => [id, { ...one, rack: `r${id}` }]))
  const plain = assignSticky(members, () => 5)
  expect(assignSticky(members, () => 5, racksAre('ra', 'rb', 'ra', 'rc', 'rb'))).toEqual(plain)
  expect(assignSticky(racked, () => 5)).toEqual(plain)
})

function atHome(
  members: ReadonlyMap<string, GroupSubscription>,
  assignment: Assignment,
  racksOf: PartitionRacks,
): number {
  return [...assignment].reduce((sum, [id, own]) => {
    return sum + own.filter((one) => racksOf(one).has(members.get(id)?.rack ?? '')).length
  }, 0)
}

/** The most there can be where each has `least` or one more, found by trying everything. */
function mostAtHome(racks: readonly string[], places: readonly ReadonlySet<string>[]): number {
  const least = Math.floor(places.length / racks.length)
  const counts = racks.map(() => 0)
  const best = (at: number): number => {
    const place = places[at]
    if (place === undefined) return counts.every((count) => count >= least) ? 0 : -Infinity
    let most = -Infinity
    for (const [who, rack] of racks.entries()) {
      const before = counts[who] ?? 0
      const larger = counts.filter((count) => count > least).length
      if (before > least || (before === least && larger >= places.length % racks.length)) continue
      counts[who] = before + 1
      most = Math.max(most, best(at + 1) + Number(place.has(rack)))
      counts[who] = before
    }
    return most
  }
  return best(0)
}

function randomRacks(random: Random, count: number): PartitionRacks {
  const racks = Array.from({ length: count }, () => {
    return ['r1', 'r2', 'r3'].filter(() => random.below(3) === 0).join(' ')
  })
  return ({ topic, partition }) =>
    racksAre(...racks)({ topic, partition: partition + topic.length })
}

test.each(Array.from({ length: 60 }, (_, at) => at))(
  'of members that want the same as many as can be are served in their rack, seed %i',
  (seed) => {
    const random = seededRandom(seed)
    const count = 1 + random.below(7)
    const racksOf = randomRacks(random, count + 1)
    let before: Assignment | undefined
    for (let left = 4; left > 0; left--) {
      const ids = ['m0', 'm1', 'm2', 'm3'].filter(() => random.below(3) > 0)
      if (ids.length === 0) continue
      const racks = ids.map((id) => `r${1 + ((seed + Number(id.slice(1))) % 4)}`)
      const members = new Map(
        ids.map((id, at) => [id, inRack(racks[at], 'x', before?.get(id))] as const),
      )
      const { assignment } = settle(members, () => count, racksOf)
      const places = Array.from({ length: count }, (_, partition) => {
        return racksOf({ topic: 'x', partition })
      })
      expect(atHome(members, assignment, racksOf)).toBe(mostAtHome(racks, places))
      expect(isBalanced(members, assignment)).toBe(true)
      expect([...assignment.values()].flat()).toHaveLength(count)
      before = assignment
    }
  },
)

test.each(Array.from({ length: 60 }, (_, at) => at))(
  'with racks members are as balanced as without, and served in them no less, seed %i',
  (seed) => {
    const random = seededRandom(seed)
    const racksOf = randomRacks(random, 9)
    let before: Assignment | undefined
    for (let left = 5; left > 0; left--) {
      const plain = randomGroup(random, before)
      const members = new Map(
        [...plain].map(([id, one]) => {
          return [id, { ...one, rack: ['r1', 'r2', 'r3', undefined][random.below(4)] }] as const
        }),
      )
      const fresh = new Map([...members].map(([id, one]) => [id, { ...one, owned: [] }]))
      const without = assignSticky(fresh, () => 8)
      const rackAware = assignSticky(fresh, () => 8, racksOf)
      expect(atHome(members, rackAware, racksOf)).toBeGreaterThanOrEqual(
        atHome(members, without, racksOf),
      )
      expect(inOrder(sizes(rackAware))).toEqual(inOrder(sizes(without)))
      const settled = settle(members, () => 8, racksOf)
      expect(isBalanced(members, settled.assignment)).toBe(true)
      before = settled.assignment
      const again = new Map(
        [...members].map(([id, one]) => [id, { ...one, owned: before?.get(id) ?? [] }]),
      )
      expect(settle(again, () => 8, racksOf).moves).toBe(0)
    }
  },
)
