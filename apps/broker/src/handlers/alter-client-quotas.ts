import {
  AlterClientQuotas,
  type AlterClientQuotasRequest,
  type AlterClientQuotasResponse,
  ErrorCode,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Source: AlterClientQuotasRequest.json (KIP-546). */
export const alterClientQuotas: RequestHandler = defineHandler(AlterClientQuotas, [0, 1], answer)

async function answer(
  { entries: asked, validateOnly }: AlterClientQuotasRequest,
  { quotaStore }: HandlerContext,
): Promise<AlterClientQuotasResponse> {
  const refusals = await quotaStore.alter(asked, validateOnly)
  const entries = asked.map(({ entity }, at) => {
    const { errorCode = ErrorCode.NONE, errorMessage = null } = refusals[at] ?? {}
    return { errorCode, errorMessage, entity }
  })
  return { throttleTimeMs: 0, entries }
}
