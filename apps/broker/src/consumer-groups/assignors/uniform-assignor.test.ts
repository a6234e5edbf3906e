import { type Random, seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { NO_PARTITIONS, type Partitions, partitionsOfSets } from '../partitions.ts'
import type { AssignorMember } from './assignor.ts'
import { assignUniform } from './uniform-assignor.ts'

const SEEDS = 300

interface Scene {
  readonly members: readonly AssignorMember[]
  readonly counts: ReadonlyMap<string, number>
}

function assign({ members, counts }: Scene): ReadonlyMap<string, Partitions> {
  return assignUniform({ members, partitionCount: (topicId) => counts.get(topicId) ?? 0 })
}

function member(
  memberId: string,
  topicIds: Iterable<string>,
  before = NO_PARTITIONS,
): AssignorMember {
  return { memberId, instanceId: null, topicIds: new Set(topicIds), before }
}

function placesOf(partitions: Partitions): string[] {
  return [...partitions].flatMap(([id, ofTopic]) => ofTopic.map((one) => `${id} ${one}`))
}

/** A group with some history: assigned before, then members came and went, topics grew. */
function randomScene(random: Random, isHomogeneous: boolean): Scene {
  const topics = Array.from({ length: 1 + random.below(5) }, (_, at) => `t${at}`)
  const wishes = (): string[] =>
    isHomogeneous ? topics : topics.filter(() => random.below(2) === 0)
  const counts = new Map(topics.map((topic) => [topic, random.below(12)]))
  const names = Array.from({ length: 1 + random.below(8) }, (_, at) => `m${at}`)
  let members = names.map((name) => member(name, wishes()))
  const first = assign({ members, counts })
  for (const topic of topics) {
    if (random.below(3) === 0) counts.set(topic, (counts.get(topic) ?? 0) + random.below(4))
  }
  members = members.map(({ memberId, topicIds }) => {
    const topicIdsNow = isHomogeneous || random.below(3) > 0 ? topicIds : wishes()
    return member(memberId, topicIdsNow, first.get(memberId))
  })
  members = members.filter(() => random.below(4) > 0)
  for (let left = random.below(3); left > 0; left -= 1) members.push(member(`n${left}`, wishes()))
  return { members, counts }
}

function checkComplete(
  { members, counts }: Scene,
  assigned: ReadonlyMap<string, Partitions>,
): void {
  const wanted = new Set(members.flatMap(({ topicIds }) => [...topicIds]))
  const all = [...wanted].flatMap((id) =>
    Array.from({ length: counts.get(id) ?? 0 }, (_, at) => `${id} ${at}`),
  )
  const given = [...assigned.values()].flatMap(placesOf)
  expect(given.toSorted()).toEqual(all.toSorted())
  for (const { memberId, topicIds } of members) {
    for (const topicId of assigned.get(memberId)?.keys() ?? []) expect(topicIds).toContain(topicId)
  }
}

function forSeeds(check: (random: Random) => void): void {
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    try {
      check(seededRandom(seed))
    } catch (error) {
      throw new Error(`replay with PAFKA_SEED=${seed}`, { cause: error })
    }
  }
}

test('members that want the same get as much, and keep all that their share allows', () => {
  forSeeds((random) => {
    const scene = randomScene(random, true)
    const { members } = scene
    const assigned = assign(scene)
    checkComplete(scene, members.length === 0 ? new Map() : assigned)
    const loads = members.map(
      ({ memberId }) => placesOf(assigned.get(memberId) ?? NO_PARTITIONS).length,
    )
    const total = loads.reduce((sum, load) => sum + load, 0)
    const share = Math.floor(total / Math.max(members.length, 1))
    for (const load of loads) expect(load - share).toBeOneOf([0, 1])
    let kept = 0
    let larger = total - share * members.length
    let most = 0
    for (const { memberId, before } of members) {
      const now = new Set(placesOf(assigned.get(memberId) ?? NO_PARTITIONS))
      const held = placesOf(before)
      kept += held.filter((place) => now.has(place)).length
      const mayKeep = held.length > share && larger > 0 ? share + 1 : share
      if (mayKeep > share) larger -= 1
      most += Math.min(held.length, mayKeep)
    }
    expect(kept).toBe(most)
  })
})

test('members that want different topics are as even as their wishes allow', () => {
  forSeeds((random) => {
    const scene = randomScene(random, false)
    const assigned = assign(scene)
    checkComplete(scene, assigned)
    const loadOf = (memberId: string): number =>
      placesOf(assigned.get(memberId) ?? NO_PARTITIONS).length
    // as even as it gets is when nobody could give one away, over others, to who has two less
    for (const { memberId } of scene.members) {
      const reached = new Set([memberId])
      for (const from of reached) {
        for (const topicId of assigned.get(from)?.keys() ?? []) {
          const wanting = scene.members.filter(({ topicIds }) => topicIds.has(topicId))
          wanting.forEach((to) => reached.add(to.memberId))
        }
      }
      const least = Math.min(...[...reached].map(loadOf))
      expect(loadOf(memberId) - least).toBeLessThan(2)
    }
  })
})

test('nothing moves when nothing has changed', () => {
  forSeeds((random) => {
    for (const isHomogeneous of [true, false]) {
      const { members, counts } = randomScene(random, isHomogeneous)
      const assigned = assign({ members, counts })
      const again = members.map(({ memberId, topicIds }) => {
        return member(memberId, topicIds, assigned.get(memberId))
      })
      expect(assign({ members: again, counts })).toEqual(assigned)
    }
  })
})

test('each member gets some of each topic', () => {
  const counts = new Map([
    ['a', 2],
    ['b', 2],
  ])
  const members = ['m0', 'm1'].map((name) => member(name, ['a', 'b']))
  expect(assign({ members, counts })).toEqual(
    new Map([
      [
        'm0',
        partitionsOfSets(
          new Map([
            ['a', [0]],
            ['b', [0]],
          ]),
        ),
      ],
      [
        'm1',
        partitionsOfSets(
          new Map([
            ['a', [1]],
            ['b', [1]],
          ]),
        ),
      ],
    ]),
  )
})

test('what a member had that is not there any more is forgotten', () => {
  const before = partitionsOfSets(
    new Map([
      ['a', [-1, 1, 5]],
      ['gone', [0]],
    ]),
  )
  const members = [member('m0', ['a'], before), member('m1', ['a'])]
  expect(assign({ members, counts: new Map([['a', 2]]) })).toEqual(
    new Map([
      ['m0', partitionsOfSets(new Map([['a', [1]]]))],
      ['m1', partitionsOfSets(new Map([['a', [0]]]))],
    ]),
  )
})
