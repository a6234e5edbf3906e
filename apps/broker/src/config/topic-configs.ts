import { assert } from '@pafka/base'
import type { LogConfig } from '@pafka/log'

import type { BrokerConfig } from './broker-config.ts'
import { parseConfigValue } from './config-value.ts'
import type { ConfigTexts } from './dynamic-configs.ts'
import { camelCase, type ConfigValue, hasValuesOf, isConfigValue } from './key-table.ts'
import { tierWishProblem } from './tier-wishes.ts'
import { type TopicConfigValues, topicKeyNames, topicKeys, topicKeySpec } from './topic-keys.ts'

/** Where each config of a topic is kept; there may be ten thousand topics to look at in a start. */
const places = topicKeyNames().flatMap((name) => {
  const spec = topicKeySpec(name)
  if (spec === undefined) return []
  const [brokerKey] = spec.broker
  const inheritsFrom = brokerKey === undefined ? undefined : camelCase(brokerKey)
  return [{ name, spec, property: camelCase(name), inheritsFrom }]
})

/**
 * What a topic's configs come to: its own, else the broker's default for all topics.
 * @param config in force, so with what was changed at run time: `effectiveConfig`.
 */
export function topicConfigValues(overrides: ConfigTexts, config: BrokerConfig): TopicConfigValues {
  const values: Record<string, ConfigValue> = {}
  for (const { name, spec, property, inheritsFrom } of places) {
    const text = overrides.get(name)
    const own = text === undefined ? undefined : parseConfigValue(name, spec, text)
    // A broker key has the type of its topic config: a test compares the two tables.
    const inherited: unknown =
      inheritsFrom === undefined ? undefined : Reflect.get(config, inheritsFrom)
    const fallback = isConfigValue(inherited) ? inherited : spec.default
    values[property] = own !== undefined && 'value' in own ? own.value : fallback
  }
  assert(hasValuesOf(topicKeys, values), 'every config has a value')
  return values
}

/** Why a topic cannot have the channel that it asks for; undefined when it can. */
export function channelProblem(overrides: ConfigTexts, config: BrokerConfig): string | undefined {
  const { channelType } = topicConfigValues(overrides, config)
  const { logChannelType } = config
  if (channelType === logChannelType) return undefined
  return (
    `channel.type ${channelType} is not served yet: ` +
    `only the value of log.channel.type is, ${logChannelType}`
  )
}

/**
 * What of a topic's stored configs does not count, and why, in Kafka's words.
 * @param config in force: `effectiveConfig`
 */
export function topicConfigProblems(overrides: ConfigTexts, config: BrokerConfig): string[] {
  const channel = overrides.has('channel.type') ? channelProblem(overrides, config) : undefined
  const problems = [...textProblems(overrides), channel, tierWishProblem(overrides, config)]
  return problems.filter((problem) => problem !== undefined)
}

function textProblems(overrides: ConfigTexts): string[] {
  return Array.from(overrides).flatMap(([name, text]) => {
    const spec = topicKeySpec(name)
    if (spec === undefined) return [`Unknown topic config name: ${name}`]
    const parsed = parseConfigValue(name, spec, text)
    return 'problem' in parsed ? [parsed.problem] : []
  })
}

/** What a topic's configs mean to its logs. @param config in force: `effectiveConfig`. */
export function logConfigOf(overrides: ConfigTexts, config: BrokerConfig): LogConfig {
  const values = topicConfigValues(overrides, config)
  return { ...values, cleanupPolicy: cleanupPolicyOf(values.cleanupPolicy) }
}

function cleanupPolicyOf(policies: TopicConfigValues['cleanupPolicy']): LogConfig['cleanupPolicy'] {
  const deletes = policies.includes('delete')
  if (policies.includes('compact')) return deletes ? 'compact,delete' : 'compact'
  return deletes ? 'delete' : 'none'
}
