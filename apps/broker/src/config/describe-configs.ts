import { assert } from '@pafka/base'

import type { BrokerConfig } from './broker-config.ts'
import { type BrokerKey, brokerKeyNames, brokerKeySpec } from './broker-keys.ts'
import {
  type ConfigEntry,
  ConfigSource,
  type ConfigSynonym,
  configTypeCode,
  plainDoc,
} from './config-entry.ts'
import { formatConfigValue, parseConfigValue } from './config-value.ts'
import {
  type ConfigTexts,
  type DynamicBrokerConfigs,
  effectiveConfig,
  noDynamicConfigs,
} from './dynamic-configs.ts'
import { camelCase, type ConfigValue, type KeySpec } from './key-table.ts'
import { topicConfigValues } from './topic-configs.ts'
import { topicKeyNames, topicKeySpec } from './topic-keys.ts'

/** Keys that name one thing finest unit first; the first that is set decides. */
const UNITS: readonly (readonly BrokerKey[])[] = [
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms'],
]

/**
 * Describes the configs of many topics. What the broker says of a key is the same for all of them,
 * and most set nothing: each different entry is made once. For one request: it remembers all.
 */
export class TopicConfigDescriber {
  readonly #config: BrokerConfig
  readonly #dynamic: DynamicBrokerConfigs
  readonly #inherited: ReadonlyMap<string, ConfigEntry>
  readonly #own = new Map<string, ConfigEntry>()

  constructor(config: BrokerConfig, dynamic: DynamicBrokerConfigs = noDynamicConfigs) {
    this.#config = config
    this.#dynamic = dynamic
    const values = topicConfigValues(new Map(), effectiveConfig(config, dynamic).config)
    const byName: ReadonlyMap<string, ConfigValue> = new Map(Object.entries<ConfigValue>(values))
    this.#inherited = new Map(
      topicKeyNames().map((name) => {
        const value = formatConfigValue(byName.get(camelCase(name)) ?? null)
        return [name, this.#entry(name, value, [])]
      }),
    )
  }

  /** Every config, with all synonyms. @param overrides what the topic sets itself. */
  describe(overrides: ConfigTexts): ConfigEntry[] {
    return Array.from(this.#inherited, ([name, inherited]) => {
      const text = overrides.get(name)
      return text === undefined ? inherited : this.#set(name, text, inherited)
    })
  }

  #set(name: string, text: string, inherited: ConfigEntry): ConfigEntry {
    const key = `${name}=${text}`
    const known = this.#own.get(key)
    if (known !== undefined) return known
    const spec = topicKeySpec(name)
    const parsed = spec && parseConfigValue(name, spec, text)
    const isValid = parsed !== undefined && 'value' in parsed
    const value = isValid ? formatConfigValue(parsed.value) : inherited.value
    const said = spec === undefined ? null : canonicalText(name, spec, text)
    const own = { name, value: said, source: ConfigSource.DYNAMIC_TOPIC }
    const entry = this.#entry(name, value, [own])
    this.#own.set(key, entry)
    return entry
  }

  #entry(name: string, value: string | null, own: readonly ConfigSynonym[]): ConfigEntry {
    const spec = topicKeySpec(name)
    assert(spec !== undefined, 'only keys of the table are described')
    const synonyms = [...own, ...brokerSynonyms(spec.broker, this.#config, this.#dynamic)]
    return entryOf({ name, spec, value, synonyms, readOnly: false })
  }
}

/** Every config of this broker, as DescribeConfigs answers it, with all synonyms. */
export function describeBrokerConfigs(
  config: BrokerConfig,
  dynamic: DynamicBrokerConfigs = noDynamicConfigs,
): ConfigEntry[] {
  return brokerKeyNames().flatMap((name) => {
    const spec = brokerKeySpec(name)
    if (spec === undefined) return []
    const own = brokerSynonyms([name], config, dynamic)
    const isId = name === 'broker.id' || name === 'node.id'
    return [
      entryOf({
        name,
        spec,
        value: isId ? String(config.nodeId) : (own[0]?.value ?? null),
        synonyms: brokerSynonyms(unitsOf(name), config, dynamic),
        readOnly: spec.update === undefined,
      }),
    ]
  })
}

