import { ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { OFFSETS_TOPIC } from '../src/groups/offsets-topic.ts'
import { commit } from './group-requests.ts'
import { HandlerRig } from './handler-rig.ts'

const SEGMENT_BYTES = 1_048_576
const COMMITS = 900
/** As much as a commit may carry: few of them fill a segment. */
const METADATA = 'x'.repeat(4096)

const settings = {
  'offsets.topic.num.partitions': 1,
  'offsets.topic.segment.bytes': SEGMENT_BYTES,
  'log.cleaner.backoff.ms': 1000,
}

test('the offsets topic has segments of the size asked for, and is compacted', async () => {
  await using rig = await HandlerRig.start({ settings })
  rig.broker.groups.start()
  await rig.createTopic('flights', { partitions: 2 })
  for (let offset = 1; offset <= COMMITS; offset++) {
    const { topics } = await commit(rig, 9, { offset, metadata: METADATA })
    expect(topics[0]?.partitions[0]?.errorCode).toBe(ErrorCode.NONE)
  }
  const log = rig.broker.topics.byName(OFFSETS_TOPIC)?.partitions[0]?.log
  if (log === undefined) throw new Error('there is no offsets topic')
  expect(log.config.segmentBytes).toBe(SEGMENT_BYTES)
  const writtenBytes = log.sizeBytes
  expect(writtenBytes).toBeGreaterThan(3 * SEGMENT_BYTES)
  while (log.sizeBytes > writtenBytes - 2 * SEGMENT_BYTES) {
    rig.clock.advance(1000)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  expect(log.logEndOffset).toBeGreaterThanOrEqual(COMMITS)
  rig.broker.groups.stop()
  await using next = await rig.restart({ settings })
  next.broker.groups.start()
  const { topics } = await next.broker.groups.fetchOffsets('g', null)
  expect(topics).toMatchObject([{ partitions: [{ committedOffset: COMMITS }] }])
})
