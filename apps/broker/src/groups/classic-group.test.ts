import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { GroupStage } from '../../test/group-stage.ts'

test('one consumer is given its id, waits for company, leads, assigns and is stable', () => {
  const stage = new GroupStage()
  stage.join('a')
  stage.join('a')
  expect(stage.transcript()).toEqual(['a: join MEMBER_ID_REQUIRED'])
  expect(stage.group.state).toBe('PreparingRebalance')
  stage.advance(2999)
  expect(stage.transcript()).toEqual([])
  stage.advance(1)
  expect(stage.transcript()).toEqual(['a: joined 1 as a-1, range, leads a-1'])
  expect(stage.group.state).toBe('CompletingRebalance')
  stage.heartbeat('a')
  stage.sync('a', { a: 'p0 p1' })
  expect(stage.transcript()).toEqual([
    'a: heartbeat NONE',
    'store 1 [a-1=p0 p1]',
    'a: synced p0 p1',
  ])
  expect(stage.group.state).toBe('Stable')
})

test('clients before version 4 join without knowing their id', () => {
  const stage = new GroupStage()
  stage.join('a', { version: 3 })
  stage.advance(3000)
  expect(stage.transcript()).toEqual(['a: joined 1 as a-1, range, leads a-1'])
})

test('newcomers put the first rebalance off, but not beyond the rebalance timeout', () => {
  const stage = new GroupStage()
  stage.enter('a', { rebalanceMs: 7000 })
  for (const name of ['b', 'c', 'd', 'e']) {
    stage.advance(1500)
    stage.enter(name, { rebalanceMs: 7000 })
  }
  const answered = (): string[] => stage.transcript().filter((line) => line.includes('joined'))
  stage.advance(999)
  expect(answered()).toEqual([])
  stage.advance(1)
  expect(answered()).toEqual([
    'a: joined 1 as a-1, range, leads a-1 b-2 c-3 d-4 e-5',
    'b: joined 1 as b-2, range, follows a-1',
    'c: joined 1 as c-3, range, follows a-1',
    'd: joined 1 as d-4, range, follows a-1',
    'e: joined 1 as e-5, range, follows a-1',
  ])
})

test('three members: the third one comes, all join again, each gets its part', () => {
  const stage = new GroupStage()
  stage.settle('a', 'b')
  stage.enter('c')
  expect(stage.transcript()).toEqual(['c: join MEMBER_ID_REQUIRED'])
  stage.heartbeat('a')
  stage.heartbeat('b')
  stage.commit('b')
  expect(stage.transcript()).toEqual([
    'a: heartbeat REBALANCE_IN_PROGRESS',
    'b: heartbeat REBALANCE_IN_PROGRESS',
    'b: commit NONE',
  ])
  stage.join('b')
  stage.join('a')
  expect(stage.transcript()).toEqual([
    'a: joined 2 as a-1, range, leads a-1 b-2 c-3',
    'b: joined 2 as b-2, range, follows a-1',
    'c: joined 2 as c-3, range, follows a-1',
  ])
  stage.commit('b')
  stage.sync('c')
  stage.sync('a', { a: 'p0', b: 'p1', c: 'p2' })
  stage.sync('b')
  expect(stage.transcript()).toEqual([
    'b: commit REBALANCE_IN_PROGRESS',
    'store 2 [a-1=p0 b-2=p1 c-3=p2]',
    'a: synced p0',
    'c: synced p2',
    'b: synced p1',
  ])
})

test('who does not join again within the rebalance timeout is out, and a zombie is told so', () => {
  const stage = new GroupStage()
  stage.settle('a', 'b', 'c')
  stage.leave('c')
  stage.join('b')
  stage.advance(59_999)
  expect(stage.transcript()).toEqual(['leave c: NONE'])
  stage.advance(1)
  expect(stage.transcript()).toEqual(['b: joined 2 as b-2, range, leads b-2'])
  stage.heartbeat('a')
  stage.commit('a')
  stage.sync('a')
  stage.join('a')
  expect(stage.transcript()).toEqual([
    'a: heartbeat UNKNOWN_MEMBER_ID',
    'a: commit UNKNOWN_MEMBER_ID',
    'a: sync UNKNOWN_MEMBER_ID',
    'a: join UNKNOWN_MEMBER_ID',
  ])
})

