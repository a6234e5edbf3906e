import { ErrorCode } from '@pafka/protocol'

import { AcknowledgeType, DeliveryState } from './delivery-state.ts'
import type { OffsetRuns } from './offset-runs.ts'

/** As in requests: one type for all of the range, or one for each offset. */
export interface AcknowledgementBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly acknowledgeTypes: readonly number[]
}

interface TypedRange {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly type: AcknowledgeType
}

/** Whether all the records are the member's, and nothing was said of them yet. */
export function checkAcknowledgement(
  runs: OffsetRuns,
  memberId: string,
  { firstOffset, lastOffset }: AcknowledgementBatch,
): ErrorCode {
  if (lastOffset < runs.startOffset) return ErrorCode.NONE
  if (lastOffset >= runs.endOffset) return ErrorCode.INVALID_REQUEST
  for (const { is } of runs.within(firstOffset, lastOffset)) {
    const isOwn = is.state === DeliveryState.ACQUIRED && is.memberId === memberId
    if (!isOwn || is.next !== null) return ErrorCode.INVALID_RECORD_STATE
  }
  return ErrorCode.NONE
}

/** Offsets of one type after another, without those that are done with. */
export function* typedRanges(
  { firstOffset, lastOffset, acknowledgeTypes: types }: AcknowledgementBatch,
  startOffset: number,
): Generator<TypedRange> {
  const first = Math.max(firstOffset, startOffset)
  if (first > lastOffset) return
  if (types.length === 1) {
    yield { firstOffset: first, lastOffset, type: typeOf(types[0]) }
    return
  }
  let from = first
  for (let offset = first; offset <= lastOffset; offset += 1) {
    const type = typeOf(types[offset - firstOffset])
    const following = offset < lastOffset ? typeOf(types[offset + 1 - firstOffset]) : undefined
    if (following === type) continue
    yield { firstOffset: from, lastOffset: offset, type }
    from = offset + 1
  }
}

function typeOf(code: number | undefined): AcknowledgeType {
  const known = Object.values(AcknowledgeType).find((type) => type === code)
  return known ?? AcknowledgeType.GAP
}

/** What is wrong with how a request says it, whatever the records. Source: Kafka `KafkaApis`. */
export function malformedAcknowledgement(
  batches: readonly AcknowledgementBatch[],
  mayRenew: boolean,
): string | undefined {
  let before = -1
  for (const { firstOffset, lastOffset, acknowledgeTypes: types } of batches) {
    if (firstOffset > lastOffset) return 'A range of offsets ends before it begins.'
    if (firstOffset <= before) return 'The ranges of offsets are not in order.'
    before = lastOffset
    if (types.length === 0) return 'No type of acknowledgement is given.'
    if (types.length > 1 && types.length !== lastOffset - firstOffset + 1) {
      return 'There are not as many types of acknowledgement as offsets.'
    }
    const highest = mayRenew ? AcknowledgeType.RENEW : AcknowledgeType.REJECT
    if (types.some((type) => type < AcknowledgeType.GAP || type > highest)) {
      return 'There is no such type of acknowledgement.'
    }
  }
  return undefined
}
