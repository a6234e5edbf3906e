import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { GroupStage, type JoinOptions } from '../../test/group-stage.ts'

const A: JoinOptions = { instance: 'ia' }
const B: JoinOptions = { instance: 'ib' }

/** Two static members, stable; a leads. */
function staticStage(): GroupStage {
  const stage = new GroupStage()
  stage.join('a', A)
  stage.join('b', B)
  stage.advance(6000)
  stage.sync('a', { a: 'x', b: 'y' }, 'ia')
  stage.sync('b', {}, 'ib')
  expect(stage.group.state).toBe('Stable')
  stage.transcript()
  return stage
}

test('a static member joins without being given an id first', () => {
  const stage = new GroupStage()
  stage.join('a', A)
  stage.advance(3000)
  expect(stage.transcript()).toEqual(['a: joined 1 as ia-1, range, leads ia-1'])
})

test('a rolling restart: each member comes back to its assignment, nobody rebalances', () => {
  const stage = staticStage()
  stage.join('b2', B)
  stage.sync('b2', {}, 'ib')
  expect(stage.transcript()).toEqual([
    'store 1 [ia-1=x ib-3=y]',
    'b2: joined 1 as ib-3, range, follows ia-1',
    'b2: synced y',
  ])
  stage.join('a2', A)
  stage.sync('a2', {}, 'ia')
  expect(stage.transcript()).toEqual([
    'store 1 [ib-3=y ia-4=x]',
    'a2: joined 1 as ia-4, range, leads ib-3 ia-4, skips assignment',
    'a2: synced x',
  ])
  expect([stage.group.state, stage.group.generationId]).toEqual(['Stable', 1])
})

test('an older leader that comes back is named another leader, so that it assigns nothing', () => {
  const stage = staticStage()
  stage.join('a2', { ...A, version: 8 })
  expect(stage.transcript().at(-1)).toBe('a2: joined 1 as ia-3, range, follows ia-1')
})

test('the one who was replaced is fenced, whatever it does', () => {
  const stage = staticStage()
  stage.join('b2', B)
  stage.transcript()
  stage.heartbeat('b', 'ib')
  stage.sync('b', {}, 'ib')
  stage.join('b', B)
  expect(stage.transcript()).toEqual([
    'b: heartbeat FENCED_INSTANCE_ID',
    'b: sync FENCED_INSTANCE_ID',
    'b: join FENCED_INSTANCE_ID',
  ])
})

test('a join that waits is fenced when its instance joins elsewhere', () => {
  const stage = new GroupStage()
  stage.join('a', A)
  stage.join('a2', A)
  stage.advance(6000)
  expect(stage.transcript()).toEqual([
    'a: join FENCED_INSTANCE_ID',
    'a2: joined 1 as ia-2, range, leads ia-2',
  ])
})

test('coming back while the leader assigns begins anew: the old id would be assigned to', () => {
  const stage = new GroupStage()
  stage.join('a', A)
  stage.join('b', B)
  stage.advance(6000)
  stage.sync('b', {}, 'ib')
  stage.transcript()
  stage.join('b2', B)
  expect(stage.transcript()).toEqual(['b: sync FENCED_INSTANCE_ID'])
  stage.join('a', A)
  expect(stage.transcript()).toEqual([
    'a: joined 2 as ia-1, range, leads ia-1 ib-3',
    'b2: joined 2 as ib-3, range, follows ia-1',
  ])
})

test('coming back with other protocols rebalances when the choice changes', () => {
  const stage = new GroupStage()
  stage.join('a', { ...A, protocols: ['range', 'robin'] })
  stage.advance(3000)
  stage.sync('a', { a: 'x' }, 'ia')
  stage.transcript()
  stage.join('a2', { ...A, protocols: ['robin', 'range'] })
  expect(stage.transcript()).toEqual(['a2: joined 2 as ia-2, robin, leads ia-2'])
})

test('a static member that misses a rebalance stays in until its session ends', () => {
  const stage = staticStage()
  stage.enter('c')
  stage.join('a', A)
  stage.advance(60_000)
  expect(stage.transcript().filter((line) => line.includes('joined'))).toEqual([
    'a: joined 2 as ia-1, range, leads ia-1 ib-2 c-3',
    'c: joined 2 as c-3, range, follows ia-1',
  ])
})

test('a static member that is restarted before it ever was in goes on waiting', () => {
  const stage = staticStage()
  stage.join('c', { instance: 'ic', sessionMs: 20_000 })
  stage.join('c2', { instance: 'ic', sessionMs: 20_000 })
  for (let round = 0; round < 5; round += 1) {
    stage.advance(10_000)
    stage.heartbeat('a', 'ia')
    stage.heartbeat('b', 'ib')
  }
  stage.transcript()
  stage.join('b', B)
  stage.join('a', A)
  expect(stage.transcript()).toEqual([
    'a: joined 2 as ia-1, range, leads ia-1 ib-2 ic-4',
    'b: joined 2 as ib-2, range, follows ia-1',
    'c2: joined 2 as ic-4, range, follows ia-1',
  ])
})

test('static members only, none comes back: the rebalance waits until their sessions end', () => {
  const stage = staticStage()
  stage.enter('c', { rebalanceMs: 10_000 })
  stage.leave('c')
  stage.transcript()
  stage.advance(60_000)
  expect([stage.group.state, stage.group.roster.size]).toEqual(['PreparingRebalance', 2])
  stage.advance(60_000)
  expect(stage.transcript()).toEqual(['store 2 []'])
  expect(stage.group.state).toBe('Empty')
})

test('an operator removes a static member by its instance id', () => {
  const stage = staticStage()
  stage.removeInstance('ib')
  stage.removeInstance('ib')
  stage.heartbeat('b', 'ib')
  expect(stage.transcript()).toEqual([
    'remove ib: NONE',
    'remove ib: UNKNOWN_MEMBER_ID',
    'b: heartbeat UNKNOWN_MEMBER_ID',
  ])
})

test('a return that cannot be stored leaves the old id in its place', () => {
  const stage = staticStage()
  stage.holdsStores = true
  stage.join('b2', B)
  stage.store(ErrorCode.KAFKA_STORAGE_ERROR)
  stage.heartbeat('b', 'ib')
  expect(stage.transcript()).toEqual([
    'store 1 [ia-1=x ib-3=y]',
    'b2: join NOT_COORDINATOR',
    'b: heartbeat NONE',
  ])
})

test('members that give nobody time to join again do not keep the broker busy', () => {
  const stage = staticStage()
  for (const [name, options] of [
    ['a', A],
    ['b', B],
  ] as const) {
    stage.join(name, { ...options, rebalanceMs: 0, metadata: 'changed' })
  }
  stage.sync('a', { a: 'x', b: 'y' }, 'ia')
  stage.sync('b', {}, 'ib')
  stage.enter('c', { rebalanceMs: 0 })
  stage.leave('c')
  stage.transcript()
  stage.advance(200_000)
  expect(stage.transcript()).toEqual(['store 3 []'])
  expect(stage.group.state).toBe('Empty')
})
