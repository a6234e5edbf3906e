import type { TopicWish } from '@pafka/migrator'

import type { BrokerConfig } from './broker-config.ts'
import { splitList } from './config-value.ts'
import type { ConfigTexts } from './dynamic-configs.ts'

const PIN = 'storage.tier.pin'
const EXCLUDE = 'storage.tier.exclude'
const PREFER = 'storage.tier.prefer'

/** Configs of a topic that say which tiers it wants. */
export const tierWishKeys: readonly string[] = [PIN, EXCLUDE, PREFER]

/** What a topic wants of tiers. Hot while segments are first listed: most topics want nothing. */
export function tierWishOf(configs: ConfigTexts | undefined, { tiers }: BrokerConfig): TopicWish {
  if (configs === undefined || !tierWishKeys.some((key) => configs.has(key))) return {}
  const named = (texts: readonly string[]): TopicWish['exclude'] & object =>
    tiers.flatMap(({ name }) => (texts.includes(name) ? [name] : []))
  const [pin] = named([configs.get(PIN) ?? ''])
  const [prefer] = named([configs.get(PREFER) ?? ''])
  const exclude = named(splitList(configs.get(EXCLUDE) ?? ''))
  return { ...(pin && { pin }), ...(prefer && { prefer }), exclude }
}

/**
 * Why a topic cannot have what it wants of tiers, in Kafka's words; undefined when it can. Without
 * tiers any name may be one: the same topics are made on brokers with and without.
 */
export function tierWishProblem(configs: ConfigTexts, { tiers }: BrokerConfig): string | undefined {
  const excluded = splitList(configs.get(EXCLUDE) ?? '')
  const wanted = [PIN, PREFER].flatMap((key) => {
    const name = configs.get(key)
    return name === undefined ? [] : [{ key, name }]
  })
  const names: readonly string[] = tiers.map(({ name }) => name)
  const all = [...wanted, ...excluded.map((name) => ({ key: EXCLUDE, name }))]
  const unknown = all.find(({ name }) => names.length > 0 && !names.includes(name))
  if (unknown !== undefined) {
    const { key, name } = unknown
    const known = names.join(', ')
    return `Invalid value ${name} for configuration ${key}: String must be one of: ${known}`
  }
  const torn = wanted.find(({ name }) => excluded.includes(name))
  if (torn !== undefined) {
    const both = `${torn.key} (${torn.name}) and ${EXCLUDE} (${excluded.join(',')})`
    return `conflict topic config setting ${both}`
  }
  if (names.length === 0 || names.some((name) => !excluded.includes(name))) return undefined
  return `Invalid value ${excluded.join(',')} for configuration ${EXCLUDE}: One tier must be left`
}
