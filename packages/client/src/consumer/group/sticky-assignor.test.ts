import { type Random, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import type { TopicPartition } from '../../cluster/topic-partition.ts'
import type { GroupSubscription } from './group-subscription.ts'
import { type Assignment, assignSticky } from './sticky-assignor.ts'

function member(topics: string, owned: readonly TopicPartition[] = [], generationId = 1) {
  return { topics: topics.split(''), owned, generationId, rack: undefined }
}

/** The group joins as often as members have to give something up. */
function settle(
  members: ReadonlyMap<string, GroupSubscription>,
  partitionsOf: (topic: string) => number,
): { readonly assignment: Assignment; readonly rounds: number; readonly moves: number } {
  let now = members
  let moves = 0
  for (let rounds = 1; ; rounds++) {
    const assignment = assignSticky(now, partitionsOf)
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
