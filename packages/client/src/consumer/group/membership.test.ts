import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { Membership, type MembershipEffect, type TopicIdPartitions } from './membership.ts'

const names = new Map([
  ['A', 'apples'],
  ['B', 'pears'],
])

function stage() {
  const known = new Map(names)
  const member = new Membership('m', (id) => known.get(id))
  return {
    ...{ known, member },
    told: (memberEpoch: number, ...topicPartitions: TopicIdPartitions[]) => {
      return textOf(
        member.answered({ memberId: null, memberEpoch, assignment: { topicPartitions } }),
      )
    },
    /** A heartbeat in short: its epoch, whether it says all, and what the member has. */
    asks: () => {
      const { memberEpoch, isFull, owned } = member.ask()
      const has = owned?.map(({ topicId, partitions }) => `${topicId}${partitions.join('')}`)
      const what = has === undefined ? '-' : `[${has.join(' ')}]`
      return `${memberEpoch}${isFull ? ' full' : ''} ${what}`
    },
  }
}

function textOf(effects: readonly MembershipEffect[]): string {
  return effects
    .map((effect) => {
      if (!('partitions' in effect)) return effect.do
      const places = effect.partitions.map(({ topic, partition }) => `${topic}/${partition}`)
      const number = 'number' in effect ? `#${effect.number}` : ''
      return `${effect.do}${number} ${places.join(' ')}`
    })
    .join(', ')
}

const a = (...partitions: number[]): TopicIdPartitions => ({ topicId: 'A', partitions })

test('who joins says all, and then only what is new', () => {
  const { member, told, asks } = stage()
  expect(asks()).toBe('0 full []')
  expect(told(1, a(0, 1))).toBe('take apples/0 apples/1, beat')
  expect(asks()).toBe('1 [A01]')
  expect(asks()).toBe('1 -')
  expect(textOf(member.answered({ memberId: null, memberEpoch: 2, assignment: null }))).toBe('')
  expect(asks()).toBe('2 -')
})

test('what goes is given up before anything is taken, and the coordinator is told last', () => {
  const { member, told, asks } = stage()
  asks()
  told(1, a(0, 1))
  asks()
  expect(told(2, a(1, 2))).toBe('revoke#1 apples/0')
  expect(asks()).toBe('2 -')
  expect(member.owned).toHaveLength(2)
  expect(textOf(member.revoked(1))).toBe('take apples/2, beat')
  expect(asks()).toBe('2 [A12]')
})

test('what is told while something is given up counts when that is done', () => {
  const { member, told, asks } = stage()
  told(1, a(0, 1, 2))
  expect(told(2, a(1, 2))).toBe('revoke#1 apples/0')
  expect(told(3, a(0, 2))).toBe('')
  expect(textOf(member.revoked(1))).toBe('revoke#2 apples/1, beat')
  expect(asks()).toBe('3 full [A12]')
  expect(textOf(member.revoked(2))).toBe('take apples/0, beat')
  expect(asks()).toBe('3 [A20]')
})

test('what was given up is told when nothing else is to be done', () => {
  const { member, told, asks } = stage()
  told(1, a(0))
  asks()
  told(2)
  expect(textOf(member.revoked(1))).toBe('beat')
  expect(asks()).toBe('2 []')
})

test('who is fenced loses what it has and joins anew; what it was giving up is forgotten', () => {
  const { member, told, asks } = stage()
  told(4, a(0, 1))
  told(5, a(1))
  expect(textOf(member.fenced())).toBe('lose apples/0 apples/1')
  expect(asks()).toBe('0 full []')
  expect(told(6, a(0))).toBe('take apples/0, beat')
  expect(textOf(member.revoked(1))).toBe('')
  expect(asks()).toBe('6 [A0]')
  expect(member.owned).toEqual([{ topic: 'apples', partition: 0 }])
})

