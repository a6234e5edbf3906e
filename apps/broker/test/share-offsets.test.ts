import {
  AlterShareGroupOffsets,
  DeleteGroups,
  DeleteShareGroupOffsets,
  DescribeShareGroupOffsets,
  errorName,
  ShareGroupDescribe,
  ShareGroupHeartbeat,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { commit } from './group-requests.ts'
import { ShareRig } from './share-rig.ts'

const [ACCEPT, RELEASE] = [1, 2]

/** A group that is at the third of ten records, and has been through a few behind it. */
async function rigInUse(): Promise<ShareRig> {
  const rig = await ShareRig.start()
  await rig.topic(2)
  await rig.configure({ 'share.auto.offset.reset': 'earliest' })
  await rig.produce(10)
  await rig.join('ann')
  await rig.fetch('ann')
  await rig.acknowledge('ann', [
    [0, 1, ACCEPT],
    [4, 5, ACCEPT],
    [6, 6, RELEASE],
  ])
  return rig
}

async function described(rig: ShareRig, topics: readonly string[] | null): Promise<string> {
  const asked = topics?.map((topicName) => ({ topicName, partitions: [0] })) ?? null
  const answer = await rig.rig.ask(DescribeShareGroupOffsets, 1, {
    groups: [{ groupId: 'g', topics: asked }],
  })
  const [group] = answer.groups
  if (group === undefined || group.errorCode !== 0) return errorName(group?.errorCode ?? -1)
  const parts = group.topics.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partitionIndex, startOffset, lag, errorCode }) => {
      const error = errorCode === 0 ? '' : ` ${errorName(errorCode)}`
      return `${topicName}-${partitionIndex} at ${startOffset} lag ${lag}${error}`
    }),
  )
  return parts.join(', ')
}

async function altered(rig: ShareRig, partition: number, startOffset: number): Promise<string> {
  const partitions = [{ partitionIndex: partition, startOffset }]
  const topics = [{ topicName: 'flights', partitions }]
  const answer = await rig.rig.ask(AlterShareGroupOffsets, 0, { groupId: 'g', topics })
  const each = answer.responses.flatMap((topic) => topic.partitions.map((one) => one.errorCode))
  return [answer.errorCode, ...each].map((code) => errorName(code)).join(' ')
}

async function deleted(rig: ShareRig, ...names: readonly string[]): Promise<string> {
  const topics = names.map((topicName) => ({ topicName }))
  const answer = await rig.rig.ask(DeleteShareGroupOffsets, 0, { groupId: 'g', topics })
  const each = answer.responses.map((one) => one.errorCode)
  return [answer.errorCode, ...each].map((code) => errorName(code)).join(' ')
}

async function leave(rig: ShareRig): Promise<void> {
  const member = { memberId: 'ann', memberEpoch: -1, rackId: null, subscribedTopicNames: null }
  await rig.rig.ask(ShareGroupHeartbeat, 1, { groupId: 'g', ...member })
  rig.disconnect('ann')
  await rig.pass(0)
}

test('where a group is, and how much it has before it', async () => {
  await using rig = await rigInUse()
  const all = 'flights-0 at 2 lag 6, flights-1 at -1 lag -1'
  expect(await described(rig, null)).toBe(all)
  await rig.restart()
  expect(await described(rig, null)).toBe(all)
  expect(await described(rig, ['flights', 'gone'])).toBe(
    'flights-0 at 2 lag 6, gone-0 at -1 lag -1 UNKNOWN_TOPIC_OR_PARTITION',
  )
})

test('a group that nobody is in can be moved', async () => {
  await using rig = await rigInUse()
  expect(await altered(rig, 0, 8)).toBe('NON_EMPTY_GROUP')
  await leave(rig)
  expect(await altered(rig, 0, 8)).toBe('NONE NONE')
  expect(await altered(rig, 1, 0)).toBe('NONE NONE')
  expect(await altered(rig, 2, 0)).toBe('NONE UNKNOWN_TOPIC_OR_PARTITION')
  expect(await altered(rig, 0, -5)).toBe('NONE INVALID_REQUEST')
  await rig.restart()
  expect(await described(rig, null)).toBe('flights-0 at 8 lag 2, flights-1 at 0 lag 0')
  await rig.join('ann')
  expect(await rig.fetch('ann')).toBe('0: 8-9 x1')
})

test('where a group is to begin can be said before it is there', async () => {
  await using rig = await ShareRig.start()
  await rig.topic(2)
  await rig.produce(10)
  expect(await altered(rig, 2, 0)).toBe('NONE UNKNOWN_TOPIC_OR_PARTITION')
  expect(await described(rig, null), 'for nothing no group is made').toBe('GROUP_ID_NOT_FOUND')
  expect(await altered(rig, 0, 4)).toBe('NONE NONE')
  await rig.restart()
  const asked = { groupIds: ['g'], includeAuthorizedOperations: false }
  const { groups } = await rig.rig.ask(ShareGroupDescribe, 1, asked)
  expect(groups).toMatchObject([{ groupState: 'Empty', groupEpoch: 1, assignmentEpoch: 1 }])
  expect(await described(rig, null)).toBe('flights-0 at 4 lag 6')
  await rig.join('ann')
  expect(await rig.fetch('ann')).toBe('0: 4-9 x1')
})

test('a group of another kind is not begun as a share group', async () => {
  await using rig = await ShareRig.start()
  await rig.topic()
  await commit(rig.rig, 9)
  expect(await altered(rig, 0, 0)).toBe('GROUP_ID_NOT_FOUND')
})

test('a group can go back: what it did is given out again', async () => {
  await using rig = await rigInUse()
  await leave(rig)
  expect(await altered(rig, 0, 0)).toBe('NONE NONE')
  await rig.join('ann')
  expect(await rig.fetch('ann')).toBe('0: 0-9 x1')
})

test('what a group made of a topic can be forgotten', async () => {
  await using rig = await rigInUse()
  expect(await deleted(rig, 'flights')).toBe('NON_EMPTY_GROUP')
  await leave(rig)
  expect(await deleted(rig, 'flights', 'ports')).toBe('NONE NONE UNKNOWN_TOPIC_OR_PARTITION')
  expect(await described(rig, null)).toBe('')
  await rig.restart()
  expect(await described(rig, null)).toBe('')
  await rig.join('ann')
  expect(await rig.fetch('ann'), 'it begins anew').toBe('0: 0-9 x1')
})

test('with a group goes all that it made of topics', async () => {
  await using rig = await rigInUse()
  const { topicId } = rig
  const asked = { groupIds: ['g', 'other'], includeAuthorizedOperations: false }
  const { groups } = await rig.rig.ask(ShareGroupDescribe, 1, asked)
  expect(groups).toMatchObject([
    {
      errorCode: 0,
      groupState: 'Stable',
      assignorName: 'simple',
      members: [
        { assignment: { topicPartitions: [{ topicName: 'flights', partitions: [0, 1] }] } },
      ],
    },
    { errorMessage: 'There is no share group other.', members: [] },
  ])
  await leave(rig)
  await rig.rig.ask(DeleteGroups, 2, { groupsNames: ['g'] })
  await rig.restart()
  expect(await described(rig, null)).toBe('GROUP_ID_NOT_FOUND')
  expect(await deleted(rig, 'flights')).toBe('GROUP_ID_NOT_FOUND')
  const place = { groupId: 'g', topicId, partition: 0 }
  expect(await rig.rig.broker.shareStates.read(place)).toBeNull()
})
