import {
  DescribeShareGroupOffsets,
  type DescribeShareGroupOffsetsRequest,
  type DescribeShareGroupOffsetsResponse,
  type DescribeShareGroupOffsetsResponseGroup,
  ErrorCode,
  ZERO_UUID,
} from '@pafka/protocol'

import { shareProblem } from '../share-groups/share-feature.ts'
import type { DescribedOffsets } from '../share-groups/share-offsets.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Version 1 adds the lag (KIP-1226). Source: DescribeShareGroupOffsetsRequest.json. */
export const describeShareGroupOffsets: RequestHandler = defineHandler(
  DescribeShareGroupOffsets,
  [0, 1],
  answer,
)

async function answer(
  { groups }: DescribeShareGroupOffsetsRequest,
  { shareOffsets, features }: HandlerContext,
): Promise<DescribeShareGroupOffsetsResponse> {
  const problem = shareProblem(features)
  const described = await Promise.all(
    groups.map(async ({ groupId, topics }): Promise<DescribeShareGroupOffsetsResponseGroup> => {
      if (problem !== undefined) return { groupId, topics: [], ...problem }
      const asked = topics?.map(({ topicName: name, partitions }) => ({ name, partitions }))
      const found = await shareOffsets.describe(groupId, asked ?? null)
      if (typeof found !== 'number') {
        const errorCode = ErrorCode.NONE
        return { groupId, topics: found.map(topicAnswer), errorCode, errorMessage: null }
      }
      const isAbsent = found === ErrorCode.GROUP_ID_NOT_FOUND
      const errorMessage = isAbsent ? `There is no share group ${groupId}.` : null
      return { groupId, topics: [], errorCode: found, errorMessage }
    }),
  )
  return { throttleTimeMs: 0, groups: described }
}

function topicAnswer({
  name: topicName,
  topicId,
  partitions,
}: DescribedOffsets): DescribeShareGroupOffsetsResponseGroup['topics'][number] {
  return {
    topicName,
    topicId: topicId ?? ZERO_UUID,
    partitions: partitions.map(({ partition: partitionIndex, ...offsets }) => ({
      partitionIndex,
      ...offsets,
      errorMessage: null,
    })),
  }
}
