import { encodeRecordBatch, ErrorCode, UpdateFeatures, WriteTxnMarkers } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { settled } from './coordinator-stage.ts'
import { ShareRig } from './share-rig.ts'

const [ACCEPT, RELEASE, REJECT, RENEW] = [1, 2, 3, 4]

/** Groups begin where the topic ends; so they are here before the records. */
async function rigWith(records: number, settings = {}): Promise<ShareRig> {
  const rig = await ShareRig.start(settings)
  await rig.topic()
  await rig.join('ann')
  await rig.join('bob')
  await rig.fetch('ann')
  await rig.fetch('bob')
  if (records > 0) await rig.produce(records)
  return rig
}

test('each record goes to one member, and is done with when that says so', async () => {
  await using rig = await rigWith(10)
  await rig.produce(5)
  expect(await rig.fetch('ann', { maxRecords: 5 })).toBe('0: 0-9 x1')
  expect(await rig.fetch('bob')).toBe('0: 10-14 x1')
  expect(await rig.fetch('ann', { said: [[0, 9, ACCEPT]] })).toBe('0: said NONE')
  expect(await rig.acknowledge('ann', [[0, 9, ACCEPT]]), 'said again').toBe('NONE')
  expect(await rig.acknowledge('ann', [[10, 14, ACCEPT]])).toBe('INVALID_RECORD_STATE')
  expect(await rig.acknowledge('bob', [[10, 14, RELEASE]])).toBe('NONE')
  expect(await rig.fetch('ann')).toBe('0: 10-14 x2')
  await rig.acknowledge('ann', [[10, 14, REJECT]])
  expect(await rig.fetch('bob')).toBe('')
})

test('what was said outlives the broker, what was only given out comes again', async () => {
  await using rig = await rigWith(10)
  await rig.fetch('ann')
  await rig.acknowledge('ann', [
    [0, 3, ACCEPT],
    [5, 5, RELEASE],
    [6, 6, REJECT],
  ])
  await rig.restart()
  await rig.join('ann')
  expect(await rig.fetch('ann')).toBe('0: 4-4 x1, 5-5 x2, 7-9 x1')
})

test('where a group began is no other place after a restart', async () => {
  await using rig = await rigWith(0)
  await rig.produce(3)
  await rig.restart()
  await rig.produce(2)
  await rig.join('ann')
  expect(await rig.fetch('ann')).toBe('0: 0-4 x1')
})

test('a lock ends, unless it is renewed', async () => {
  await using rig = await rigWith(10)
  await rig.fetch('ann')
  await rig.pass(20_000)
  expect(await rig.acknowledge('ann', [[0, 4, RENEW]])).toBe('INVALID_REQUEST')
  expect(await rig.acknowledge('ann', [[0, 4, RENEW]], { isRenewAck: true })).toBe('NONE')
  await rig.pass(15_000)
  expect(await rig.fetch('bob')).toBe('0: 5-9 x2')
  expect(await rig.acknowledge('ann', [[5, 9, ACCEPT]])).toBe('INVALID_RECORD_STATE')
  expect(await rig.acknowledge('ann', [[0, 4, ACCEPT]])).toBe('NONE')
})

test('a record that fails again and again is given up', async () => {
  await using rig = await rigWith(1, { 'group.share.delivery.count.limit': '2' })
  for (const count of [1, 2]) {
    expect(await rig.fetch('ann')).toBe(`0: 0-0 x${count}`)
    expect(await rig.acknowledge('ann', [[0, 0, RELEASE]])).toBe('NONE')
  }
  expect(await rig.fetch('ann')).toBe('')
})

test('who waits is woken by a new record, and by one that comes back', async () => {
  await using rig = await rigWith(0)
  const waiting = rig.fetch('ann', { maxWaitMs: 10_000 })
  await settled()
  await rig.produce(2)
  expect(await waiting).toBe('0: 0-1 x1')
  const again = rig.fetch('bob', { maxWaitMs: 10_000 })
  await settled()
  await rig.acknowledge('ann', [[0, 1, RELEASE]])
  expect(await again).toBe('0: 0-1 x2')
  const late = rig.fetch('ann', { maxWaitMs: 10_000 })
  await settled()
  rig.rig.clock.advance(10_000)
  expect(await late).toBe('')
})

