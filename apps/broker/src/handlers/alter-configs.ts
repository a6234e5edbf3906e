import { AlterConfigs, type AlterConfigsRequest, type AlterConfigsResponse } from '@pafka/protocol'

import { changeConfigs } from '../admin/change-configs.ts'
import { replaceConfigs } from '../config/alter-configs.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Replaces all configs of a resource: what is not named is gone (KIP-133). */
export const alterConfigs: RequestHandler = defineHandler(AlterConfigs, [0, 2], answer)

async function answer(
  request: AlterConfigsRequest,
  broker: HandlerContext,
): Promise<AlterConfigsResponse> {
  const responses = await changeConfigs(request, broker, ({ configs }, _current, scope) =>
    replaceConfigs(configs, scope),
  )
  return { throttleTimeMs: 0, responses }
}
