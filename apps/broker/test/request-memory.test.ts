import { encodeRecordBatch, Produce } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from './handler-rig.ts'

test.each([
  ['journal', 1],
  ['file', 0],
] as const)(
  'the memory of a produce request is free before its ack when the %s copied it',
  async (channel, times) => {
    await using rig = await HandlerRig.start({ inMemory: channel === 'file' })
    await rig.createTopic('topic')
    const value = Buffer.from('kept')
    const records = encodeRecordBatch({ records: [{ timestamp: 1, key: null, value }] })
    let taken = 0
    const answered = rig.ask(
      Produce,
      9,
      {
        transactionalId: null,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 'topic', topicId: '', partitionData: [{ index: 0, records }] }],
      },
      {
        requestTaken: () => {
          taken += 1
          records.fill(0)
        },
      },
    )
    const { responses } = await answered
    expect(responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 0 })
    expect(taken).toBe(times)
    const log = rig.broker.topics.byName('topic')?.partitions[0]?.log
    const read = await log?.read(0, 1000, { minOneBatch: true, upTo: 1 })
    expect(Buffer.from(read?.records ?? []).includes(value)).toBe(true)
    read?.release()
  },
)
