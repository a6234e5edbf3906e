import { assert } from '@pafka/base'

import type { ConfigProvenance } from './broker-config.ts'
import { brokerKeyNames, type BrokerKeys, brokerKeys } from './broker-keys.ts'
import { parseConfigValue } from './config-value.ts'
import {
  camelCase,
  type ConfigValue,
  hasValuesOf,
  type KeySpec,
  type ValuesOf,
} from './key-table.ts'

/** One property per key of the table, as it was written or its default. */
export type BrokerValues = ValuesOf<BrokerKeys>

export interface ParsedValues {
  /** Where a text could not be read, the default stands in. */
  readonly values: BrokerValues
  readonly problems: readonly string[]
}

/** Defaults with what was set over them. */
export function parseValues(set: ConfigProvenance): ParsedValues {
  const values: Record<string, ConfigValue> = {}
  const problems: string[] = []
  for (const key of brokerKeyNames()) {
    const spec: KeySpec = brokerKeys[key]
    values[camelCase(key)] = spec.default
    const written = set.get(key)
    if (written === undefined) continue
    const parsed = parseConfigValue(key, spec, written.text)
    if ('value' in parsed) values[camelCase(key)] = parsed.value
    else problems.push(`${written.where}: ${parsed.problem}`)
  }
  assert(hasValuesOf(brokerKeys, values), 'every key has a value')
  return { values, problems }
}
