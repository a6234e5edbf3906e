import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { brokerKeyNames, brokerKeySpec, isBrokerKey } from './broker-keys.ts'
import { formatConfigValue, validRange } from './config-value.ts'
import { foreignKeys, isForeignKey } from './foreign-keys.ts'
import { camelCase, type KeySpec } from './key-table.ts'
import { loadConfig } from './load-config.ts'
import { isGuardedKey } from './refused-keys.ts'
import { topicConfigValues } from './topic-configs.ts'
import { topicKeyNames, topicKeys, topicKeySpec } from './topic-keys.ts'

const FACTS = join(import.meta.dirname, '../../../../../shared/protocol-facts')

interface Fact {
  readonly name: string
  readonly type: string
  readonly default: string | number | boolean | null
  readonly valid: string | null
}

function facts(file: string): readonly Fact[] {
  const parsed: unknown = JSON.parse(readFileSync(join(FACTS, file), 'utf8'))
  return Array.isArray(parsed) ? parsed.filter(isFact) : []
}

function isFact(value: unknown): value is Fact {
  return typeof value === 'object' && value !== null && 'name' in value && 'valid' in value
}

/** The default and range of a key, in one form for both sides. */
function ofFact({ type, default: text, valid }: Fact): unknown {
  // The facts say (required) for no default, and JSON has made a double of a long.
  const isLongMax = type === 'LONG' && typeof text === 'number' && text >= 2 ** 63
  const printed = type === 'DOUBLE' ? String(text).replace('e+', 'E') : String(text ?? '')
  const plain = isLongMax ? '9223372036854775807' : printed
  const isList = valid?.startsWith('[') === true && !valid.startsWith('[partitionId]')
  const sorted = isList && valid !== null && !valid.includes('...') ? sortedValues(valid) : valid
  return { type: type.toLowerCase(), default: plain, valid: isList ? sorted : '' }
}

function ofSpec(spec: KeySpec): unknown {
  const valid = validRange(spec)
  const sorted = valid.includes('...') ? valid : sortedValues(valid)
  return { type: spec.type, default: formatConfigValue(spec.default) ?? '', valid: sorted }
}

function sortedValues(valid: string): string {
  return valid
    .replace(/^\[|\]$/g, '')
    .split(', ')
    .toSorted()
    .join(', ')
}

/** Kafka knows them only as changes at run time. Source: `DynamicConfig.Broker`. */
const ONLY_DYNAMIC = ['replica.alter.log.dirs.io.max.bytes.per.second']

describe.skipIf(!existsSync(FACTS))('Kafka 4.3', () => {
  const brokerFacts = existsSync(FACTS) ? facts('broker-configs.json') : []
  const topicFacts = existsSync(FACTS) ? facts('topic-configs.json') : []

  test('has no key that is unknown here', () => {
    const unknown = brokerFacts.filter(
      ({ name }) => brokerKeySpec(name) === undefined && !isForeignKey(name) && !isGuardedKey(name),
    )
    expect(unknown.map(({ name }) => name)).toEqual([])
    expect(brokerFacts.length).toBeGreaterThan(250)
  })

  test('has every key that is served here, but for our own', () => {
    const known = new Set([...brokerFacts.map(({ name }) => name), ...ONLY_DYNAMIC])
    const own = brokerKeyNames().filter((name) => !known.has(name))
    const marked = brokerKeyNames().filter((name) => brokerKeySpec(name)?.own === true)
    expect(own).toEqual(marked)
  })

  test('has the types, defaults and ranges of the table, but for the deviations', () => {
    const served = brokerFacts.filter(({ name }) => isBrokerKey(name))
    const differing = served.filter((fact) => {
      const spec = brokerKeySpec(fact.name)
      return spec !== undefined && JSON.stringify(ofSpec(spec)) !== JSON.stringify(ofFact(fact))
    })
    const explained = brokerKeyNames().filter(
      (name) => brokerKeySpec(name)?.deviation !== undefined,
    )
    expect(differing.map(({ name }) => name).toSorted()).toEqual(explained.toSorted())
    expect(explained.length).toBeGreaterThan(0)
  })

  test('has the topic configs of the table, their types, defaults and ranges', () => {
    const ours = topicKeyNames().flatMap((name): [string, unknown][] => {
      const spec = topicKeySpec(name)
      return spec === undefined || spec.own === true ? [] : [[name, ofSpec(spec)]]
    })
    const theirs = topicFacts.map((fact): [string, unknown] => [fact.name, ofFact(fact)])
    expect(new Map(ours)).toEqual(new Map(theirs))
    expect(theirs.length).toBeGreaterThan(30)
  })
})

test('no key is both served and passed over', () => {
  const foreign = foreignKeys.flatMap(({ names }) => names)
  expect(foreign.filter((name) => isBrokerKey(name) || isGuardedKey(name))).toEqual([])
})

test('the defaults that topics inherit are those of their own table', () => {
  const values = topicConfigValues(new Map(), loadConfig().config)
  const own = topicKeyNames().map((name) => [camelCase(name), topicKeys[name].default])
  expect(values).toEqual(Object.fromEntries(own))
})
