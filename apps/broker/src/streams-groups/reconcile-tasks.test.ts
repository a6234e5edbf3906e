import { expect, test } from 'vitest'

import { MemberState } from '../consumer-groups/consumer-member.ts'
import { reconcileTasks, type TaskReconciliation } from './reconcile-tasks.ts'
import { NEW_STREAMS_ASSIGNMENT, type StreamsAssignment } from './streams-member.ts'
import { NO_OWNED_TASKS, NO_TASKS, type OwnedTasks, type Tasks } from './tasks.ts'

/** Active and standby tasks of subtopology 0. */
function tasks(active: readonly number[], standby: readonly number[] = []): Tasks {
  const of = (partitions: readonly number[]): Tasks['active'] =>
    partitions.length === 0 ? new Map() : new Map([['0', partitions]])
  return { active: of(active), standby: of(standby), warmup: new Map() }
}

/** @param active with the epochs in which they were got */
function owned(
  active: Readonly<Record<number, number>>,
  standby: readonly number[] = [],
): OwnedTasks {
  const epochs = new Map(Object.entries(active).map(([one, epoch]) => [Number(one), epoch]))
  return { ...tasks([], standby), active: epochs.size === 0 ? new Map() : new Map([['0', epochs]]) }
}

const { STABLE, UNREVOKED, UNRELEASED } = MemberState

function having(assigned: OwnedTasks, more: Partial<StreamsAssignment> = {}): StreamsAssignment {
  return {
    ...{ memberEpoch: 4, previousEpoch: 3, state: STABLE, assigned, revoking: NO_OWNED_TASKS },
    ...more,
  }
}

function to(target: Tasks, more: Partial<TaskReconciliation> = {}): TaskReconciliation {
  return {
    targetEpoch: 5,
    target,
    reported: null,
    isActive: () => false,
    isInProcess: () => false,
    ...more,
  }
}

test('who has what it should have stays as it is', () => {
  const current = having(owned({ 0: 2 }))
  expect(reconcileTasks(current, to(tasks([0]), { targetEpoch: 4 }))).toBe(current)
})

test('who is new is given all that is free, in the epoch of the target', () => {
  const after = reconcileTasks(NEW_STREAMS_ASSIGNMENT, to(tasks([0, 1], [2])))
  const assigned = owned({ 0: 5, 1: 5 }, [2])
  expect(after).toEqual(having(assigned, { memberEpoch: 5, previousEpoch: 0 }))
})

test('what a member is to give up it gives up first, in its old epoch', () => {
  const after = reconcileTasks(having(owned({ 0: 2, 1: 3 }, [4])), to(tasks([1, 2])))
  const revoking = owned({ 0: 2 }, [4])
  expect(after).toEqual(having(owned({ 1: 3 }), { previousEpoch: 4, state: UNREVOKED, revoking }))
})

test('what it does not have by its own word it need not give up', () => {
  const reported = tasks([1])
  const after = reconcileTasks(having(owned({ 0: 2, 1: 3 })), to(tasks([1, 2]), { reported }))
  const wanted = { memberEpoch: 5, previousEpoch: 4 }
  expect(after).toEqual(having(owned({ 1: 3, 2: 5 }), wanted))
})

test('until it says so, in every role, it has not given up', () => {
  const current = having(owned({ 1: 3 }), { state: UNREVOKED, revoking: owned({ 0: 2 }, [4]) })
  expect(reconcileTasks(current, to(tasks([1])))).toBe(current)
  const stillStandby = to(tasks([1]), { reported: tasks([1], [4]) })
  expect(reconcileTasks(current, stillStandby)).toBe(current)
  const after = reconcileTasks(current, to(tasks([1]), { reported: tasks([1]) }))
  expect(after).toEqual(having(owned({ 1: 3 }), { memberEpoch: 5, previousEpoch: 4 }))
})

test('who gave up and must give up more is an epoch further', () => {
  const current = having(owned({ 1: 3 }), { state: UNREVOKED, revoking: owned({ 0: 2 }) })
  const target = to(tasks([2]), { targetEpoch: 9, reported: tasks([1]) })
  const after = reconcileTasks(current, target)
  const wanted = { memberEpoch: 5, previousEpoch: 4, state: UNREVOKED, revoking: owned({ 1: 3 }) }
  expect(after).toEqual(having(NO_OWNED_TASKS, wanted))
})

test('a task that another runs is waited for', () => {
  const isActive = (_: string, partition: number): boolean => partition === 1
  const after = reconcileTasks(having(NO_OWNED_TASKS), to(tasks([0, 1]), { isActive }))
  const wanted = { memberEpoch: 5, previousEpoch: 4, state: UNRELEASED }
  expect(after).toEqual(having(owned({ 0: 5 }), wanted))
  const later = reconcileTasks(after, to(tasks([0, 1])))
  expect(later).toEqual(having(owned({ 0: 5, 1: 5 }), { memberEpoch: 5, previousEpoch: 5 }))
})

test('a task that the own process still has is waited for, in any role', () => {
  const isInProcess = (_: string, partition: number): boolean => partition === 1
  const waiting = { memberEpoch: 5, previousEpoch: 4, state: UNRELEASED }
  const active = reconcileTasks(having(NO_OWNED_TASKS), to(tasks([1]), { isInProcess }))
  expect(active).toEqual(having(NO_OWNED_TASKS, waiting))
  const standby = reconcileTasks(having(NO_OWNED_TASKS), to(tasks([], [1, 2]), { isInProcess }))
  expect(standby).toEqual(having(owned({}, [2]), waiting))
})

test('a standby of a task that another process runs need not wait', () => {
  const isActive = (): boolean => true
  const after = reconcileTasks(having(NO_OWNED_TASKS), to(tasks([], [1]), { isActive }))
  expect(after).toEqual(having(owned({}, [1]), { memberEpoch: 5, previousEpoch: 4 }))
})

test('a member to have nothing has nothing once it says so', () => {
  const after = reconcileTasks(having(owned({ 0: 2 })), to(NO_TASKS, { reported: NO_TASKS }))
  expect(after).toEqual(having(NO_OWNED_TASKS, { memberEpoch: 5, previousEpoch: 4 }))
})
