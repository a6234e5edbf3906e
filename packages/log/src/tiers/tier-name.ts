/** What people call media: an expectation, no proof of what one can do. */
export const TIER_MEDIA = ['PMEM', 'NVME', 'SSD', 'HDD'] as const

export type TierMedium = (typeof TIER_MEDIA)[number]

/** A medium; where several tiers are of one, with a name of its own behind it: `SSD-big`. */
export type TierName = TierMedium | `${TierMedium}-${string}`

const NAME = new RegExp(`^(${TIER_MEDIA.join('|')})(-[A-Za-z0-9._-]{1,32})?$`)

export function isTierName(text: string): text is TierName {
  return NAME.test(text)
}
