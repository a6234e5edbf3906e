import { DescribeLogDirs, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

function partition(partitionIndex: number, partitionSize = 0): object {
  return { partitionIndex, partitionSize, offsetLag: 0, isFutureKey: false }
}

test.each([1, 2, 3, 4, 5])('every partition and its size, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a', { partitions: 2 })
  await rig.createTopic('b')
  await rig.append('a', [{ value: Buffer.alloc(1000) }], 1)
  const response = await rig.ask(DescribeLogDirs, version, { topics: null })
  expect(response.errorCode).toBe(ErrorCode.NONE)
  const sizeBytes = rig.broker.topics.byName('a')?.partitions[1]?.log?.sizeBytes
  expect(sizeBytes).toBeGreaterThan(1000)
  expect(response.results).toMatchObject([
    {
      errorCode: ErrorCode.NONE,
      logDir: '/data',
      topics: [
        { name: 'a', partitions: [partition(0), partition(1, sizeBytes)] },
        { name: 'b', partitions: [partition(0)] },
      ],
      isCordoned: false,
    },
  ])
})

test('some partitions, each once; unknown ones are nowhere', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a', { partitions: 2 })
  const topics = [
    { topic: 'a', partitions: [1, 1, 9] },
    { topic: 'b', partitions: [0] },
  ]
  const { results } = await rig.ask(DescribeLogDirs, 4, { topics })
  expect(results[0]?.topics).toMatchObject([{ name: 'a', partitions: [{ partitionIndex: 1 }] }])
  expect(results[0]?.topics[0]?.partitions).toHaveLength(1)
  expect((await rig.ask(DescribeLogDirs, 4, { topics: [] })).results[0]?.topics).toEqual([])
})
