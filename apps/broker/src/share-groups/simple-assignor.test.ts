import { seededRandom } from '@pafka/base'
import { expect, test } from 'vitest'

import { NO_PARTITIONS, type Partitions } from '../consumer-groups/partitions.ts'
import { assignSimply, type SharingMember } from './simple-assignor.ts'

const SEEDS = 300

function said(assigned: ReadonlyMap<string, Partitions>): string[] {
  return [...assigned].map(([memberId, partitions]) => {
    const all = [...partitions].map(([topicId, ofTopic]) => `${topicId} ${ofTopic.join(' ')}`)
    return `${memberId}: ${all.toSorted().join(', ')}`
  })
}

function members(topics: Readonly<Record<string, string>>): SharingMember[] {
  return Object.entries(topics).map(([memberId, names]) => {
    return { memberId, topicIds: names.split(' '), before: NO_PARTITIONS }
  })
}

test('more members than partitions share them', () => {
  const assigned = assignSimply(members({ a: 'T', b: 'T', c: 'T', d: 'T', e: 'T' }), () => 2)
  expect(said(assigned)).toEqual(['a: T 0', 'b: T 1', 'c: T 0', 'd: T 1', 'e: T 0'])
})

test('fewer members than partitions have them alone', () => {
  const assigned = assignSimply(members({ a: 'T U', b: 'T U' }), () => 3)
  expect(said(assigned)).toEqual(['a: T 0 2, U 1', 'b: T 1, U 0 2'])
})

test('members that want other topics get only these', () => {
  const assigned = assignSimply(members({ a: 'T', b: 'T U', c: 'U' }), () => 1)
  expect(said(assigned)).toEqual(['a: T 0', 'b: T 0, U 0', 'c: U 0'])
})

test('everybody has some, every partition somebody, evenly, and little is moved', () => {
  const first = Number(process.env['PAFKA_SEED'] ?? Math.floor(Math.random() * 1e9))
  for (let seed = first; seed < first + SEEDS; seed += 1) {
    const random = seededRandom(seed)
    const partitions = 1 + random.below(8)
    let before: ReadonlyMap<string, Partitions> = new Map()
    for (let round = 0; round < 4; round += 1) {
      const names = Array.from({ length: 1 + random.below(12) }, (_, at) => `m${at + round}`)
      const sharing = names.map((memberId) => ({
        memberId,
        topicIds: ['T'],
        before: before.get(memberId) ?? NO_PARTITIONS,
      }))
      const assigned = assignSimply(sharing, () => partitions)
      const counts = names.map((name) => assigned.get(name)?.get('T')?.length ?? 0)
      const sharers = Array.from({ length: partitions }, (_, partition) => {
        return names.filter((name) => assigned.get(name)?.get('T')?.includes(partition)).length
      })
      const why = `replay with PAFKA_SEED=${seed}`
      expect(Math.min(...counts), why).toBeGreaterThan(0)
      expect(Math.min(...sharers), why).toBeGreaterThan(0)
      expect(Math.max(...counts), why).toBe(Math.ceil(partitions / names.length))
      expect(Math.max(...sharers), why).toBeLessThanOrEqual(Math.ceil(names.length / partitions))
      const again = sharing.map((one) => ({
        ...one,
        before: assigned.get(one.memberId) ?? NO_PARTITIONS,
      }))
      expect(said(assignSimply(again, () => partitions)), why).toEqual(said(assigned))
      before = assigned
    }
  }
})
