import {
  PushTelemetry,
  type PushTelemetryRequest,
  type PushTelemetryResponse,
} from '@pafka/protocol'

import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'
import { telemetryPeer } from './telemetry-peer.ts'

/** Metrics of a client, in OpenTelemetry's format (KIP-714). */
export const pushTelemetry: RequestHandler = defineHandler(PushTelemetry, [0, 0], answer)

async function answer(
  request: PushTelemetryRequest,
  { telemetry }: HandlerContext,
  origin: RequestOrigin,
): Promise<PushTelemetryResponse> {
  return { throttleTimeMs: 0, errorCode: await telemetry.push(request, telemetryPeer(origin)) }
}
