import { StorageError } from '@pafka/base'
import {
  ErrorCode,
  UpdateFeatures,
  type UpdateFeaturesRequest,
  type UpdateFeaturesResponse,
} from '@pafka/protocol'

import { UpgradeType } from '../metadata/feature-update.ts'
import type { HandlerContext } from './handler-context.ts'
import { defineHandler, type RequestHandler, type RequestOrigin } from './handler.ts'

/** All updates or none. Only up to version 1 is each told apart in the answer (KIP-1022). */
export const updateFeatures: RequestHandler = defineHandler(UpdateFeatures, [0, 2], answer)

async function answer(
  { featureUpdates, validateOnly }: UpdateFeaturesRequest,
  { features, logger }: HandlerContext,
  { apiVersion }: RequestOrigin,
): Promise<UpdateFeaturesResponse> {
  const updates = featureUpdates.map(({ feature, maxVersionLevel, ...how }) => ({
    name: feature,
    level: maxVersionLevel,
    upgradeType: apiVersion === 0 ? oldUpgradeType(how.allowDowngrade) : how.upgradeType,
  }))
  try {
    const problem = await features.update(updates, { validateOnly })
    if (problem !== undefined) return failed(ErrorCode.INVALID_UPDATE_VERSION, problem)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return failed(ErrorCode.FEATURE_UPDATE_FAILED, error.message)
  }
  const names = updates.map(({ name, level }) => `${name}=${level}`).join(' ')
  if (!validateOnly) logger.info('features-updated', { features: names })
  const done = { errorCode: ErrorCode.NONE, errorMessage: null }
  const results = apiVersion > 1 ? [] : featureUpdates.map(({ feature }) => ({ feature, ...done }))
  return { throttleTimeMs: 0, ...done, results }
}

function oldUpgradeType(allowDowngrade: boolean): number {
  return allowDowngrade ? UpgradeType.SAFE_DOWNGRADE : UpgradeType.UPGRADE
}

function failed(errorCode: ErrorCode, why: string): UpdateFeaturesResponse {
  const errorMessage = `No feature was updated: ${why}`
  return { throttleTimeMs: 0, errorCode, errorMessage, results: [] }
}
