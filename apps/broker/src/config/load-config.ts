import { readFileSync } from 'node:fs'

import { ConfigError, messageOf, nearestName } from '@pafka/base'

import type { BrokerConfig, ConfigProvenance, SetConfig } from './broker-config.ts'
import { type BrokerKey, brokerKeyNames, isBrokerKey } from './broker-keys.ts'
import { parseValues } from './broker-values.ts'
import {
  type ConfigSetting,
  environmentLayer,
  fileLayer,
  type LayerSettings,
  overrideLayer,
  programmaticLayer,
} from './config-layers.ts'
import { foreignKeyNames, isForeignKey } from './foreign-keys.ts'
import { isGuardedKey, refusal } from './refused-keys.ts'
import { resolveConfig } from './resolve-config.ts'
import { brokerKeyOfTopicConfig } from './topic-keys.ts'

/** Config keys as a program writes them: dotted names, checked by the compiler. */
export type ConfigSettings = { readonly [Key in BrokerKey]?: ConfigSetting | undefined }

/** The layers, weakest first; what is left out sets nothing. */
export interface ConfigSources {
  /** Path of a `server.properties`. */
  readonly file?: string | undefined
  /** Where `PAFKA_*` is looked for; nothing but this, not the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** `key=value`, each. */
  readonly overrides?: readonly string[]
  readonly settings?: ConfigSettings
}

export interface LoadedConfig {
  readonly config: BrokerConfig
  /** Lines for people; the keys that mean nothing here are all in one of them. */
  readonly warnings: readonly string[]
}

/** @throws {ConfigError} with everything that is wrong, all at once. */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const layers = [
    ...(sources.file === undefined ? [] : [readLayer(sources.file)]),
    environmentLayer(sources.env ?? {}),
    overrideLayer(sources.overrides ?? []),
    programmaticLayer(sources.settings ?? {}),
  ]
  const settings = new Map(layers.flatMap((layer) => [...layer.settings]))
  const sorted = sortSettings(settings)
  const problems = [...layers.flatMap((layer) => layer.problems), ...sorted.problems]
  const warnings = [...layers.flatMap((layer) => layer.warnings), ...sorted.warnings]
  const parsed = parseValues(sorted.set)
  const resolved = resolveConfig(parsed.values, sorted.set)
  const found = [...problems, ...parsed.problems, ...resolved.problems.map(located(sorted.set))]
  if (found.length > 0) throw new ConfigError(found)
  return { config: resolved.config, warnings: [...warnings, ...resolved.warnings] }
}

function readLayer(path: string): LayerSettings {
  try {
    return fileLayer(readFileSync(path), path)
  } catch (cause) {
    const reason = messageOf(cause)
    throw new ConfigError([`${path}: cannot be read: ${reason}`], { cause })
  }
}

interface SortedSettings {
  readonly set: Map<BrokerKey, SetConfig>
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

/** Parts what is served from what means nothing here, what is refused and what nobody knows. */
function sortSettings(settings: ReadonlyMap<string, SetConfig>): SortedSettings {
  const set = new Map<BrokerKey, SetConfig>()
  const foreign: string[] = []
  const problems: string[] = []
  for (const [name, written] of settings) {
    const refused = refusal(name, written.text)
    if (isBrokerKey(name)) set.set(name, written)
    else if (refused !== undefined) problems.push(`${written.where}: ${name}: ${refused}`)
    else if (isForeignKey(name) || isGuardedKey(name)) foreign.push(name)
    else problems.push(`${written.where}: ${unknownKey(name)}`)
  }
  const inert = [...set.keys()].filter((key) => isInert(key, set))
  const nothing = [...foreign, ...inert].toSorted()
  const line = `These keys mean nothing to this broker and change nothing: ${nothing.join(', ')}`
  return { set, warnings: nothing.length === 0 ? [] : [line], problems }
}

/** Keys of tiers say nothing without them, and of persistent memory nothing is prepared. */
function isInert(key: BrokerKey, set: ReadonlyMap<BrokerKey, SetConfig>): boolean {
  if (key === 'log.pmem.pool.ratio') return true
  const channel = set.get('log.channel.type')?.text ?? 'journal'
  if (channel === 'pmem' && key === 'storage.tiers.first.paths') return false
  return key.startsWith('storage.') && channel !== 'tiered'
}

function unknownKey(name: string): string {
  if (name === '') return 'no key before the value'
  const brokerKey = brokerKeyOfTopicConfig(name)
  if (brokerKey !== undefined) {
    return `${name} is a topic's config; the broker's key is ${brokerKey}`
  }
  const nearest = nearestName(name, [...brokerKeyNames(), ...foreignKeyNames()])
  return `unknown key ${name}; did you mean ${nearest}?`
}

/** Puts the place before a problem that begins with its key. */
function located(set: ConfigProvenance): (problem: string) => string {
  return (problem) => {
    const key = problem.slice(0, problem.indexOf(':'))
    const where = isBrokerKey(key) ? set.get(key)?.where : undefined
    return where === undefined || where === key ? problem : `${where}: ${problem}`
  }
}
