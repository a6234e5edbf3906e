import { readFile, writeFile } from 'node:fs/promises'

import { Broker } from '@pafka/broker'
import { DeleteGroups, ListGroups, OffsetDelete } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { GroupPlay, NO_TOPIC_ID, TOPIC } from './group-play.ts'

/** What Apache Kafka 4.3.1 answered to the same play. */
const ANSWERS = new URL('fixtures/group-answers.txt', import.meta.url)
/** `host:port` of a fresh Kafka with group.initial.rebalance.delay.ms=0: writes `ANSWERS` anew. */
const RECORD_FROM = process.env['PAFKA_RECORD_GROUP_ANSWERS']

test('groups and offsets are answered as Kafka answers', async () => {
  if (RECORD_FROM !== undefined) {
    await writeFile(ANSWERS, `${(await played(RECORD_FROM)).join('\n')}\n`)
  }
  const config = { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 6000 }
  await using broker = await Broker.start({ config })
  const expected = (await readFile(ANSWERS, 'utf8')).trimEnd().split('\n')
  expect(await played(broker.bootstrap)).toEqual(expected)
})

async function played(bootstrap: string): Promise<readonly string[]> {
  using play = await GroupPlay.open(bootstrap)
  await refusals(play)
  const first = await firstMember(play)
  await commits(play, first)
  await fetches(play)
  await deletions(play)
  await secondMember(play, first)
  await staticMember(play)
  return play.lines
}

/** Nobody is in any group yet. */
async function refusals(play: GroupPlay): Promise<void> {
  const stranger = { memberId: 'stranger', generationId: 1 }
  await play.join({ groupId: '' })
  await play.join({ groupId: '', memberId: 'stranger' }, 3)
  await play.join({ sessionTimeoutMs: 10 })
  await play.join({ memberId: 'stranger' })
  await play.join({ memberId: 'stranger' }, 5)
  await play.join({ protocols: [] })
  await play.join({ protocolType: '' })
  await play.describe(['play', 'nobody', ''])
  await play.describe(['play', 'nobody'], 5)
  await play.heartbeat(stranger)
  await play.heartbeat({ ...stranger, groupId: 'nobody' })
  await play.heartbeat({ ...stranger, groupId: '' })
  await play.heartbeat({ ...stranger, groupInstanceId: 'unknown' })
  await play.sync({ ...stranger, groupId: 'nobody' })
  await play.sync({ ...stranger, groupId: '' })
  await play.sync(stranger, {}, { protocolName: null })
  await play.leave([stranger], 5, 'nobody')
  await play.leave([stranger], 1, 'nobody')
  await play.leave([stranger], 5, '')
  await play.leave([stranger], 1, '')
}

interface Member {
  readonly memberId: string
  readonly generationId: number
}

async function firstMember(play: GroupPlay): Promise<Member> {
  const { memberId } = await play.join()
  const { generationId } = await play.join({ memberId })
  const member = { memberId, generationId }
  await play.heartbeat(member)
  await play.commit(member, 9)
  await play.join({ memberId })
  await play.describe(['play'], 6, false)
  await play.sync(member, {}, { protocolName: 'robin' })
  await play.sync({ memberId, generationId: 4 })
  await play.sync(member, { [memberId]: 'all of it' })
  await play.sync(member, {}, { version: 3 })
  await play.heartbeat(member)
  await play.heartbeat({ memberId, generationId: 0 })
  await play.heartbeat({ ...member, groupInstanceId: 'unknown' })
  await play.describe(['play'])
  for (const [states, types] of [
    [['stable'], ['Classic']],
    [['bogus'], []],
    [[], ['bogus']],
  ] as const) {
    await play.ask(ListGroups, 5, { statesFilter: states, typesFilter: types })
  }
  return member
}