test('a connection that is gone gives back what its member has', async () => {
  await using rig = await rigWith(4)
  expect(await rig.fetch('ann')).toBe('0: 0-3 x1')
  const waiting = rig.fetch('bob', { maxWaitMs: 10_000 })
  await settled()
  rig.disconnect('ann')
  expect(await waiting, 'as if ann had not had it').toBe('0: 0-3 x1')
  expect(await rig.acknowledge('ann', [[0, 3, ACCEPT]], { epoch: 3 })).toBe(
    'SHARE_SESSION_NOT_FOUND',
  )
})

test('a session has its epochs, and ends with the last', async () => {
  await using rig = await rigWith(4)
  expect(await rig.fetch('ann', { shareSessionEpoch: 7 })).toBe('INVALID_SHARE_SESSION_EPOCH')
  expect(await rig.fetch('cy', { shareSessionEpoch: 1 })).toBe('SHARE_SESSION_NOT_FOUND')
  expect(await rig.acknowledge('ann', [], { epoch: 0 })).toBe('INVALID_SHARE_SESSION_EPOCH')
  expect(await rig.fetch('ann', { shareSessionEpoch: 0, said: [[0, 0, ACCEPT]] })).toBe(
    'INVALID_REQUEST',
  )
  expect(await rig.fetch('ann')).toBe('0: 0-3 x1')
  const last = { shareSessionEpoch: -1, said: [[0, 1, ACCEPT]] as const }
  expect(await rig.fetch('ann', last)).toBe('0: said NONE')
  expect(await rig.fetch('bob')).toBe('0: 2-3 x1')
  expect(await rig.acknowledge('bob', [], { epoch: -1 })).toBe('NONE')
  expect(await rig.acknowledge('bob', [], { epoch: -1 })).toBe('SHARE_SESSION_NOT_FOUND')
})

test('there are only so many sessions', async () => {
  await using rig = await rigWith(0, { 'group.share.max.share.sessions': '2' })
  expect(await rig.fetch('cy')).toBe('SHARE_SESSION_LIMIT_REACHED')
  rig.disconnect('ann')
  expect(await rig.fetch('cy')).toBe('')
})

test('partitions of a session are served in turns, forgotten ones no more', async () => {
  await using rig = await ShareRig.start()
  await rig.topic(2)
  await rig.join('ann')
  await rig.fetch('ann', { partitions: [0, 1] })
  await rig.produce(3, 0)
  await rig.produce(3, 1)
  expect(await rig.fetch('ann', { partitions: [], maxRecords: 1 })).toBe('0: 0-2 x1')
  await rig.produce(3, 0)
  expect(await rig.fetch('ann', { partitions: [], maxRecords: 1 })).toBe('1: 0-2 x1')
  const forgottenTopicsData = [{ topicId: rig.topicId, partitions: [0] }]
  expect(await rig.fetch('ann', { partitions: [], forgottenTopicsData })).toBe('')
})

