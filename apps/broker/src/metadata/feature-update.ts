import { type Feature, METADATA_VERSION } from './feature-table.ts'

/** Which way a level may go. Source: Kafka `FeatureUpdate.UpgradeType`. */
export const UpgradeType = { UPGRADE: 1, SAFE_DOWNGRADE: 2, UNSAFE_DOWNGRADE: 3 } as const

/** One change as somebody asks for it. */
export interface FeatureUpdate {
  readonly name: string
  readonly level: number
  readonly upgradeType: number
}

const DOWNGRADES: readonly number[] = [UpgradeType.SAFE_DOWNGRADE, UpgradeType.UNSAFE_DOWNGRADE]

/**
 * Decides one change, in the order in which Kafka looks.
 * @param current the level now, of a feature that there is
 * @returns why it is refused, if it is
 */
export function featureUpdateProblem(
  { level, upgradeType }: FeatureUpdate,
  feature: Feature | undefined,
  current: number,
): string | undefined {
  const isDowngrade = DOWNGRADES.includes(upgradeType)
  if (!isDowngrade && upgradeType !== UpgradeType.UPGRADE) {
    return `There is no upgrade type ${upgradeType}.`
  }
  if (level < 0) return 'A level cannot be less than 0.'
  if (feature === undefined) return 'This broker does not know the feature.'
  const { name, minLevel, maxLevel } = feature
  if (level < minLevel || level > maxLevel) {
    return `This broker knows its levels ${minLevel} to ${maxLevel} only.`
  }
  if (level < current && !isDowngrade) {
    return `It is at ${current}: to lower it the upgrade type must be a downgrade, safe or unsafe.`
  }
  if (level > current && isDowngrade) return `It is at ${current}: that is no downgrade.`
  if (level > feature.level) return `This broker does not do more than ${feature.level} yet.`
  if (level < current && name === METADATA_VERSION) {
    return `It cannot go back from ${current}: metadata might be lost.`
  }
  return undefined
}
