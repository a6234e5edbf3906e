import { assert } from '@pafka/base'

import type { BrokerConfig } from './broker-config.ts'
import { parseConfigValue } from './config-value.ts'
import type { ConfigTexts } from './dynamic-configs.ts'
import { type GroupKey, groupKeys, numberAt, SESSIONS } from './group-keys.ts'
import { parseGroupOffsetReset } from './group-offset-reset.ts'
import {
  camelCase,
  type ConfigValue,
  hasValuesOf,
  isConfigValue,
  type ValuesOf,
} from './key-table.ts'
import { groupConfigKeys } from './keys/group-config-keys.ts'

/** What a group's configs come to: `share.session.timeout.ms` is `shareSessionTimeoutMs`. */
export type GroupConfigValues = ValuesOf<typeof groupConfigKeys>

/** A group's own values within the bounds of the broker, else the broker's. */
export function groupConfigValues(texts: ConfigTexts, config: BrokerConfig): GroupConfigValues {
  const values = Object.fromEntries(
    groupKeys().map((key) => [
      camelCase(key.name),
      within(key, valueOf(key, texts, config), config),
    ]),
  )
  assert(hasValuesOf(groupConfigKeys, values), 'every config has a value')
  return values
}

/** Names of the configs that count as something else than they say: the bounds were others. */
export function cappedGroupKeys(texts: ConfigTexts, config: BrokerConfig): string[] {
  const capped = groupKeys().filter((key) => {
    const value = valueOf(key, texts, config)
    return within(key, value, config) !== value
  })
  return capped.map(({ name }) => name)
}

/** Why a group may not have these configs, in Kafka's words; undefined if it may. */
export function groupConfigProblem(texts: ConfigTexts, config: BrokerConfig): string | undefined {
  const reset = texts.get('share.auto.offset.reset')
  if (reset !== undefined && parseGroupOffsetReset(reset) === undefined) {
    return (
      `Invalid value ${reset} for configuration share.auto.offset.reset: It must be ` +
      "either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
    )
  }
  const values = new Map(groupKeys().map((key) => [key.name, valueOf(key, texts, config)]))
  const numberOf = (name: string): number => Number(values.get(name))
  for (const { name, least, most } of groupKeys()) {
    if (least !== undefined && numberOf(name) < numberAt(least, config)) {
      return `${name} must be greater than or equal to ${least}`
    }
    if (most !== undefined && numberOf(name) > numberAt(most, config)) {
      return `${name} must be less than or equal to ${most}`
    }
  }
  const isShort = SESSIONS.find(([session, beat]) => numberOf(session) <= numberOf(beat))
  return isShort && `${isShort[0]} must be greater than ${isShort[1]}`
}

function valueOf(
  { name, spec, broker }: GroupKey,
  texts: ConfigTexts,
  config: BrokerConfig,
): ConfigValue {
  const text = texts.get(name)
  const own = text === undefined ? undefined : parseConfigValue(name, spec, text)
  if (own !== undefined && 'value' in own) return own.value
  const inherited: unknown =
    broker === undefined ? undefined : Reflect.get(config, camelCase(broker))
  return isConfigValue(inherited) ? inherited : spec.default
}

function within({ least, most }: GroupKey, value: ConfigValue, config: BrokerConfig): ConfigValue {
  if (typeof value !== 'number') return value
  const low = least === undefined ? value : Math.max(value, numberAt(least, config))
  return most === undefined ? low : Math.min(low, numberAt(most, config))
}