test('an old generation is refused', () => {
  const stage = new GroupStage()
  stage.settle('a')
  stage.actor('a').generationId = 0
  stage.heartbeat('a')
  stage.commit('a')
  stage.sync('a')
  expect(stage.transcript()).toEqual([
    'a: heartbeat ILLEGAL_GENERATION',
    'a: commit ILLEGAL_GENERATION',
    'a: sync ILLEGAL_GENERATION',
  ])
})

test('a member without heartbeat expires; heartbeats and commits keep it', () => {
  const stage = new GroupStage()
  stage.settle('a', 'b')
  stage.advance(90_000)
  stage.heartbeat('a')
  stage.commit('b')
  stage.advance(90_000)
  stage.heartbeat('a')
  stage.advance(10_000)
  stage.heartbeat('a')
  expect(stage.transcript()).toEqual([
    'a: heartbeat NONE',
    'b: commit NONE',
    'a: heartbeat NONE',
    'a: heartbeat REBALANCE_IN_PROGRESS',
  ])
  stage.join('a')
  expect(stage.transcript()).toEqual(['a: joined 2 as a-1, range, leads a-1'])
})

test('the last member leaves: the group is empty, and its next generation goes on counting', () => {
  const stage = new GroupStage()
  stage.settle('a')
  stage.leave('a')
  expect(stage.transcript()).toEqual(['store 2 []', 'leave a: NONE'])
  expect(stage.group.state).toBe('Empty')
  stage.enter('b')
  stage.advance(3000)
  expect(stage.transcript()).toEqual([
    'b: join MEMBER_ID_REQUIRED',
    'b: joined 3 as b-2, range, leads b-2',
  ])
})

test('a follower that joins again unchanged gets what there is; a leader rebalances', () => {
  const stage = new GroupStage()
  stage.settle('a', 'b')
  stage.join('b')
  stage.sync('b')
  expect(stage.transcript()).toEqual(['b: joined 1 as b-2, range, follows a-1', 'b: synced to-b'])
  stage.join('a')
  expect(stage.transcript()).toEqual([])
  expect(stage.group.state).toBe('PreparingRebalance')
})

test('a follower with another subscription makes a rebalance', () => {
  const stage = new GroupStage()
  stage.settle('a', 'b')
  stage.join('b', { metadata: 'other topics' })
  stage.heartbeat('a')
  expect(stage.transcript()).toEqual(['a: heartbeat REBALANCE_IN_PROGRESS'])
})

test('a join whose answer was lost is answered again, a changed one starts over', () => {
  const stage = new GroupStage()
  stage.enter('a')
  stage.enter('b')
  stage.advance(6000)
  stage.transcript()
  stage.sync('b')
  stage.join('a')
  expect(stage.transcript()).toEqual(['a: joined 1 as a-1, range, leads a-1 b-2'])
  stage.join('a', { metadata: 'changed' })
  expect(stage.transcript()).toEqual(['b: sync REBALANCE_IN_PROGRESS'])
  stage.join('b')
  expect(stage.transcript()).toEqual([
    'a: joined 2 as a-1, range, leads a-1 b-2',
    'b: joined 2 as b-2, range, follows a-1',
  ])
})

test('a join sent twice is answered twice, with the same', () => {
  const stage = new GroupStage()
  stage.enter('a')
  stage.join('a')
  stage.advance(3000)
  expect(stage.transcript()).toEqual([
    'a: join MEMBER_ID_REQUIRED',
    'a: joined 1 as a-1, range, leads a-1',
    'a: joined 1 as a-1, range, leads a-1',
  ])
})

