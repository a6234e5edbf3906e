/** Tiers after the second, in order, as their keys name them. */
export const LATER_TIERS = ['third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth'] as const

type LaterTier = (typeof LATER_TIERS)[number]

interface LaterKey<Default> {
  readonly type: 'list'
  readonly default: Default
  readonly importance: 'medium'
  readonly own: true
  readonly doc: string
}

type LaterPaths = {
  readonly [Tier in LaterTier as `storage.tiers.${Tier}.paths`]: LaterKey<null>
}
type LaterSizes = {
  readonly [Tier in LaterTier as `storage.tiers.${Tier}.sizes`]: LaterKey<readonly ['-1']>
}
export type LaterTierKeys = LaterPaths & LaterSizes

const facts = { type: 'list', importance: 'medium', own: true } as const

/** Of tiers that not everybody has. */
export const laterTierKeys: LaterTierKeys = Object.fromEntries(
  LATER_TIERS.flatMap((tier) => [
    [
      `storage.tiers.${tier}.paths`,
      { ...facts, default: null, doc: `Folders of the ${tier} tier: log dirs, too.` },
    ],
    [
      `storage.tiers.${tier}.sizes`,
      { ...facts, default: ['-1'], doc: `As \`storage.tiers.first.sizes\`, of the ${tier} tier.` },
    ],
  ]),
) as LaterTierKeys
