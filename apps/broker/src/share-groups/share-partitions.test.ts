import { silentLogger } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { shareSettings } from '../../test/fake-topics.ts'
import { HandlerRig } from '../../test/handler-rig.ts'
import { MemoryCoordinatorLog } from '../../test/memory-coordinator-log.ts'
import type { Topic } from '../metadata/topic.ts'
import { SharePartitions } from './share-partitions.ts'
import { ShareStates } from './share-states.ts'

const PLACE = { groupId: 'g', topicId: 'Zm9vYmFyZm9vYmFyZm9vYg', partition: 0 }

function partitionsOf(
  { clock }: HandlerRig,
  states: ShareStates,
  byId: () => Topic | undefined,
): SharePartitions {
  const { settingsOf } = shareSettings({})
  const deadLetters = { bury: async () => {} }
  return new SharePartitions({ clock, topics: { byId }, states, settingsOf, deadLetters })
}

test('a log that comes back is another one, with what was stored', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('one')
  await rig.createTopic('other')
  await rig.append('one', [{}, {}])
  await rig.append('other', [{}, {}, {}])
  const { clock } = rig
  let topic: Topic | undefined = rig.broker.topics.byName('one')
  const log = new MemoryCoordinatorLog()
  const states = new ShareStates({ clock, logger: silentLogger, log })
  states.start()
  const partitions = partitionsOf(rig, states, () => topic)
  const first = await partitions.open(PLACE)
  if (typeof first === 'number') throw new Error('not opened')
  expect(first.startOffset).toBe(2)
  expect(await partitions.open(PLACE)).toBe(first)
  topic = rig.broker.topics.byName('other')
  const second = await partitions.open(PLACE)
  if (typeof second === 'number') throw new Error('not opened')
  expect([first.isClosed, second.startOffset]).toEqual([true, 2])
  expect(await first.acknowledge('m', [])).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  topic = undefined
  expect(await partitions.open(PLACE)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  expect(second.isClosed).toBe(true)
  topic = rig.broker.topics.byName('one')
  log.errorCode = ErrorCode.KAFKA_STORAGE_ERROR
  await states.delete(PLACE)
  expect(await partitions.begin(PLACE, 0)).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  partitions.stop()
})

test('what a log lost of its tail is not what a group was at', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('one')
  await rig.append('one', [{}, {}])
  const { clock } = rig
  const states = new ShareStates({ clock, logger: silentLogger, log: new MemoryCoordinatorLog() })
  states.start()
  await states.write(PLACE, { startOffset: 7, batches: [], completeCount: 0, leaderEpoch: 0 })
  const topic = rig.broker.topics.byName('one')
  const partitions = partitionsOf(rig, states, () => topic)
  const live = await partitions.open(PLACE)
  expect(typeof live === 'number' ? live : live.startOffset).toBe(2)
  partitions.stop()
})