test('UNKNOWN_MEMBER_ID under concurrent rebalances: who is known stays known', () => {
  // A rebalance begins while the answers of the last one are still on their way.
  const stage = new GroupStage()
  stage.settle('a', 'b')
  stage.enter('c')
  stage.join('a')
  stage.join('b')
  stage.transcript()
  stage.enter('d') // before anybody has synced
  stage.sync('a', { a: 'x', b: 'y', c: 'z' })
  stage.sync('b')
  stage.sync('c')
  expect(stage.transcript()).toEqual([
    'd: join MEMBER_ID_REQUIRED',
    'a: sync REBALANCE_IN_PROGRESS',
    'b: sync REBALANCE_IN_PROGRESS',
    'c: sync REBALANCE_IN_PROGRESS',
  ])
  for (const name of ['c', 'b', 'a']) stage.join(name)
  expect(stage.transcript()).toEqual([
    'a: joined 3 as a-1, range, leads a-1 b-2 c-3 d-4',
    'b: joined 3 as b-2, range, follows a-1',
    'c: joined 3 as c-3, range, follows a-1',
    'd: joined 3 as d-4, range, follows a-1',
  ])
})

test('a rebalance that begins while the assignment is stored drops that assignment', () => {
  const stage = new GroupStage()
  stage.enter('a')
  stage.enter('b')
  stage.advance(6000)
  stage.transcript()
  stage.holdsStores = true
  stage.sync('b')
  stage.sync('a', { a: 'x', b: 'y' })
  stage.enter('c')
  expect(stage.transcript()).toEqual([
    'store 1 [a-1=x b-2=y]',
    'c: join MEMBER_ID_REQUIRED',
    'a: sync REBALANCE_IN_PROGRESS',
    'b: sync REBALANCE_IN_PROGRESS',
  ])
  stage.store()
  expect(stage.transcript()).toEqual([])
  expect(stage.group.state).toBe('PreparingRebalance')
})

test('an assignment that cannot be stored sends everybody back', () => {
  const stage = new GroupStage()
  stage.enter('a')
  stage.advance(3000)
  stage.transcript()
  stage.holdsStores = true
  stage.sync('a', { a: 'x' })
  stage.store(ErrorCode.KAFKA_STORAGE_ERROR)
  expect(stage.transcript()).toEqual(['store 1 [a-1=x]', 'a: sync NOT_COORDINATOR'])
  stage.join('a')
  expect(stage.transcript()).toEqual(['a: joined 2 as a-1, range, leads a-1'])
})

test('who never syncs is out after the rebalance timeout', () => {
  const stage = new GroupStage()
  stage.enter('a', { sessionMs: 1_000_000 })
  stage.enter('b', { sessionMs: 1_000_000 })
  stage.advance(6000)
  stage.sync('a', { a: 'x', b: 'y' })
  stage.transcript()
  stage.advance(60_000)
  stage.heartbeat('a')
  stage.heartbeat('b')
  expect(stage.transcript()).toEqual([
    'a: heartbeat REBALANCE_IN_PROGRESS',
    'b: heartbeat UNKNOWN_MEMBER_ID',
  ])
})

test('a session that runs out in a waiting join does not end the member', () => {
  const stage = new GroupStage()
  stage.settle('a', 'b')
  stage.join('a', { sessionMs: 10_000, rebalanceMs: 60_000 })
  stage.advance(59_999)
  expect(stage.transcript()).toEqual([])
  stage.heartbeat('b')
  stage.join('b')
  expect(stage.transcript()).toEqual([
    'b: heartbeat REBALANCE_IN_PROGRESS',
    'a: joined 2 as a-1, range, leads a-1 b-2',
    'b: joined 2 as b-2, range, follows a-1',
  ])
  stage.advance(10_001) // from the answer on it must speak again
  stage.heartbeat('a')
  expect(stage.transcript().at(-1)).toBe('a: heartbeat UNKNOWN_MEMBER_ID')
})

test('an id that was given and not used is forgotten, and no longer waited for', () => {
  const stage = new GroupStage()
  stage.settle('a')
  stage.join('b', { sessionMs: 30_000 })
  stage.join('a')
  stage.advance(29_999)
  expect(stage.transcript()).toEqual(['b: join MEMBER_ID_REQUIRED'])
  stage.advance(1)
  expect(stage.transcript()).toEqual(['a: joined 2 as a-1, range, leads a-1'])
  stage.join('b')
  expect(stage.transcript()).toEqual(['b: join UNKNOWN_MEMBER_ID'])
})

