import {
  Compression,
  GetTelemetrySubscriptions,
  type GetTelemetrySubscriptionsRequest,
  type GetTelemetrySubscriptionsResponse,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'
import { telemetryPeer } from './telemetry-peer.ts'

/** Which metrics a client is to push, and how often (KIP-714). */
export const getTelemetrySubscriptions: RequestHandler = defineHandler(
  GetTelemetrySubscriptions,
  [0, 0],
  answer,
)

/** Clients take the first that they have. */
const ACCEPTED: readonly number[] = [
  Compression.zstd,
  Compression.lz4,
  Compression.gzip,
  Compression.snappy,
]

async function answer(
  request: GetTelemetrySubscriptionsRequest,
  { telemetry }: HandlerContext,
  origin: RequestOrigin,
): Promise<GetTelemetrySubscriptionsResponse> {
  const offer = await telemetry.offer(request.clientInstanceId, telemetryPeer(origin))
  const { errorCode, clientInstanceId, plan } = offer
  return {
    throttleTimeMs: 0,
    errorCode,
    clientInstanceId,
    subscriptionId: plan?.subscriptionId ?? 0,
    acceptedCompressionTypes: plan === undefined ? [] : ACCEPTED,
    pushIntervalMs: plan?.pushIntervalMs ?? 0,
    telemetryMaxBytes: plan === undefined ? 0 : telemetry.maxBytes,
    // wholes and not what came since: a push that is lost then loses nothing
    deltaTemporality: false,
    requestedMetrics: plan?.metrics ?? [],
  }
}
