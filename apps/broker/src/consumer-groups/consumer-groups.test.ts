import { ErrorCode, errorName } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { ConsumerStage } from '../../test/consumer-stage.ts'
import { commitOf, offsetOf, settled } from '../../test/coordinator-stage.ts'
import { partitionsFrom } from './partitions.ts'

/** A group of `names`, all of which have their share of `flights`. */
async function stageOf(...names: readonly string[]): Promise<ConsumerStage> {
  const stage = new ConsumerStage()
  stage.topics.set('flights', 4)
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  for (const name of names) await stage.join(name, 'flights')
  await stage.settle(...names)
  stage.transcript()
  return stage
}

test('who comes second gets partitions when the first has given them up', async () => {
  const stage = new ConsumerStage()
  stage.topics.set('flights', 4)
  await stage.join('a', 'flights')
  await stage.join('b', 'flights')
  await stage.beat('a')
  await stage.beat('b')
  await stage.beat('a')
  await stage.acknowledge('a')
  await stage.beat('b')
  await stage.beat('b')
  expect(stage.transcript()).toEqual([
    'a: 2 [flights 0 1 2 3]',
    'b: 3 []',
    'a: 2 [flights 0 1]',
    'b: 3',
    'a: 2',
    'a: 3',
    'b: 3 [flights 2 3]',
    'b: 3',
  ])
  expect(await stage.state()).toBe('Stable 3/3, a 3 [flights 0 1], b 3 [flights 2 3]')
})

test('a member that is not heard of is taken out, the others get its partitions', async () => {
  const stage = await stageOf('a', 'b')
  await stage.pass(44_000)
  await stage.beat('b')
  await stage.pass(2000)
  expect(await stage.state()).toBe('Assigning 4/3, b 3 [flights 2 3]')
  await stage.beat('b')
  await stage.beat('a')
  expect(stage.transcript()).toEqual(['b: 3', 'b: 4 [flights 0 1 2 3]', 'a: UNKNOWN_MEMBER_ID'])
})

test('a member that does not give up what it should in time is taken out', async () => {
  const stage = await stageOf('a')
  await stage.beat('a', { rebalanceTimeoutMs: 10_000 })
  await stage.join('b', 'flights')
  await stage.beat('a')
  await stage.pass(9000)
  await stage.beat('a')
  expect(await stage.state()).toContain('a 2 [flights 0 1 2 3]')
  await stage.pass(1001)
  await stage.beat('a')
  await stage.beat('b')
  expect(stage.transcript()).toEqual([
    'a: 2',
    'b: 3 []',
    'a: 2 [flights 0 1]',
    'a: 2',
    'a: UNKNOWN_MEMBER_ID',
    'b: 4 [flights 0 1 2 3]',
  ])
})

test('a wrong epoch is fenced, but for the one before while it is all one knows', async () => {
  const stage = await stageOf('a', 'b')
  const [part] = stage.partitionsOf({ flights: [0] })
  const [other] = stage.partitionsOf({ flights: [3] })
  await stage.beat('a', { memberEpoch: 7 })
  await stage.beat('a', { memberEpoch: 1 })
  await stage.beat('a', { memberEpoch: 2 })
  await stage.beat('a', { memberEpoch: 2, reported: partitionsFrom(part ? [part] : []) })
  await stage.beat('a', { memberEpoch: 2, reported: partitionsFrom(other ? [other] : []) })
  await stage.beat('a', { memberEpoch: 0, reported: partitionsFrom([]) })
  await stage.beat('c', { memberEpoch: 3 })
  expect(stage.transcript()).toEqual([
    'a: FENCED_MEMBER_EPOCH',
    'a: FENCED_MEMBER_EPOCH',
    'a: FENCED_MEMBER_EPOCH',
    'a: 3',
    'a: FENCED_MEMBER_EPOCH',
    'a: 3 [flights 0 1]',
    'c: UNKNOWN_MEMBER_ID',
  ])
})

test('a group has room for so many', async () => {
  const stage = new ConsumerStage({ maxSize: 2 })
  await stage.join('a', 'flights')
  await stage.join('b', 'flights')
  await stage.join('c', 'flights')
  await stage.join('a', 'flights')
  expect(stage.transcript()).toEqual(['a: 2 []', 'b: 3 []', 'c: GROUP_MAX_SIZE_REACHED', 'a: 3 []'])
})

