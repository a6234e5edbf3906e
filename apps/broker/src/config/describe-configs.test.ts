import { expect, test } from 'vitest'

import { brokerKeyNames } from './broker-keys.ts'
import { type ConfigEntry, ConfigSource } from './config-entry.ts'
import {
  describeBrokerConfigs,
  describeClusterConfigs,
  describeVersion,
  TopicConfigDescriber,
} from './describe-configs.ts'
import type { ConfigTexts, DynamicBrokerConfigs } from './dynamic-configs.ts'
import type { BrokerConfig } from './broker-config.ts'
import { loadConfig } from './load-config.ts'
import { topicKeyNames } from './topic-keys.ts'

const plain = loadConfig().config

function describeTopicConfigs(
  overrides: ConfigTexts,
  config: BrokerConfig,
  dynamic?: DynamicBrokerConfigs,
): ConfigEntry[] {
  return new TopicConfigDescriber(config, dynamic).describe(overrides)
}

function entry(entries: readonly ConfigEntry[], name: string): ConfigEntry {
  const found = entries.find((one) => one.name === name)
  if (found === undefined) throw new Error(`${name} is not described`)
  return found
}

/** `value, source code, [synonym=value source, ...]`, as one would read it from a tool. */
function line(entries: readonly ConfigEntry[], name: string): string {
  const { value, configSource, synonyms } = entry(entries, name)
  const others = synonyms.map((one) => `${one.name}=${one.value} ${one.source}`)
  return `${value}, ${configSource}, [${others.join(', ')}]`
}

test('every config of a topic is described, with type and documentation', () => {
  const entries = describeTopicConfigs(new Map(), plain)
  expect(entries.map(({ name }) => name)).toEqual(topicKeyNames())
  expect(entries.filter(({ documentation }) => (documentation ?? '').length < 10)).toEqual([])
  expect(entry(entries, 'retention.ms')).toEqual({
    name: 'retention.ms',
    value: '604800000',
    readOnly: false,
    configSource: ConfigSource.DEFAULT,
    isSensitive: false,
    synonyms: [{ name: 'log.retention.hours', value: '168', source: ConfigSource.DEFAULT }],
    configType: 5,
    documentation: 'Age at which a segment is deleted; -1 never.',
  })
  expect(entry(entries, 'cleanup.policy').configType).toBe(7)
  expect(entry(entries, 'preallocate').configType).toBe(1)
})

/** The lines are what Kafka 4.3.1 answered after the same settings. */
test('a topic config says all that sets it, the strongest first', () => {
  const { config } = loadConfig({ settings: { 'log.retention.hours': 5 } })
  const dynamic = {
    broker: new Map([['log.retention.ms', '700000']]),
    cluster: new Map([['log.retention.ms', '600000']]),
  }
  const inherited =
    'log.retention.ms=700000 2, log.retention.ms=600000 3, ' +
    'log.retention.hours=5 4, log.retention.hours=168 5'
  expect(line(describeTopicConfigs(new Map(), config, dynamic), 'retention.ms')).toBe(
    `700000, 2, [${inherited}]`,
  )
  const own = new Map([['retention.ms', ' 5000 ']])
  expect(line(describeTopicConfigs(own, config, dynamic), 'retention.ms')).toBe(
    `5000, 1, [retention.ms=5000 1, ${inherited}]`,
  )
})

test('values are in the form of Kafka', () => {
  const own = new Map([
    ['cleanup.policy', 'compact, delete'],
    ['flush.ms', '9007199254740993'],
  ])
  const entries = describeTopicConfigs(own, plain)
  expect(line(entries, 'cleanup.policy')).toBe(
    'compact,delete, 1, [cleanup.policy=compact,delete 1, log.cleanup.policy=delete 5]',
  )
  expect(line(entries, 'flush.messages')).toBe(
    '9223372036854775807, 5, [log.flush.interval.messages=9223372036854775807 5]',
  )
  expect(line(entries, 'leader.replication.throttled.replicas')).toBe(', 5, []')
})

test('many topics are described with one entry for all that say the same', () => {
  const describer = new TopicConfigDescriber(plain)
  const texts: ReadonlyMap<string, string>[] = ['5', '6', '5'].map(
    (ms) => new Map([['retention.ms', ms]]),
  )
  const described = texts.map((own) => describer.describe(own))
  expect(described).toEqual(texts.map((own) => describeTopicConfigs(own, plain)))
  const different = new Set(described.flat())
  expect(different.size).toBe(topicKeyNames().length + 1) // two retentions, the rest is shared
})

test('every config of the broker is described, and who may change it', () => {
  const { config } = loadConfig({
    settings: { 'node.id': 4, listeners: 'PLAINTEXT://localhost:0', 'log.dirs': 'a,b' },
  })
  const entries = describeBrokerConfigs(config)
  expect(entries.map(({ name }) => name)).toEqual(brokerKeyNames())
  expect(line(entries, 'node.id')).toBe('4, 4, [node.id=4 4, node.id=1 5]')
  expect(entry(entries, 'broker.id').value).toBe('4')
  expect(line(entries, 'listeners')).toBe(
    'PLAINTEXT://localhost:0, 4, [listeners=PLAINTEXT://localhost:0 4, ' +
      'listeners=PLAINTEXT://:9092 5]',
  )
  expect(line(entries, 'log.dirs')).toBe('a,b, 4, [log.dirs=a,b 4]')
  expect(line(entries, 'advertised.listeners')).toBe('null, 5, []')
  expect(entry(entries, 'num.partitions').readOnly).toBe(true)
  expect(entry(entries, 'log.retention.ms').readOnly).toBe(false)
  expect(entry(entries, 'log.retention.hours').readOnly).toBe(true)
})

test('what was changed for all brokers is described alone', () => {
  const dynamic = { broker: new Map(), cluster: new Map([['message.max.bytes', '2000']]) }
  const entries = describeClusterConfigs(dynamic)
  expect(entries.map(({ name }) => name)).toEqual(['message.max.bytes'])
  expect(line(entries, 'message.max.bytes')).toBe('2000, 3, [message.max.bytes=2000 3]')
  expect(line(describeBrokerConfigs(plain, dynamic), 'message.max.bytes')).toBe(
    '2000, 3, [message.max.bytes=2000 3, message.max.bytes=1048588 5]',
  )
})

test('a version is told where it is known', () => {
  expect(describeVersion('1.2.3')).toMatchObject([{ name: 'pafka.version', value: '1.2.3' }])
  expect(describeVersion(undefined)).toEqual([])
})
