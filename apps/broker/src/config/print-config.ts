import type { BrokerConfig } from './broker-config.ts'
import { describeBrokerConfigs } from './describe-configs.ts'

export interface PrintOptions {
  /** Only what somebody set. */
  readonly onlySet: boolean
}

/** The configuration as properties, one key a line, each with where it is from. */
export function printConfig(config: BrokerConfig, { onlySet }: PrintOptions): string {
  return describeBrokerConfigs(config)
    .filter(({ name }) => !onlySet || placeOf(config, name) !== 'default')
    .map(({ name, value, isSensitive }) => {
      const where = placeOf(config, name)
      const shown = isSensitive ? '(hidden)' : escapeProperty(value ?? '')
      // Not set is not the same as set to nothing, so that line must not be read back.
      if (value === null && !isSensitive) return `# ${name} is not set\n`
      return `# ${where}\n${name}=${shown}\n`
    })
    .join('')
}

function placeOf(config: BrokerConfig, name: string): string {
  for (const [key, set] of config.provenance) if (key === name) return set.where
  return 'default'
}

function escapeProperty(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
}