test('a static member keeps its partitions until its session ends', async () => {
  const stage = await stageOf()
  const instanceId = 'i'
  await stage.join('s1', 'flights', { instanceId })
  await stage.join('b', 'flights')
  await stage.settle('s1', 'b')
  await stage.leave('s1', { instanceId, memberEpoch: -2 })
  await stage.beat('b')
  await stage.join('s2', 'flights', { instanceId })
  await stage.beat('s1', { instanceId })
  await stage.join('s3', 'flights', { instanceId })
  await stage.join('s2', 'flights', { instanceId })
  await stage.leave('s2', { instanceId, memberEpoch: -2 })
  await stage.pass(44_000)
  await stage.beat('b')
  await stage.pass(1001)
  await stage.beat('b')
  expect(stage.transcript().slice(2)).toEqual([
    's1 has flights 0 1',
    'b has flights 2 3',
    's1: -2',
    'b: 3',
    's2: 3 [flights 0 1]',
    's1: FENCED_INSTANCE_ID',
    's3: UNRELEASED_INSTANCE_ID',
    's2: 3 [flights 0 1]',
    's2: -2',
    'b: 3',
    'b: 4 [flights 0 1 2 3]',
  ])
})

test('new topics, more partitions and topics that go are seen at the next heartbeat', async () => {
  const stage = new ConsumerStage()
  await stage.join('a', 'flights ports')
  stage.topics.set('flights', 2)
  stage.coordinator.topicsChanged()
  await stage.beat('a')
  stage.topics.set('flights', 3)
  stage.topics.set('others', 1)
  stage.coordinator.topicsChanged()
  await stage.beat('a')
  stage.topics.set('others', 2)
  stage.coordinator.topicsChanged()
  await stage.beat('a')
  stage.topics.delete('flights')
  stage.topics.set('ports', 1)
  await stage.coordinator.topicsDeleted(['flights'])
  await stage.beat('a')
  await stage.acknowledge('a')
  expect(stage.transcript()).toEqual([
    'a: 2 []',
    'a: 3 [flights 0 1]',
    'a: 4 [flights 0 1 2]',
    'a: 4',
    'a: 4 []',
    'a: 5 [ports 0]',
  ])
})

test('a member that changes its mind loses at once what it does not want any more', async () => {
  const stage = await stageOf('a', 'b')
  stage.topics.set('ports', 2)
  await stage.beat('a', { topicNames: ['ports'] })
  await stage.acknowledge('a')
  await stage.settle('a', 'b')
  expect(stage.transcript()).toEqual([
    'a: 3 []',
    'a: 4 [ports 0 1]',
    'a has ports 0 1',
    'b has flights 0 1 2 3',
  ])
})

test('the assignor that most members want assigns', async () => {
  const stage = new ConsumerStage()
  stage.topics.set('flights', 3)
  stage.topics.set('ports', 3)
  const names = ['a', 'b']
  for (const name of names) await stage.join(name, 'flights ports')
  await stage.settle(...names)
  for (const name of names) await stage.beat(name, { serverAssignor: 'range' })
  stage.topics.set('other', 1)
  await stage.beat('a', { topicNames: ['flights', 'ports', 'other'] })
  await stage.beat('a', { topicNames: ['flights', 'ports'] })
  stage.transcript()
  await stage.settle(...names)
  expect(stage.transcript()).toEqual(['a has flights 0 1, ports 0 1', 'b has flights 2, ports 2'])
})

test('a target is not made more often than configured', async () => {
  const stage = new ConsumerStage({ assignmentIntervalMs: 1000 })
  stage.topics.set('flights', 2)
  await stage.join('a', 'flights')
  await stage.join('b', 'flights')
  await stage.beat('a')
  await stage.pass(1000)
  await stage.beat('a')
  expect(stage.transcript()).toEqual(['a: 2 [flights 0 1]', 'b: 2 []', 'a: 2', 'a: 2 [flights 0]'])
})

