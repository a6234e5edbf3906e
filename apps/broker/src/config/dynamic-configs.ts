import type { BrokerConfig, SetConfig } from './broker-config.ts'
import { type BrokerKey, isBrokerKey } from './broker-keys.ts'
import { parseValues } from './broker-values.ts'
import { type Resolution, resolveConfig } from './resolve-config.ts'

/** Config texts by dotted name. */
export type ConfigTexts = ReadonlyMap<string, string>

/** What was changed while the broker runs, through AlterConfigs. */
export interface DynamicBrokerConfigs {
  /** For this broker; stronger than `cluster`. */
  readonly broker: ConfigTexts
  /** For every broker of the cluster. */
  readonly cluster: ConfigTexts
}

export const noDynamicConfigs: DynamicBrokerConfigs = { broker: new Map(), cluster: new Map() }

/**
 * The configuration in force: what was changed at run time over what was set at start.
 * @returns problems where both together make no sense; `config` then does not count.
 */
export function effectiveConfig(config: BrokerConfig, dynamic: DynamicBrokerConfigs): Resolution {
  if (dynamic.broker.size === 0 && dynamic.cluster.size === 0) {
    return { config, warnings: [], problems: [] }
  }
  const set = new Map<BrokerKey, SetConfig>(config.provenance)
  for (const [layer, texts] of Object.entries({
    cluster: dynamic.cluster,
    broker: dynamic.broker,
  })) {
    for (const [name, text] of texts) {
      if (isBrokerKey(name)) set.set(name, { layer: 'dynamic', where: layer, text })
    }
  }
  const parsed = parseValues(set)
  const resolved = resolveConfig(parsed.values, set)
  return { ...resolved, problems: [...parsed.problems, ...resolved.problems] }
}