test('an id that was given can be given back', () => {
  const stage = new GroupStage()
  stage.settle('a')
  stage.join('b')
  stage.join('a')
  stage.leave('b')
  expect(stage.transcript()).toEqual([
    'b: join MEMBER_ID_REQUIRED',
    'a: joined 2 as a-1, range, leads a-1',
    'leave b: NONE',
  ])
})

test('several leave at once: one rebalance, and a code for each', () => {
  const stage = new GroupStage()
  stage.settle('a', 'b', 'c')
  stage.actor('x').memberId = 'nobody'
  stage.leave('b', 'x', 'c')
  expect(stage.transcript()).toEqual(['leave b x c: NONE UNKNOWN_MEMBER_ID NONE'])
  stage.join('a')
  expect(stage.transcript()).toEqual(['a: joined 2 as a-1, range, leads a-1'])
})

test('members vote for a protocol that all know', () => {
  const stage = new GroupStage()
  stage.enter('a', { protocols: ['cooperative', 'range', 'robin'] })
  stage.enter('b', { protocols: ['robin', 'range'] })
  stage.enter('c', { protocols: ['robin', 'range'] })
  stage.advance(9000)
  expect(stage.transcript().at(-1)).toBe('c: joined 1 as c-3, robin, follows a-1')
  stage.enter('d', { protocols: ['cooperative'] })
  stage.enter('e', { protocolType: 'connect', protocols: ['range'] })
  expect(stage.transcript()).toEqual([
    'd: join INCONSISTENT_GROUP_PROTOCOL',
    'd: join INCONSISTENT_GROUP_PROTOCOL',
    'e: join INCONSISTENT_GROUP_PROTOCOL',
    'e: join INCONSISTENT_GROUP_PROTOCOL',
  ])
})

test('a group needs a protocol', () => {
  const stage = new GroupStage()
  stage.join('a', { protocols: [] })
  stage.join('b', { protocolType: '' })
  expect(stage.transcript()).toEqual([
    'a: join INCONSISTENT_GROUP_PROTOCOL',
    'b: join INCONSISTENT_GROUP_PROTOCOL',
  ])
})

test('a full group takes nobody else, and sheds who comes last', () => {
  const stage = new GroupStage({ maxSize: 2 })
  stage.settle('a', 'b')
  stage.join('c')
  expect(stage.transcript()).toEqual(['c: join GROUP_MAX_SIZE_REACHED'])
  const early = new GroupStage({ maxSize: 2 })
  for (const name of ['a', 'b', 'c']) early.join(name)
  for (const name of ['a', 'b', 'c']) early.join(name)
  early.advance(9000)
  expect(early.transcript().slice(3)).toEqual([
    'c: join GROUP_MAX_SIZE_REACHED',
    'a: joined 1 as a-1, range, leads a-1 b-2',
    'b: joined 1 as b-2, range, follows a-1',
  ])
})

test('a deleted group answers everybody who waits, once', () => {
  const stage = new GroupStage()
  stage.settle('a', 'b')
  stage.leave('a')
  stage.join('b')
  stage.transcript()
  stage.group.die(ErrorCode.NOT_COORDINATOR)
  stage.heartbeat('b')
  stage.join('b')
  stage.sync('b')
  stage.advance(1_000_000)
  expect(stage.transcript()).toEqual([
    'b: heartbeat COORDINATOR_NOT_AVAILABLE',
    'b: join COORDINATOR_NOT_AVAILABLE',
    'b: sync COORDINATOR_NOT_AVAILABLE',
  ])
  const waiting = new GroupStage()
  waiting.enter('a')
  waiting.group.die(ErrorCode.NOT_COORDINATOR)
  waiting.advance(1_000_000)
  expect(waiting.transcript().slice(1)).toEqual(['a: join NOT_COORDINATOR'])
})
