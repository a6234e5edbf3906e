import type { TopicWish } from '@pafka/migrator'

import type { BrokerConfig } from './broker-config.ts'
import { splitList } from './config-value.ts'
import type { ConfigTexts } from './dynamic-configs.ts'

const PIN = 'storage.tier.pin'
const EXCLUDE = 'storage.tier.exclude'
const PREFER = 'storage.tier.prefer'

/** Configs of a topic that say which tiers it wants. */
const tierWishKeys: readonly string[] = [PIN, EXCLUDE, PREFER]

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

interface Named {
  readonly key: string
  readonly name: string
}

/**
 * Why a topic cannot have what it wants of tiers, in Kafka's words; undefined when it can. Without
 * tiers any name may be one: the same topics are made on brokers with and without.
 * @param before what it had: a tier that is gone since hinders no change of anything else
 */
export function tierWishProblem(
  configs: ConfigTexts,
  { tiers }: BrokerConfig,
  before: ConfigTexts = new Map(),
): string | undefined {
  const list = configs.get(EXCLUDE) ?? ''
  if (list !== before.get(EXCLUDE) && list !== '' && splitList(list).length === 0) {
    return `Invalid value ${list} for configuration ${EXCLUDE}: It names no tier`
  }
  const [wanted, shunned] = [wantedOf(configs), shunnedOf(configs)]
  const old = [...wantedOf(before), ...shunnedOf(before)]
  const isNew = ({ key, name }: Named): boolean =>
    !old.some((one) => one.key === key && one.name === name)
  const excluded = shunned.map(({ name }) => name)
  const names: readonly string[] = tiers.map(({ name }) => name)
  const added = [...wanted, ...shunned].filter(isNew)
  const unknown = added.find(({ name }) => names.length > 0 && !names.includes(name))
  if (unknown !== undefined) {
    const { key, name } = unknown
    const known = names.join(', ')
    return `Invalid value ${name} for configuration ${key}: String must be one of: ${known}`
  }
  const torn = wanted.find(
    (one) => excluded.includes(one.name) && (isNew(one) || isNew({ ...one, key: EXCLUDE })),
  )
  if (torn !== undefined) {
    const both = `${torn.key} (${torn.name}) and ${EXCLUDE} (${excluded.join(',')})`
    return `conflict topic config setting ${both}`
  }
  if (!added.some(({ key }) => key === EXCLUDE)) return undefined
  if (names.length === 0 || names.some((name) => !excluded.includes(name))) return undefined
  return `Invalid value ${excluded.join(',')} for configuration ${EXCLUDE}: One tier must be left`
}

function wantedOf(configs: ConfigTexts): Named[] {
  return [PIN, PREFER].flatMap((key) => {
    const name = configs.get(key)
    return name === undefined ? [] : [{ key, name }]
  })
}

function shunnedOf(configs: ConfigTexts): Named[] {
  return splitList(configs.get(EXCLUDE) ?? '').map((name) => ({ key: EXCLUDE, name }))
}
