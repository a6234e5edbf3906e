import {
  ErrorCode,
  ListConfigResources,
  type ListConfigResourcesRequest,
  type ListConfigResourcesResponse,
} from '@pafka/protocol'

import { type ConfigResource, ConfigResourceType } from '../admin/config-resource.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** Version 0 lists client metrics only; 1 lists any type (KIP-1142). */
export const listConfigResources: RequestHandler = defineHandler(
  ListConfigResources,
  [0, 1],
  answer,
)

const ALL_TYPES: readonly number[] = Object.values(ConfigResourceType)

function answer(
  request: ListConfigResourcesRequest,
  broker: HandlerContext,
  { apiVersion }: RequestOrigin,
): ListConfigResourcesResponse {
  const named = apiVersion === 0 ? [ConfigResourceType.CLIENT_METRICS] : request.resourceTypes
  const types = new Set(named.length === 0 ? ALL_TYPES : named)
  if ([...types].some((type) => !ALL_TYPES.includes(type))) {
    const errorCode = ErrorCode.UNSUPPORTED_VERSION // a type that came later, says Kafka
    return { throttleTimeMs: 0, errorCode, configResources: [] }
  }
  const configResources = [...types].flatMap((type) => resourcesOf(type, broker))
  return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, configResources }
}

function resourcesOf(
  resourceType: number,
  { topics, cluster, clientMetrics, groupConfigs }: HandlerContext,
): ConfigResource[] {
  switch (resourceType) {
    case ConfigResourceType.TOPIC:
      return topics.all().map(({ name }) => ({ resourceType, resourceName: name }))
    case ConfigResourceType.BROKER:
    case ConfigResourceType.BROKER_LOGGER:
      return [{ resourceType, resourceName: String(cluster.nodeId) }]
    case ConfigResourceType.CLIENT_METRICS:
      return [...clientMetrics.all.keys()].map((resourceName) => ({ resourceType, resourceName }))
    case ConfigResourceType.GROUP:
      return [...groupConfigs.all.keys()].map((resourceName) => ({ resourceType, resourceName }))
    default:
      return []
  }
}
