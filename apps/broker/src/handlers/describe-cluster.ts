import {
  DescribeCluster,
  type DescribeClusterRequest,
  type DescribeClusterResponse,
  ErrorCode,
} from '@pafka/protocol'

import { ALL_CLUSTER_OPERATIONS, OPERATIONS_NOT_ASKED } from '../admin/authorized-operations.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** Version 1 says which kind of endpoint is meant, 2 adds fenced brokers. */
export const describeCluster: RequestHandler = defineHandler(DescribeCluster, [0, 2], answer)

const BROKERS = 1
const CONTROLLERS = 2

function answer(
  request: DescribeClusterRequest,
  { cluster }: HandlerContext,
  origin: RequestOrigin,
): DescribeClusterResponse {
  const { endpointType, includeClusterAuthorizedOperations } = request
  const empty: DescribeClusterResponse = {
    throttleTimeMs: 0,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    endpointType: BROKERS,
    clusterId: cluster.clusterId,
    controllerId: -1,
    brokers: [],
    clusterAuthorizedOperations: OPERATIONS_NOT_ASKED,
  }
  if (endpointType === CONTROLLERS) {
    const errorMessage = 'This is the endpoint of a broker, not of a controller.'
    return { ...empty, errorCode: ErrorCode.MISMATCHED_ENDPOINT_TYPE, errorMessage }
  }
  if (endpointType !== BROKERS) {
    const errorMessage = `There is no endpoint type ${endpointType}.`
    return { ...empty, errorCode: ErrorCode.UNSUPPORTED_ENDPOINT_TYPE, errorMessage }
  }
  const { nodeId, host, port, rack } = cluster.endpointFor(origin)
  return {
    ...empty,
    controllerId: nodeId,
    brokers: [{ brokerId: nodeId, host, port, rack, isFenced: false }],
    clusterAuthorizedOperations: includeClusterAuthorizedOperations
      ? ALL_CLUSTER_OPERATIONS
      : OPERATIONS_NOT_ASKED,
  }
}
