import { ErrorCode, errorName } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { ConsumerStage } from '../../test/consumer-stage.ts'
import { commitOf, type CoordinatorStage, offsetOf } from '../../test/coordinator-stage.ts'
import { StreamsStage } from '../../test/streams-stage.ts'

/** As TxnOffsetCommit does, whose clients do not know the errors of OffsetCommit. */
async function commitInTransaction(
  stage: CoordinatorStage,
  topic: string,
  claim: { readonly memberId: string; readonly generationId: number },
): Promise<string> {
  const topicId = stage.topics.byName(topic)?.id ?? ''
  const commit = commitOf({ ...claim, groupInstanceId: null }, offsetOf(topic, 5, { topicId }))
  const writer = { producerId: 1, producerEpoch: 0, isInTransaction: () => true }
  const unknowing = { ...commit, knowsGroupNotFound: false }
  const [code] = await stage.coordinator.commitInTransaction('g', unknowing, writer)
  return errorName(code ?? ErrorCode.UNKNOWN_SERVER_ERROR)
}

test.each([
  {
    kind: 'consumer',
    topic: 'flights',
    open: async () => {
      const stage = new ConsumerStage()
      stage.topics.set('flights', 1)
      await stage.join('a', 'flights')
      return stage
    },
  },
  {
    kind: 'streams',
    topic: 'lines',
    open: async () => {
      const stage = new StreamsStage()
      stage.makeTopics(1)
      await stage.join('a')
      return stage
    },
  },
])('members of $kind groups commit in transactions, in their epoch', async ({ open, topic }) => {
  const stage = await open()
  const codeOf = (memberId: string, generationId: number): Promise<string> =>
    commitInTransaction(stage, topic, { memberId, generationId })
  expect(await codeOf('a', 2)).toBe('NONE')
  expect(await codeOf('a', 3)).toBe('ILLEGAL_GENERATION')
  expect(await codeOf('a', 1)).toBe('ILLEGAL_GENERATION')
  expect(await codeOf('b', 2)).toBe('UNKNOWN_MEMBER_ID')
  // clients that know no members
  expect(await codeOf('', -1)).toBe('NONE')
})
