import { ErrorCode } from '@pafka/protocol'

import type { Partition } from './topic.ts'

/** A client that knows an older or newer leader must look again (KIP-320); -1 does not say. */
export function leaderEpochError(known: number, { leaderEpoch }: Partition): ErrorCode {
  if (known === -1 || known === leaderEpoch) return ErrorCode.NONE
  return known < leaderEpoch ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH
}
