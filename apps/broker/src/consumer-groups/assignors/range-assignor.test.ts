import { expect, test } from 'vitest'

import { NO_PARTITIONS, listOfPartitions } from '../partitions.ts'
import { type AssignorMember, compareMembers } from './assignor.ts'
import { assignRange } from './range-assignor.ts'

function member(
  memberId: string,
  topics: string,
  instanceId: string | null = null,
): AssignorMember {
  return { memberId, instanceId, topicIds: new Set(topics.split(' ')), before: NO_PARTITIONS }
}

function assigned(
  counts: Readonly<Record<string, number>>,
  ...members: AssignorMember[]
): string[] {
  const result = assignRange({
    members: members.toSorted(compareMembers),
    partitionCount: (topicId) => counts[topicId] ?? 0,
  })
  return [...result].map(([memberId, partitions]) => {
    const given = listOfPartitions(partitions).map(
      (one) => `${one.topicId} ${one.partitions.join(' ')}`,
    )
    return `${memberId}: ${given.join(', ')}`
  })
}

test('topics are cut alike, the first members have one more', () => {
  const members = [member('m1', 'a b'), member('m0', 'a b'), member('m2', 'a b')]
  expect(assigned({ a: 7, b: 7 }, ...members)).toEqual([
    'm0: a 0 1 2, b 0 1 2',
    'm1: a 3 4, b 3 4',
    'm2: a 5 6, b 5 6',
  ])
})

test('static members come first, by the name that outlives them', () => {
  const members = [member('m0', 'a'), member('m9', 'a', 'i0'), member('m1', 'a', 'i1')]
  expect(assigned({ a: 4 }, ...members)).toEqual(['m9: a 0 1', 'm1: a 2', 'm0: a 3'])
})

test('who wants a topic shares it with those only who want it too', () => {
  const members = [member('m0', 'a'), member('m1', 'a b'), member('m2', 'b'), member('m3', 'none')]
  expect(assigned({ a: 1, b: 3 }, ...members)).toEqual(['m0: a 0', 'm1: b 0 1', 'm2: b 2', 'm3: '])
})
