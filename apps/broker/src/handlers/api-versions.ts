import {
  ApiVersions,
  type ApiVersionsResponse,
  type ApiVersionsResponseFinalizedFeatureKey,
  type ApiVersionsResponseSupportedFeatureKey,
  ErrorCode,
} from '@pafka/protocol'

import type { FeatureLevels } from '../metadata/feature-levels.ts'
import { features } from '../metadata/feature-table.ts'
import { defineHandler, type RequestHandler } from './handler.ts'

/** Characters, which stay as long as the connection. */
const MOST_KEPT = 200

/** Version 3 names the client's software (KIP-511); version 4 allows features that begin at 0. */
export const apiVersions: RequestHandler = defineHandler(
  ApiVersions,
  [0, 4],
  (
    { clientSoftwareName: name, clientSoftwareVersion: version },
    broker,
    origin,
  ): ApiVersionsResponse => {
    const { apiVersion } = origin
    const named = isSoftwareName(name) && isSoftwareName(version)
    const errorCode = apiVersion >= 3 && !named ? ErrorCode.INVALID_REQUEST : ErrorCode.NONE
    if (named && name.length + version.length <= MOST_KEPT) {
      origin.clientSoftware = { name, version }
    }
    return {
      errorCode,
      apiKeys: broker.advertisedApis,
      throttleTimeMs: 0,
      supportedFeatures: apiVersion < 4 ? SUPPORTED_ABOVE_0 : SUPPORTED,
      finalizedFeatures: finalized(broker.features),
      finalizedFeaturesEpoch: broker.features.epoch,
    }
  },
)

const SUPPORTED: readonly ApiVersionsResponseSupportedFeatureKey[] = features.map(
  ({ name, minLevel, maxLevel }) => ({ name, minVersion: minLevel, maxVersion: maxLevel }),
)

/** A client of version 3 throws at a range that begins at 0 (KAFKA-17011). */
const SUPPORTED_ABOVE_0 = SUPPORTED.filter(({ minVersion }) => minVersion > 0)

function finalized({ finalized: all }: FeatureLevels): ApiVersionsResponseFinalizedFeatureKey[] {
  return all.map(({ name, level }) => ({ name, maxVersionLevel: level, minVersionLevel: level }))
}

/** Source: KIP-511; the same letters as Kafka accepts. */
function isSoftwareName(name: string): boolean {
  return /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/.test(name)
}