test('a pattern means the topics there are, and those that come', async () => {
  const stage = new ConsumerStage()
  stage.topics.set('team.flights', 1)
  stage.topics.set('team.ports', 1)
  stage.topics.set('others', 1)
  expect(await stage.coordinator.patterns.prepare('team\\..*')).toBe(null)
  await stage.join('a', '', { topicPattern: 'team\\..*' })
  stage.topics.set('team.more', 1)
  stage.topics.delete('team.ports')
  stage.coordinator.topicsChanged()
  await settled()
  await stage.settle('a')
  await stage.crash()
  await stage.beat('a')
  expect(await stage.state()).toBe('Stable 3/3, a 3 [team.flights 0, team.more 0]')
  await stage.beat('a', { topicPattern: '', topicNames: ['others'] })
  await stage.settle('a')
  expect(stage.transcript()).toEqual([
    'a: 2 [team.flights 0, team.ports 0]',
    'a has team.flights 0, team.more 0',
    'a: 3',
    'a: 3 []',
    'a has others 0',
  ])
})

test('a broker that comes back knows everything, and members go on', async () => {
  const stage = await stageOf('a', 'b')
  await stage.join('c', 'flights')
  await stage.beat('a')
  const before = await stage.state()
  await stage.crash()
  expect(await stage.state()).toBe(before)
  await stage.settle('a', 'b', 'c')
  expect(stage.transcript().slice(-3)).toEqual([
    'a has flights 0 1',
    'b has flights 2',
    'c has flights 3',
  ])
  await stage.crash()
  await stage.pass(45_001)
  expect(await stage.state()).toBe('Empty 7/4')
  await stage.crash()
  expect(await stage.state()).toBe('Empty 7/4')
  expect(await stage.coordinator.deleteGroup('g')).toBe(ErrorCode.NONE)
  await stage.crash()
  expect(await stage.state()).toBe('GROUP_ID_NOT_FOUND')
})

test('nobody is told what is not stored, and what was lost is stored with the next', async () => {
  const stage = await stageOf('a')
  stage.memory.isHeld = true
  const joining = stage.join('b', 'flights')
  const beating = stage.beat('a')
  await settled()
  const again = stage.beat('a') // has nothing to write, but rests on what is being written
  await settled()
  expect(stage.transcript()).toEqual([])
  stage.memory.errorCode = ErrorCode.KAFKA_STORAGE_ERROR
  stage.memory.release()
  await Promise.all([joining, beating, again])
  const refused = ['b: NOT_COORDINATOR', 'a: NOT_COORDINATOR', 'a: NOT_COORDINATOR']
  expect(stage.transcript()).toEqual(refused)
  stage.memory.errorCode = ErrorCode.NONE
  stage.memory.isHeld = false
  await stage.join('b', 'flights')
  // after an error a client says everything, and is told everything
  await stage.acknowledge('a', { rebalanceTimeoutMs: 60_000, topicNames: ['flights'] })
  await stage.acknowledge('a')
  await stage.acknowledge('b')
  const before = await stage.state()
  expect(before).toBe('Stable 3/3, a 3 [flights 0 1], b 3 [flights 2 3]')
  await stage.crash()
  expect(await stage.state()).toBe(before)
})

test('offsets are taken from members in their epoch, or for what they had in it', async () => {
  const stage = await stageOf('a', 'b')
  const flights = stage.topics.byName('flights')?.id ?? ''
  const codeOf = async (memberId: string, epoch: number, partition: number): Promise<string> => {
    const offset = offsetOf('flights', 5, { topicId: flights, partition })
    const claim = { memberId, generationId: epoch, groupInstanceId: null }
    const [code] = await stage.coordinator.commitOffsets('g', commitOf(claim, offset))
    return errorName(code ?? ErrorCode.UNKNOWN_SERVER_ERROR)
  }
  expect(await codeOf('a', 3, 0)).toBe('NONE')
  expect(await codeOf('a', 2, 0)).toBe('NONE')
  expect(await codeOf('a', 2, 3)).toBe('STALE_MEMBER_EPOCH')
  expect(await codeOf('a', 1, 0)).toBe('STALE_MEMBER_EPOCH')
  expect(await codeOf('a', 4, 0)).toBe('STALE_MEMBER_EPOCH')
  expect(await codeOf('b', 2, 2)).toBe('STALE_MEMBER_EPOCH')
  expect(await codeOf('c', 3, 0)).toBe('UNKNOWN_MEMBER_ID')
  expect(await codeOf('', -1, 0)).toBe('UNKNOWN_MEMBER_ID')
  await stage.leave('a')
  await stage.leave('b')
  expect(await codeOf('', -1, 0)).toBe('NONE')
  await stage.age(7 * 24 * 60 * 60 * 1000 + 600_000)
  expect(await stage.state()).toBe('GROUP_ID_NOT_FOUND')
})
