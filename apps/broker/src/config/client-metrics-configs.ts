import { clientMetricsKeys } from './keys/client-metrics-keys.ts'
import { type ConfigEntry, ConfigSource, configTypeCode, plainDoc } from './config-entry.ts'
import { formatConfigValue, parseConfigValue } from './config-value.ts'
import type { ConfigTexts } from './dynamic-configs.ts'
import {
  camelCase,
  type ConfigValue,
  hasValuesOf,
  type KeySpec,
  type ValuesOf,
} from './key-table.ts'

/** What the configs of a subscription come to. */
export type ClientMetricsValues = ValuesOf<typeof clientMetricsKeys>

const table: ReadonlyMap<string, KeySpec> = new Map(Object.entries<KeySpec>(clientMetricsKeys))

/** undefined for a name that the table has not. */
export function clientMetricsKeySpec(name: string): KeySpec | undefined {
  return table.get(name)
}

/** What is set, else the default. */
export function clientMetricsValues(configs: ConfigTexts): ClientMetricsValues {
  const values: Record<string, ConfigValue> = {}
  for (const [name, spec] of table) {
    const text = configs.get(name)
    const parsed = text === undefined ? undefined : parseConfigValue(name, spec, text)
    values[camelCase(name)] =
      parsed !== undefined && 'value' in parsed ? parsed.value : spec.default
  }
  if (!hasValuesOf(clientMetricsKeys, values)) throw new TypeError('every config has a value')
  return values
}

/** All configs of a subscription, as DescribeConfigs answers them. */
export function describeClientMetrics(configs: ConfigTexts): ConfigEntry[] {
  return Array.from(table, ([name, spec]): ConfigEntry => {
    const text = configs.get(name)
    const value = text ?? formatConfigValue(spec.default)
    const source = ConfigSource.DYNAMIC_CLIENT_METRICS
    return {
      name,
      value,
      readOnly: false,
      configSource: text === undefined ? ConfigSource.DEFAULT : source,
      isSensitive: false,
      synonyms: text === undefined ? [] : [{ name, value, source }],
      configType: configTypeCode(spec.type),
      documentation: plainDoc(spec.doc),
    }
  })
}
