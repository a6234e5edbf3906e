import type { JoinGroupResponse } from '@pafka/protocol'

import type { GroupProtocol } from '../../consumer/group/group-protocol.ts'
import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import type { Assigner } from './assigner-types.ts'

/** A program's assigners, as a member offers them. It gives up all that it has before it joins. */
export function assignerProtocol(
  assigners: readonly Assigner[],
  topics: () => string[],
  refresh: () => Promise<void>,
): GroupProtocol {
  return {
    isEager: true,
    offers: () => assigners.map((assigner) => assigner.protocol({ topics: topics() })),
    assign: async ({ members, protocolName, skipAssignment }: JoinGroupResponse) => {
      if (skipAssignment) return []
      const assigner = assigners.find(({ name }) => name === protocolName)
      if (assigner === undefined) {
        throw new KafkaJSNonRetriableError(`This consumer has no assigner ${protocolName}`)
      }
      await refresh()
      const assigned = await assigner.assign({
        topics: topics(),
        members: members.map(({ memberId, metadata }) => {
          return { memberId, memberMetadata: Buffer.from(metadata) }
        }),
      })
      return assigned.map(({ memberId, memberAssignment: assignment }) => {
        return { memberId, assignment }
      })
    },
  }
}
