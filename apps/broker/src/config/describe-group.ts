import type { BrokerConfig } from './broker-config.ts'
import { type ConfigEntry, ConfigSource } from './config-entry.ts'
import { formatConfigValue } from './config-value.ts'
import { brokerSynonyms, canonicalText, entryOf } from './describe-configs.ts'
import type { ConfigTexts, DynamicBrokerConfigs } from './dynamic-configs.ts'
import { groupKeys } from './group-keys.ts'

/** All configs of a group, as DescribeConfigs answers them, with all synonyms. */
export function describeGroup(
  texts: ConfigTexts,
  config: BrokerConfig,
  dynamic: DynamicBrokerConfigs,
): ConfigEntry[] {
  return groupKeys().map(({ name, spec, broker }) => {
    const text = texts.get(name)
    const value = canonicalText(name, spec, text)
    const own = { name, value, source: ConfigSource.DYNAMIC_GROUP }
    const fallback = { name, value: formatConfigValue(spec.default), source: ConfigSource.DEFAULT }
    const inherited = broker === undefined ? [fallback] : brokerSynonyms([broker], config, dynamic)
    const synonyms = text === undefined ? inherited : [own, ...inherited]
    return entryOf({ name, spec, value: synonyms[0]?.value ?? null, synonyms, readOnly: false })
  })
}
