import { ErrorCode } from '@pafka/protocol'

import { type Refusal, refusal } from '../consumer-groups/find-member.ts'
import type { FeatureLevels } from '../metadata/feature-levels.ts'

/** The feature with which share groups come (KIP-932). */
const FEATURE = 'share.version'

/** Why share groups are not served, if they are not. */
export function shareProblem(features: Pick<FeatureLevels, 'of'>): Refusal | undefined {
  if (features.of(FEATURE) > 0) return undefined
  const text = `Share groups are not served while ${FEATURE} is 0.`
  return refusal(ErrorCode.UNSUPPORTED_VERSION, text)
}