test('after a heartbeat without an answer all is said again', () => {
  const { member, told, asks } = stage()
  asks()
  member.unanswered()
  expect(asks()).toBe('0 full []')
  told(1, a(0))
  asks()
  asks()
  member.unanswered()
  expect(asks()).toBe('1 full [A0]')
})

test('a topic of which only the id is known is looked up; the others need not wait', () => {
  const { member, known, told, asks } = stage()
  const both = [a(0), { topicId: 'C', partitions: [0, 1] }]
  expect(told(1, ...both)).toBe('take apples/0, beat, look')
  expect(asks()).toBe('1 full [A0]')
  expect(textOf(member.reconcile())).toBe('look')
  known.set('C', 'cherries')
  expect(textOf(member.reconcile())).toBe('take cherries/0 cherries/1, beat')
  expect(asks()).toBe('1 [A0 C01]')
  expect(textOf(member.reconcile())).toBe('')
})

test('a topic that is made anew under its name is given up first', () => {
  const { member, known, told } = stage()
  told(1, a(0))
  known.set('D', 'apples')
  expect(told(2, { topicId: 'D', partitions: [0] })).toBe('revoke#1 apples/0')
  expect(textOf(member.revoked(1))).toBe('take apples/0, beat')
})

test('an id that the coordinator gives counts', () => {
  const { member } = stage()
  member.answered({ memberId: 'other', memberEpoch: 1, assignment: null })
  expect(member.memberId).toBe('other')
})

const firstSeed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))

test.each(Array.from({ length: 50 }, (_, at) => firstSeed + at))(
  'whatever comes, the program has in the end what the coordinator said: SEED=%i',
  (seed) => {
    const random = seededRandom(seed)
    const member = new Membership('m', (id) => names.get(id))
    /** As the program has it. */
    const has = new Set<string>()
    const pending: { readonly number: number; readonly keys: readonly string[] }[] = []
    let epoch = 1
    let target: TopicIdPartitions[] = []
    const act = (effects: readonly MembershipEffect[]): void => {
      for (const effect of effects) {
        if (!('partitions' in effect)) continue
        const keys = effect.partitions.map(({ topic, partition }) => `${topic}/${partition}`)
        for (const key of keys) expect(has.has(key)).toBe(effect.do !== 'take')
        if (effect.do === 'revoke') pending.push({ number: effect.number, keys })
        if (effect.do === 'take') for (const key of keys) has.add(key)
        if (effect.do === 'lose') has.clear()
      }
    }
    const finish = (): void => {
      const done = pending.shift()
      if (done === undefined) return
      const effects = member.revoked(done.number)
      // what was fenced meanwhile is not the program's any more, or again
      if (effects.length > 0) for (const key of done.keys) has.delete(key)
      act(effects)
    }
    for (let at = 0; at < 200; at++) {
      switch (random.below(6)) {
        case 0: {
          finish()
          break
        }
        case 1: {
          member.unanswered()
          break
        }
        case 2: {
          if (random.below(10) === 0) act(member.fenced())
          break
        }
        default: {
          target = ['A', 'B'].map((topicId) => {
            return { topicId, partitions: [0, 1, 2].filter(() => random.below(2) === 0) }
          })
          epoch += 1
          const assignment = { topicPartitions: target }
          act(member.answered({ memberId: null, memberEpoch: epoch, assignment }))
        }
      }
      member.ask()
      const owned = member.owned.map(({ topic, partition }) => `${topic}/${partition}`)
      expect(owned.toSorted()).toEqual([...has].toSorted())
    }
    const assignment = { topicPartitions: target }
    act(member.answered({ memberId: null, memberEpoch: epoch, assignment }))
    while (pending.length > 0) finish()
    const wanted = target.flatMap(({ topicId, partitions }) => {
      return partitions.map((partition) => `${names.get(topicId)}/${partition}`)
    })
    expect([...has].toSorted()).toEqual(wanted.toSorted())
  },
)
