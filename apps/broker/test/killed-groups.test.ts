import { ConsumerGroupDescribe } from '@pafka/protocol'
import { temporaryFolder } from '@pafka/testing'
import { expect, test } from 'vitest'

import { BrokerProcess } from './broker-process.ts'
import { ConsumerGroupPlay, GROUP } from './consumer-group-play.ts'

test('what members were told is known still to a broker that was killed', async () => {
  await using folder = await temporaryFolder()
  const dirs = `log.dirs=${folder.path}`
  const first = await BrokerProcess.start(dirs)
  const told = await playAndDescribe(first)
  expect(told.at(-1)).toContain('"groupState":"Reconciling"')
  await first.stop('SIGKILL')

  await using second = await BrokerProcess.start(dirs)
  using play = await ConsumerGroupPlay.open(second.bootstrap)
  await play.describe(GROUP)
  expect(play.lines).toEqual(told.slice(-1))
  await play.beat('a', { memberEpoch: 2, topicPartitions: [] })
  await play.settle('a')
  await play.beat('b', { memberEpoch: 3 })
  expect(play.lines.at(-1)).toContain('"errorCode":0')
})

/** The second of two members waits for what the first has not given up. */
async function playAndDescribe(broker: BrokerProcess): Promise<readonly string[]> {
  using play = await ConsumerGroupPlay.open(broker.bootstrap)
  await play.join('a')
  await play.join('b')
  await play.beat('a')
  const request = { groupIds: [GROUP], includeAuthorizedOperations: true }
  await play.ask(ConsumerGroupDescribe, 1, request)
  return play.lines
}
