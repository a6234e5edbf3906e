import type { JoinGroupResponse } from '@pafka/protocol'

import type { GroupProtocol } from '../../consumer/group/group-protocol.ts'
import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import { AssignerProtocol } from './assigner-protocol.ts'
import type { Assigner } from './assigner-types.ts'

/** A program's assigners, as a member offers them. It gives up all that it has before it joins. */
export function assignerProtocol(
  assigners: readonly Assigner[],
  topics: () => string[],
): GroupProtocol {
  return {
    isEager: true,
    offers: () => assigners.map((assigner) => assigner.protocol({ topics: topics() })),
    topicsOf: ({ members }) => [
      ...new Set([...topics(), ...members.flatMap(({ metadata }) => topicsIn(metadata))]),
    ],
    assign: async ({ members, protocolName }: JoinGroupResponse) => {
      const assigner = assigners.find(({ name }) => name === protocolName)
      if (assigner === undefined) {
        throw new KafkaJSNonRetriableError(`This consumer has no assigner ${protocolName}`)
      }
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

/** None for bytes that only the assigner itself knows. */
function topicsIn(metadata: Uint8Array): string[] {
  try {
    return AssignerProtocol.MemberMetadata.decode(Buffer.from(metadata))?.topics ?? []
  } catch {
    return []
  }
}
