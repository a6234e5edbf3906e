import { expect, test } from 'vitest'

import { errorName } from '@pafka/protocol'

import {
  alterConfigs,
  type AlterOutcome,
  type AlterScope,
  type ConfigChange,
  ConfigOperation,
  newTopicConfigs,
  replaceConfigs,
} from './alter-configs.ts'
import { noDynamicConfigs } from './dynamic-configs.ts'
import { loadConfig } from './load-config.ts'

const { config } = loadConfig()
const topic: AlterScope = { kind: 'topic', config }
const cluster: AlterScope = { kind: 'broker', level: 'cluster', config, dynamic: noDynamicConfigs }
const { SET, DELETE, APPEND, SUBTRACT } = ConfigOperation

function change(name: string, configOperation: number, value: string | null): ConfigChange {
  return { name, configOperation, value }
}

function said(outcome: AlterOutcome): unknown {
  if ('next' in outcome) return Object.fromEntries(outcome.next)
  return `${errorName(outcome.errorCode)}: ${outcome.message}`
}

test('configs are set, deleted and kept in the form of Kafka', () => {
  const current = new Map([
    ['retention.ms', '5'],
    ['segment.bytes', '2000000'],
  ])
  const outcome = alterConfigs(
    current,
    [
      change('retention.ms', DELETE, null),
      change('cleanup.policy', SET, ' compact , delete '),
      change('preallocate', SET, 'TRUE'),
      change('flush.ms', SET, ' 9007199254740993 '),
      change('nonsense', DELETE, null),
    ],
    topic,
  )
  expect(said(outcome)).toEqual({
    'segment.bytes': '2000000',
    'cleanup.policy': 'compact,delete',
    preallocate: 'true',
    'flush.ms': '9007199254740993',
  })
  expect(current.get('retention.ms')).toBe('5')
})

test('lists grow and shrink, from what is in force', () => {
  const steps: readonly (readonly [number, string])[] = [
    [APPEND, 'compact'],
    [APPEND, 'compact'],
    [SUBTRACT, 'delete'],
    [SUBTRACT, 'nope'],
    [SUBTRACT, 'compact'],
  ]
  let current: ReadonlyMap<string, string> = new Map()
  const seen = steps.map(([operation, value]) => {
    const outcome = alterConfigs(current, [change('cleanup.policy', operation, value)], topic)
    if ('next' in outcome) current = outcome.next
    return current.get('cleanup.policy')
  })
  expect(seen).toEqual(['delete,compact', 'delete,compact', 'compact', 'compact', ''])
})

test("a list nobody changed starts from the broker's", () => {
  const broker = loadConfig({ settings: { 'log.cleanup.policy': 'compact' } }).config
  const scope: AlterScope = { kind: 'topic', config: broker }
  const outcome = alterConfigs(new Map(), [change('cleanup.policy', APPEND, 'delete')], scope)
  expect(said(outcome)).toEqual({ 'cleanup.policy': 'compact,delete' })
})

/** Codes and words are Kafka 4.3.1's answers to the same changes, but for ours in brackets. */
test.each<[ConfigChange, string]>([
  [
    change('retention.ms', SET, 'abc'),
    'INVALID_CONFIG: Invalid value abc for configuration retention.ms: Not a number of type LONG',
  ],
  [
    change('retention.msec', SET, '1'),
    'INVALID_CONFIG: Unknown topic config name: retention.msec (did you mean retention.ms?)',
  ],
  [change('nonsense', SET, '1'), 'INVALID_CONFIG: Unknown topic config name: nonsense'],
  [change('', SET, '1'), 'INVALID_CONFIG: Unknown topic config name: '],
  [
    change('retention.ms', APPEND, '5'),
    "INVALID_CONFIG: Can't APPEND to key retention.ms because its type is not LIST.",
  ],
  [
    change('retention.ms', SUBTRACT, '5'),
    "INVALID_CONFIG: Can't SUBTRACT to key retention.ms because its type is not LIST.",
  ],
  [
    change('cleanup.policy', APPEND, 'nope'),
    'INVALID_CONFIG: Invalid value nope for configuration cleanup.policy: ' +
      'String must be one of: compact, delete',
  ],
  [
    change('retention.ms', SET, null),
    'INVALID_REQUEST: Null value not supported for : retention.ms',
  ],
  [change('retention.ms', 9, '1'), 'INVALID_REQUEST: Unknown operation 9 for : retention.ms'],
  [
    change('max.compaction.lag.ms', SET, '5'),
    'INVALID_CONFIG: conflict topic config setting min.compaction.lag.ms (10) > ' +
      'max.compaction.lag.ms (5)',
  ],
  [
    change('remote.storage.enable', SET, 'true'),
    'INVALID_CONFIG: Tiered Storage functionality is disabled in the broker. ' +
      'Topic cannot be configured with remote log storage.',
  ],
  [
    change('leader.replication.throttled.replicas', SET, 'x'),
    'INVALID_CONFIG: Invalid value [x] for configuration leader.replication.throttled.replicas: ' +
      "leader.replication.throttled.replicas must be the literal '*' or a list of replicas in " +
      'the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...',
  ],
  [
    change('channel.type', SET, 'pmem'),
    'INVALID_CONFIG: channel.type pmem is not served yet: ' +
      'only the value of log.channel.type is, journal',
  ],
])('%j is refused', (bad, message) => {
  const current = new Map([['min.compaction.lag.ms', '10']])
  expect(said(alterConfigs(current, [bad], topic))).toBe(message)
})