async function commits(play: GroupPlay, member: Member): Promise<void> {
  const nobody = {}
  await play.commit(member, 9)
  await play.commit(member, 10, { partitionIndex: 1, committedMetadata: null })
  await play.commit({ ...member, generationId: 0 }, 9)
  await play.commit({ ...member, generationId: -1 }, 9)
  await play.commit({ memberId: 'stranger', generationId: 1 }, 9)
  await play.commit({ ...member, groupInstanceId: 'unknown' }, 9)
  await play.commit(nobody, 9)
  await play.commit({ groupId: 'new', generationId: 3 }, 9)
  await play.commit({ groupId: 'new', generationId: 3 }, 8)
  await play.commit(nobody, 9, { name: 'none' })
  await play.commit(nobody, 10, { topicId: NO_TOPIC_ID })
  await play.commit(nobody, 9, { partitionIndex: 9 })
  await play.commit(member, 9, { committedMetadata: 'x'.repeat(5000) })
  await play.commit({ groupId: '' }, 9)
  await play.commit({ groupId: 'simple' }, 2, { retentionTimeMs: 1_000_000 })
  await play.commit({ groupId: 'simple' }, 9, { committedOffset: -5, partitionIndex: 1 })
}

async function fetches(play: GroupPlay): Promise<void> {
  for (const version of [1, 2, 5, 7, 8, 9, 10]) {
    await play.fetch('play', version)
    if (version >= 2) await play.fetch('play', version, { all: true })
    await play.fetch('nobody', version)
  }
  await play.fetch('play', 9, { name: 'none' })
  await play.fetch('play', 10, { topicId: NO_TOPIC_ID })
  await play.fetch('', 9)
  await play.fetch('simple', 9)
}

async function deletions(play: GroupPlay): Promise<void> {
  const ours = { name: TOPIC, partitions: [{ partitionIndex: 0 }, { partitionIndex: 77 }] }
  const none = { name: 'none', partitions: [{ partitionIndex: 0 }] }
  for (const groupId of ['play', 'nobody', '', 'simple']) {
    await play.ask(OffsetDelete, 0, { groupId, topics: [ours, none] })
  }
  await play.ask(DeleteGroups, 2, { groupsNames: ['play', 'nobody', ''] })
}

/** The second member comes, both share, both go. */
async function secondMember(play: GroupPlay, first: Member): Promise<void> {
  const { memberId } = await play.join({}, 9, 'b')
  const joining = play.join({ memberId }, 9, 'b')
  await play.until('play', 'PreparingRebalance')
  await play.describe(['play'], 6, false)
  await play.heartbeat(first)
  await play.sync(first)
  await play.commit(first, 9)
  const { generationId } = await play.join({ memberId: first.memberId })
  await joining
  const both = [first.memberId, memberId].map((id) => ({ memberId: id, generationId }))
  const [one = first, two = first] = both
  const syncing = play.sync(two, {}, { as: 'b' })
  await play.sync(one, { [one.memberId]: 'half of it' })
  await syncing
  await play.join({ memberId })
  await play.join({ protocolType: 'connect' })
  await play.join({ protocols: [{ name: 'robin', metadata: new Uint8Array(0) }] })
  await play.leave([two, { memberId: 'stranger' }, { groupInstanceId: 'unknown' }, {}])
  await play.join({ memberId: one.memberId })
  await play.leave([one], 2)
  await play.describe(['play'], 6, false)
  await play.ask(ListGroups, 5, { statesFilter: ['Empty'], typesFilter: [] })
  await play.commit({}, 9)
}

async function staticMember(play: GroupPlay): Promise<void> {
  const groupId = 'static'
  const groupInstanceId = 'instance-1'
  const { memberId, generationId } = await play.join({ groupId, groupInstanceId })
  const first = { groupId, groupInstanceId, memberId, generationId }
  await play.sync(first, { [memberId]: 'all of it' })
  const again = await play.join({ groupId, groupInstanceId })
  await play.sync({ ...first, memberId: again.memberId })
  await play.heartbeat(first)
  await play.join({ groupId, groupInstanceId, memberId })
  await play.join({ groupId, groupInstanceId }, 8)
  await play.leave([first], 5, groupId)
  await play.leave([{ groupInstanceId }], 5, groupId)
  await play.ask(DeleteGroups, 2, { groupsNames: ['play', groupId] })
}