test('what is wrong with a request or a partition is told', async () => {
  await using rig = await rigWith(4)
  expect(await rig.fetch('x'.repeat(37))).toBe('INVALID_REQUEST')
  expect(await rig.fetch('ann', { groupId: '' })).toBe('INVALID_REQUEST')
  expect(await rig.fetch('ann', { isRenewAck: true })).toBe('INVALID_REQUEST')
  expect(await rig.fetch('ann', { partitions: [9] })).toContain('9: UNKNOWN_TOPIC_OR_PARTITION')
  expect(await rig.fetch('dan', { groupId: 'other' })).toBe('0: GROUP_ID_NOT_FOUND')
  for (const said of [
    [[3, 2, ACCEPT]],
    [
      [0, 1, ACCEPT],
      [1, 2, ACCEPT],
    ],
    [[0, 1]],
    [[0, 3, ACCEPT, ACCEPT]],
    [[0, 1, 9]],
    [[0, 1, RENEW]],
    [[0, 4, ACCEPT]],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    expect(await rig.acknowledge('ann', said)).toBe('INVALID_REQUEST')
  }
})

test('records that are deleted are passed over, and a topic that is deleted is gone', async () => {
  await using rig = await rigWith(10)
  await rig.fetch('ann')
  const { broker } = rig.rig
  const topic = broker.topics.byName('flights')
  await topic?.partitions[0]?.log?.deleteRecordsBefore(6)
  await rig.produce(1)
  expect(await rig.fetch('bob')).toBe('0: 10-10 x1')
  expect(await rig.acknowledge('ann', [[0, 9, ACCEPT]])).toBe('NONE')
  const { topicId } = rig
  await broker.topics.delete([{ name: 'flights', id: null }])
  await rig.pass(0)
  const place = { groupId: 'g', topicId, partition: 0 }
  expect(await broker.shareStates.read(place)).toBeNull()
  expect(await rig.fetch('bob', { partitions: [], topics: [] })).toBe('0: UNKNOWN_TOPIC_ID')
})

test('a topic that is made again is waited for, until the group learns of it', async () => {
  await using rig = await rigWith(1)
  await rig.configure({ 'share.auto.offset.reset': 'earliest' })
  await rig.rig.broker.topics.delete([{ name: 'flights', id: null }])
  await rig.topic()
  await rig.produce(2)
  let answer: string | undefined
  const fetch = async (maxWaitMs: number): Promise<void> => {
    answer = undefined
    answer = await rig.fetch('ann', {
      maxWaitMs,
      shareSessionEpoch: (rig.actor('ann').session = 0),
    })
  }
  const none = fetch(5000)
  await rig.pass(0)
  await rig.pass(4999)
  expect(answer, 'nobody who asks anew at once').toBeUndefined()
  await rig.pass(1)
  await none
  expect(answer).toBe('')
  expect(await rig.acknowledge('ann', [[0, 1, ACCEPT]])).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  const waiting = fetch(5000)
  await rig.pass(0)
  await rig.pass(1000)
  await rig.join('bob')
  await waiting
  expect(answer, 'before its time is over').toBe('0: 0-1 x1')
  expect(await rig.acknowledge('ann', [[0, 1, ACCEPT]])).toBe('NONE')
})

test('a partition that fails does not hurry those that have nothing', async () => {
  await using rig = await rigWith(0)
  const { sharePartitions } = rig.rig.broker
  const open = sharePartitions.open.bind(sharePartitions)
  await rig.rig.broker.topics.addPartitions([{ name: 'flights', count: 2, assignments: null }])
  await rig.join('ann')
  sharePartitions.open = async (place) =>
    place.partition === 1 ? ErrorCode.KAFKA_STORAGE_ERROR : open(place)
  const waiting = rig.fetch('ann', { partitions: [0, 1], maxWaitMs: 5000 })
  await rig.pass(0)
  await rig.pass(1000)
  await rig.produce(1)
  expect(await waiting).toBe('0: 0-0 x1; 1: KAFKA_STORAGE_ERROR')
  const forgottenTopicsData = [{ topicId: rig.topicId, partitions: [0] }]
  expect(
    await rig.fetch('ann', { partitions: [], maxWaitMs: 5000, forgottenTopicsData }),
    'nothing is to come of all of them',
  ).toBe('1: KAFKA_STORAGE_ERROR')
})

test('a write that fails says so, and changes nothing', async () => {
  await using rig = await rigWith(4)
  await rig.fetch('ann')
  const { shareStates } = rig.rig.broker
  const write = shareStates.write.bind(shareStates)
  shareStates.write = async () => ErrorCode.KAFKA_STORAGE_ERROR
  expect(await rig.acknowledge('ann', [[0, 3, ACCEPT]])).toBe('NOT_COORDINATOR')
  await rig.pass(30_000)
  expect(await rig.fetch('bob'), 'nor is what could not be taken back given out').toBe('')
  shareStates.write = write
  await rig.pass(1000)
  expect(await rig.fetch('bob')).toBe('0: 0-3 x2')
})

test('records of transactions are for members once they are committed, if they want', async () => {
  const settle = async (readsCommitted: boolean): Promise<string[]> => {
    await using rig = await rigWith(0)
    if (readsCommitted) await rig.configure({ 'share.isolation.level': 'read_committed' })
    const log = rig.rig.broker.topics.byName('flights')?.partitions[0]?.log
    const told: string[] = []
    for (const transactionResult of [false, true]) {
      const records = [{ value: Buffer.from('one') }, { value: Buffer.from('two') }]
      const producer = { producerId: 7, producerEpoch: 0, baseSequence: transactionResult ? 2 : 0 }
      const batch = encodeRecordBatch({
        records: records.map((record) => ({ timestamp: 1, key: null, ...record })),
        ...producer,
        transactional: true,
      })
      log?.appendAsLeader(batch, { origin: 'coordinator', leaderEpoch: 0 })
      await rig.pass(0)
      told.push(await rig.fetch('ann'))
      await rig.rig.ask(WriteTxnMarkers, 1, {
        markers: [
          {
            ...producer,
            transactionResult,
            topics: [{ name: 'flights', partitionIndexes: [0] }],
            coordinatorEpoch: 0,
            transactionVersion: 0,
          },
        ],
      })
      await rig.pass(0)
      told.push(await rig.fetch('ann'))
    }
    return told
  }
  // the first is aborted, the second is not; 2 and 5 are markers
  expect(await settle(true)).toEqual(['', '', '', '0: 3-4 x1'])
  expect(await settle(false)).toEqual(['0: 0-1 x1', '', '0: 3-4 x1', ''])
})

test('a group goes by its own configs', async () => {
  await using rig = await ShareRig.start()
  await rig.topic()
  await rig.configure({
    'share.auto.offset.reset': 'earliest',
    'share.renew.acknowledge.enable': 'false',
    'share.record.lock.duration.ms': '15000',
    'share.delivery.count.limit': '3',
  })
  await rig.produce(2)
  await rig.join('ann')
  expect(await rig.fetch('ann')).toBe('0: 0-1 x1')
  expect(await rig.acknowledge('ann', [[0, 1, RENEW]], { isRenewAck: true })).toBe(
    'INVALID_REQUEST',
  )
  const told: string[] = []
  for (let round = 0; round < 4; round += 1) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await rig.pass(15_000)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    told.push(await rig.fetch('ann'))
  }
  expect(told, 'the last time each comes alone').toEqual([
    '0: 0-1 x2',
    '0: 0-0 x3',
    '0: 1-1 x3',
    '',
  ])
  await rig.configure({ 'share.auto.offset.reset': 'by_duration:PT1H' }, 'aged')
  await rig.pass(7_200_000)
  await rig.produce(1)
  await rig.join('bob', 'aged')
  expect(await rig.fetch('bob', { groupId: 'aged' })).toBe('0: 2-2 x1')
})

test('nothing is served while the feature is off', async () => {
  await using rig = await rigWith(4)
  const update = {
    feature: 'share.version',
    maxVersionLevel: 0,
    allowDowngrade: true,
    upgradeType: 2,
  }
  const asked = { timeoutMs: 1000, featureUpdates: [update], validateOnly: false }
  await rig.rig.ask(UpdateFeatures, 1, asked)
  expect(await rig.join('cy')).toBe('UNSUPPORTED_VERSION')
  expect(await rig.fetch('ann')).toBe('UNSUPPORTED_VERSION')
  expect(await rig.acknowledge('ann', [])).toBe('UNSUPPORTED_VERSION')
})
