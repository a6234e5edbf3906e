import { expect, test } from 'vitest'

import { type CurrentAssignment, MemberState, NEW_ASSIGNMENT } from './consumer-member.ts'
import { type OwnedPartitions, partitionsOfSets, type Partitions } from './partitions.ts'
import { reconcile, type Reconciliation } from './reconcile.ts'

const { STABLE, UNREVOKED, UNRELEASED } = MemberState

/** `a0 a1 b0`, a letter for each topic. */
function partitions(text: string): Partitions {
  const sets = new Map<string, number[]>()
  for (const place of text.split(' ').filter((one) => one !== '')) {
    const topic = place.slice(0, 1)
    sets.set(topic, [...(sets.get(topic) ?? []), Number(place.slice(1))])
  }
  return partitionsOfSets(sets)
}

/** `a0@3`: had since epoch 3. */
function owned(text: string): OwnedPartitions {
  const all = new Map<string, Map<number, number>>()
  for (const place of text.split(' ').filter((one) => one !== '')) {
    const [where = '', epoch = ''] = place.split('@')
    const epochs = all.get(where.slice(0, 1)) ?? new Map<number, number>()
    all.set(where.slice(0, 1), epochs.set(Number(where.slice(1)), Number(epoch)))
  }
  return all
}

function textOf(all: OwnedPartitions): string {
  return [...all]
    .flatMap(([topic, epochs]) => [...epochs].map(([one, epoch]) => `${topic}${one}@${epoch}`))
    .toSorted()
    .join(' ')
}

function current(memberEpoch: number, assigned: string, revoking = ''): CurrentAssignment {
  const state = revoking === '' ? STABLE : UNREVOKED
  return {
    ...NEW_ASSIGNMENT,
    memberEpoch,
    state,
    assigned: owned(assigned),
    revoking: owned(revoking),
  }
}

interface Wish {
  readonly epoch: number
  readonly target: string
  readonly reported?: string
  /** Topics that the member wants. */
  readonly wants?: string
  readonly changed?: boolean
  readonly taken?: string
}

function step(from: CurrentAssignment, wish: Wish): string {
  const { epoch, target, reported, wants = 'a b', changed = false, taken = '' } = wish
  const to: Reconciliation = {
    targetEpoch: epoch,
    target: partitions(target),
    reported: reported === undefined ? null : partitions(reported),
    subscriptionChanged: changed,
    isSubscribed: (topic) => wants.includes(topic),
    isTaken: (topic, partition) => taken.split(' ').includes(`${topic}${partition}`),
  }
  const next = reconcile(from, to)
  if (next === from) return 'stays'
  const state = { [STABLE]: 'stable', [UNREVOKED]: 'unrevoked', [UNRELEASED]: 'unreleased' }
  const has = `has ${textOf(next.assigned)}, gives up ${textOf(next.revoking)}`
  return `${next.previousEpoch} to ${next.memberEpoch}, ${state[next.state]}, ${has}`
}

test('who has what it should have goes to the epoch of the target', () => {
  expect(step(current(1, 'a0@1'), { epoch: 1, target: 'a0' })).toBe('stays')
  expect(step(current(1, 'a0@1'), { epoch: 2, target: 'a0' })).toBe(
    '1 to 2, stable, has a0@1, gives up ',
  )
})

test('who must give up stays in its epoch until it has', () => {
  const from = current(1, 'a0@1 a1@1')
  const unrevoked = '1 to 1, unrevoked, has a0@1, gives up a1@1'
  expect(step(from, { epoch: 2, target: 'a0 b0' })).toBe(unrevoked)
  expect(step(from, { epoch: 2, target: 'a0 b0', reported: 'a0 a1' })).toBe(unrevoked)
  const later = current(1, 'a0@1', 'a1@1')
  expect(step(later, { epoch: 2, target: 'a0 b0' })).toBe('stays')
  expect(step(later, { epoch: 2, target: 'a0 b0', reported: 'a1' })).toBe('stays')
  expect(step(later, { epoch: 2, target: 'a0 b0', reported: 'a0' })).toBe(
    '1 to 2, stable, has a0@1 b0@2, gives up ',
  )
})

test('who says in the same breath that it has given up goes on at once', () => {
  expect(step(current(1, 'a0@1 a1@1'), { epoch: 2, target: 'a1 b0', reported: '' })).toBe(
    '1 to 2, stable, has a1@1 b0@2, gives up ',
  )
})

test('what others have is waited for, the rest is given', () => {
  const wish = { epoch: 2, target: 'a0 b0 b1', taken: 'b0' }
  const waiting = { ...current(2, 'a0@1 b1@2'), previousEpoch: 2, state: UNRELEASED }
  expect(step(current(1, 'a0@1'), wish)).toBe('1 to 2, unreleased, has a0@1 b1@2, gives up ')
  expect(step(waiting, { ...wish, taken: '' })).toBe(
    '2 to 2, stable, has a0@1 b0@2 b1@2, gives up ',
  )
})

test('what it has given up and should have again it is given anew', () => {
  expect(step(current(1, 'a0@1', 'a1@1'), { epoch: 3, target: 'a0 a1', reported: 'a0' })).toBe(
    '1 to 3, stable, has a0@1 a1@3, gives up ',
  )
})

test('topics that it does not want any more go at once, whatever the target says', () => {
  const wish = { epoch: 1, target: 'a0 b0', wants: 'b', changed: true }
  expect(step(current(1, 'a0@1 b0@1'), wish)).toBe('1 to 1, unrevoked, has b0@1, gives up a0@1')
  expect(step(current(1, 'a0@1 b0@1'), { ...wish, reported: 'b0' })).toBe(
    '1 to 1, stable, has b0@1, gives up ',
  )
  expect(step(current(1, 'b0@1'), wish)).toBe('stays')
  expect(step(current(1, 'a0@1 b0@1', 'a1@1'), { ...wish, reported: 'a0 a1 b0' })).toBe(
    '1 to 1, unrevoked, has b0@1, gives up a0@1 a1@1',
  )
  expect(step(current(1, 'a0@1'), { epoch: 2, target: 'a0', wants: 'b', reported: 'a0' })).toBe(
    '1 to 1, unrevoked, has , gives up a0@1',
  )
})
