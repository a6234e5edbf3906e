import type { BrokerValues } from './broker-values.ts'
import { LATER_TIERS } from './keys/later-tier-keys.ts'

/** What is configured of one tier. */
export interface TierSettings {
  /** Both of its keys begin so. */
  readonly key: string
  readonly paths: readonly string[]
  readonly sizes: readonly string[]
}

const ORDINALS = ['first', 'second', ...LATER_TIERS] as const

/** Of all tiers that there may be, fastest first. */
export function tierSettings(values: BrokerValues): TierSettings[] {
  return ORDINALS.map((ordinal) => {
    const name = capitalized(ordinal)
    return {
      key: `storage.tiers.${ordinal}`,
      paths: values[`storageTiers${name}Paths`] ?? [],
      sizes: values[`storageTiers${name}Sizes`],
    }
  })
}

function capitalized<Word extends string>(word: Word): Capitalize<Word> {
  return (word.charAt(0).toUpperCase() + word.slice(1)) as Capitalize<Word>
}