test.each(['*', '0:1', '0:1,1:1', ''])('throttled replicas may be %j', (text) => {
  const name = 'follower.replication.throttled.replicas'
  expect(said(alterConfigs(new Map(), [change(name, SET, text)], topic))).toEqual({ [name]: text })
})

test.each(['journal', 'file'])('a topic may name the channel of the broker: %s', (channel) => {
  const other = channel === 'file' ? 'journal' : 'file'
  const broker = loadConfig({ settings: { 'log.channel.type': channel } }).config
  const scope: AlterScope = { kind: 'topic', config: broker }
  const own = { name: 'channel.type', value: channel }
  const foreign = { name: 'channel.type', value: other }
  const refusal =
    `INVALID_CONFIG: channel.type ${other} is not served yet: ` +
    `only the value of log.channel.type is, ${channel}`
  expect(said(newTopicConfigs([own], broker))).toEqual({ 'channel.type': channel })
  expect(said(newTopicConfigs([foreign], broker))).toBe(refusal)
  expect(said(replaceConfigs([own], scope))).toEqual({ 'channel.type': channel })
  expect(said(replaceConfigs([foreign], scope))).toBe(refusal)
  expect(said(alterConfigs(new Map(), [change('channel.type', SET, other)], scope))).toBe(refusal)
})

test('a channel from before stands in the way of no other change', () => {
  const stale = new Map([['channel.type', 'file']])
  expect(said(alterConfigs(stale, [change('retention.ms', SET, '5')], topic))).toEqual({
    'channel.type': 'file',
    'retention.ms': '5',
  })
  expect(said(alterConfigs(stale, [change('channel.type', DELETE, null)], topic))).toEqual({})
  expect(said(alterConfigs(stale, [change('channel.type', SET, 'pmem')], topic))).toMatch(
    /^INVALID_CONFIG: channel.type pmem/,
  )
})

test('one key is changed once', () => {
  const twice = [change('retention.ms', SET, '1'), change('retention.ms', SET, '2')]
  expect(said(alterConfigs(new Map(), twice, topic))).toBe(
    'INVALID_REQUEST: Error due to duplicate config keys',
  )
})

test('one bad change spoils the others', () => {
  const changes = [change('segment.ms', SET, '1'), change('retention.ms', SET, 'x')]
  expect(said(alterConfigs(new Map(), changes, topic))).toMatch(/^INVALID_CONFIG/)
})

test('a new topic and the older AlterConfigs give all configs at once', () => {
  expect(said(newTopicConfigs([{ name: 'retention.ms', value: '5' }], config))).toEqual({
    'retention.ms': '5',
  })
  expect(said(replaceConfigs([{ name: 'flush.ms', value: null }], topic))).toBe(
    'INVALID_REQUEST: Null value not supported for : flush.ms',
  )
})

test.each<[ConfigChange, unknown]>([
  [change('log.retention.ms', SET, '600000'), { 'log.retention.ms': '600000' }],
  [change('log.cleanup.policy', APPEND, 'compact'), { 'log.cleanup.policy': 'delete,compact' }],
  [
    change('num.partitions', SET, '3'),
    'INVALID_REQUEST: Cannot update these configs dynamically: [num.partitions]',
  ],
  [
    change('num.io.threads', SET, '3'),
    'INVALID_REQUEST: Cannot update these configs dynamically: [num.io.threads]',
  ],
  [change('nonsense', SET, '3'), 'INVALID_CONFIG: Unknown broker config name: nonsense'],
  [
    change('log.retention.ms', SET, 'abc'),
    'INVALID_REQUEST: Invalid value abc for configuration log.retention.ms: ' +
      'Not a number of type LONG',
  ],
  [
    change('log.retention.ms', SET, '0'),
    'INVALID_REQUEST: log.retention.ms: must be at least 1, or -1 for ever',
  ],
  [
    change('log.cleaner.max.compaction.lag.ms', SET, '5'),
    'INVALID_REQUEST: log.cleaner.min.compaction.lag.ms: is more than ' +
      'log.cleaner.max.compaction.lag.ms',
  ],
])('of the broker, %j comes to %j', (one, expected) => {
  const lag = { 'log.cleaner.min.compaction.lag.ms': 10 }
  const scope = { ...cluster, config: loadConfig({ settings: lag }).config }
  expect(said(alterConfigs(new Map(), [one], scope))).toEqual(expected)
})
