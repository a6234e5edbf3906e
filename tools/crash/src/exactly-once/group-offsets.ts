import { OffsetFetch, ZERO_UUID } from '@pafka/protocol'

import type { Connection } from '../wire/connection.ts'

/** What is committed for certain; undefined where there is nothing, or it may change yet. */
export async function stableOffsets(
  connection: Connection,
  groupId: string,
  { topic, partitions }: { readonly topic: string; readonly partitions: number },
): Promise<(number | undefined)[]> {
  const partitionIndexes = Array.from({ length: partitions }, (_, partition) => partition)
  const topics = [{ name: topic, topicId: ZERO_UUID, partitionIndexes }]
  const answer = await connection.send(OffsetFetch, 8, {
    groupId: '',
    topics: [],
    groups: [{ groupId, memberId: null, memberEpoch: -1, topics }],
    requireStable: true,
  })
  const found = answer.groups[0]?.topics[0]?.partitions ?? []
  return partitionIndexes.map((partition) => {
    const one = found.find(({ partitionIndex }) => partitionIndex === partition)
    return one?.errorCode === 0 && one.committedOffset >= 0 ? one.committedOffset : undefined
  })
}
