import {
  IncrementalAlterConfigs,
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsResponse,
} from '@pafka/protocol'

import { changeConfigs } from '../admin/change-configs.ts'
import { alterConfigs } from '../config/alter-configs.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Sets, deletes, appends to and subtracts from configs (KIP-339). */
export const incrementalAlterConfigs: RequestHandler = defineHandler(
  IncrementalAlterConfigs,
  [0, 1],
  answer,
)

async function answer(
  request: IncrementalAlterConfigsRequest,
  broker: HandlerContext,
): Promise<IncrementalAlterConfigsResponse> {
  const responses = await changeConfigs(request, broker, ({ configs }, current, scope) =>
    alterConfigs(current, configs, scope),
  )
  return { throttleTimeMs: 0, responses }
}