/**
 * What this broker is, among its configs: the protocol has no place for it. Nothing sets it.
 * @param version undefined where nobody knows
 */
export function describeVersion(version: string | undefined): ConfigEntry[] {
  if (version === undefined) return []
  return [
    {
      ...{ name: 'pafka.version', value: version, readOnly: true, isSensitive: false },
      ...{ configSource: ConfigSource.DEFAULT, synonyms: [], configType: configTypeCode('string') },
      documentation: 'The version of this broker, which is told and cannot be set.',
    },
  ]
}

/** What was changed for all brokers: DescribeConfigs of the broker without a name. */
export function describeClusterConfigs(dynamic: DynamicBrokerConfigs): ConfigEntry[] {
  return [...dynamic.cluster].flatMap(([name, text]) => {
    const spec = brokerKeySpec(name)
    if (spec === undefined) return []
    const value = canonicalText(name, spec, text)
    const source = ConfigSource.DYNAMIC_DEFAULT_BROKER
    return [entryOf({ name, spec, value, synonyms: [{ name, value, source }], readOnly: false })]
  })
}

interface EntryParts {
  readonly name: string
  readonly spec: KeySpec
  readonly value: string | null
  readonly synonyms: readonly ConfigSynonym[]
  readonly readOnly: boolean
}

export function entryOf({ name, spec, value, synonyms, readOnly }: EntryParts): ConfigEntry {
  const isSensitive = spec.type === 'password'
  return {
    name,
    value: isSensitive ? null : value,
    readOnly,
    configSource: synonyms[0]?.source ?? ConfigSource.DEFAULT,
    isSensitive,
    synonyms: isSensitive ? synonyms.map((one) => ({ ...one, value: null })) : synonyms,
    configType: configTypeCode(spec.type),
    documentation: plainDoc(spec.doc),
  }
}

function unitsOf(name: BrokerKey): readonly BrokerKey[] {
  const units = UNITS.find((group) => group.includes(name))
  // The coarser unit does not follow the finer one: it is the other way round.
  return units === undefined ? [name] : units.slice(units.indexOf(name))
}

/** Everything that sets one of `names`, the strongest first, down to the default. */
export function brokerSynonyms(
  names: readonly BrokerKey[],
  config: BrokerConfig,
  dynamic: DynamicBrokerConfigs,
): ConfigSynonym[] {
  const layers = [
    [ConfigSource.DYNAMIC_BROKER, (name: BrokerKey) => dynamic.broker.get(name)],
    [ConfigSource.DYNAMIC_DEFAULT_BROKER, (name: BrokerKey) => dynamic.cluster.get(name)],
    [ConfigSource.STATIC_BROKER, (name: BrokerKey) => config.provenance.get(name)?.text],
    [ConfigSource.DEFAULT, defaultText],
  ] as const
  return layers.flatMap(([source, textOf]) =>
    names.flatMap((name) => {
      const text = textOf(name)
      const spec = brokerKeySpec(name)
      if (text === undefined || spec === undefined) return []
      return [{ name, value: canonicalText(name, spec, text), source }]
    }),
  )
}

function defaultText(name: BrokerKey): string | undefined {
  const spec = brokerKeySpec(name)
  return spec === undefined ? undefined : (formatConfigValue(spec.default) ?? undefined)
}

/** A text in Kafka's form, so without the spaces that somebody wrote around it. */
export function canonicalText(
  name: string,
  spec: KeySpec,
  text: string | undefined,
): string | null {
  if (text === undefined) return null
  const parsed = parseConfigValue(name, spec, text)
  // 2^63 - 2 and the like would come back rounded.
  if ('problem' in parsed || typeof parsed.value === 'number') return text.trim()
  return formatConfigValue(parsed.value)
}
