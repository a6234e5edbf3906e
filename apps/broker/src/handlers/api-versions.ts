import { ApiVersions, type ApiVersionsResponse, ErrorCode } from '@pafka/protocol'

import { defineHandler, type RequestHandler } from './handler.ts'

/** Version 3 names the client's software (KIP-511); version 4 allows finalized features at 0. */
export const apiVersions: RequestHandler = defineHandler(
  ApiVersions,
  [0, 4],
  ({ clientSoftwareName, clientSoftwareVersion }, broker, { apiVersion }): ApiVersionsResponse => {
    const named = isSoftwareName(clientSoftwareName) && isSoftwareName(clientSoftwareVersion)
    const errorCode = apiVersion >= 3 && !named ? ErrorCode.INVALID_REQUEST : ErrorCode.NONE
    return { errorCode, apiKeys: broker.advertisedApis, throttleTimeMs: 0 }
  },
)

/** Source: KIP-511; the same letters as Kafka accepts. */
function isSoftwareName(name: string): boolean {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/.test(name)
}
