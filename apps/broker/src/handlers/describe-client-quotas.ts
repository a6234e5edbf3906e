import {
  DescribeClientQuotas,
  type DescribeClientQuotasRequest,
  type DescribeClientQuotasResponse,
  ErrorCode,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Source: DescribeClientQuotasRequest.json (KIP-546). */
export const describeClientQuotas: RequestHandler = defineHandler(
  DescribeClientQuotas,
  [0, 1],
  answer,
)

function answer(
  request: DescribeClientQuotasRequest,
  { quotaStore }: HandlerContext,
): DescribeClientQuotasResponse {
  const found = quotaStore.select(request)
  if ('errorCode' in found) return { throttleTimeMs: 0, ...found, entries: null }
  const entries = found.map(({ entity, quotas }) => ({
    entity: entity.map(({ type, name }) => ({ entityType: type, entityName: name })),
    values: Array.from(quotas, ([key, value]) => ({ key, value })),
  }))
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, errorMessage: null, entries }
}
