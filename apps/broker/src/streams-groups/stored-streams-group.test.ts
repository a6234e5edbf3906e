import { expect, test } from 'vitest'

import { MemberState } from '../consumer-groups/consumer-member.ts'
import { streamsGroupFrom } from './stored-streams-group.ts'
import type { StreamsGroupRecord } from './streams-group-record.ts'
import { NEW_STREAMS_METADATA } from './streams-member.ts'
import { NO_OWNED_TASKS, NO_TASKS, type OwnedTasks } from './tasks.ts'

function member(memberId: string): StreamsGroupRecord {
  return { kind: 'member', memberId, value: NEW_STREAMS_METADATA }
}

function having(memberId: string, memberEpoch: number, assigned: OwnedTasks): StreamsGroupRecord {
  const { STABLE: state } = MemberState
  const value = { memberEpoch, previousEpoch: 0, state, assigned, revoking: NO_OWNED_TASKS }
  return { kind: 'current', memberId, value }
}

const first: OwnedTasks = { ...NO_OWNED_TASKS, active: new Map([['0', new Map([[0, 3]])]]) }

test('of two that have a task by the log one must start over', () => {
  const group = streamsGroupFrom('g', [
    member('a'),
    member('b'),
    having('a', 3, first),
    having('b', 4, first),
  ])
  expect(group.owners.active('0', 0)).toBe('a')
  expect(group.members.get('b')?.memberEpoch).toBe(0)
  expect(group.epoch).toBe(4) // nobody is ahead of the group
})

test('who is to give up what it has, too, must start over', () => {
  const { STABLE: state } = MemberState
  const value = { memberEpoch: 3, previousEpoch: 2, state, assigned: first, revoking: first }
  const group = streamsGroupFrom('g', [member('a'), { kind: 'current', memberId: 'a', value }])
  expect(group.owners.active('0', 0)).toBeUndefined()
})

test('what is kept of somebody who is no member counts for nothing', () => {
  const target: StreamsGroupRecord = { kind: 'target', memberId: 'gone', value: NO_TASKS }
  const group = streamsGroupFrom('g', [having('gone', 9, first), target])
  expect(group.isEmpty).toBe(true)
  expect(group.targets.size).toBe(0)
  expect(group.epoch).toBe(1)
})
