import { ErrorCode, ListPartitionReassignments } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

test('there is none', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  for (const topics of [null, [{ name: 'a', partitionIndexes: [0] }]]) {
    const response = await rig.ask(ListPartitionReassignments, 0, { timeoutMs: 1000, topics })
    expect(response).toMatchObject({ errorCode: ErrorCode.NONE, topics: [] })
  }
})
