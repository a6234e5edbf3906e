import { expect, test } from 'vitest'

import { defaultLogConfig } from '@pafka/log'

import { loadConfig } from './load-config.ts'
import { logConfigOf, topicConfigProblems, topicConfigValues } from './topic-configs.ts'

const { config } = loadConfig()

test('a topic that says nothing has the defaults that the log has', () => {
  const logConfig = logConfigOf(new Map(), config)
  expect(logConfig).toMatchObject({ ...defaultLogConfig })
})

test('a topic has what it says, else what the broker says', () => {
  const settings = { 'log.retention.minutes': 5, 'log.roll.hours': 2, 'message.max.bytes': 1000 }
  const broker = loadConfig({ settings }).config
  const overrides = new Map([
    ['max.message.bytes', '2000'],
    ['flush.messages', '1'],
    ['compression.type', 'zstd'],
  ])
  expect(logConfigOf(overrides, broker)).toMatchObject({
    retentionMs: 300_000,
    segmentMs: 7_200_000,
    maxMessageBytes: 2000,
    flushMessages: 1,
    flushMs: 2 ** 63,
    compressionType: 'zstd',
  })
})

test.each([
  ['delete', 'delete'],
  ['compact', 'compact'],
  ['delete,compact', 'compact,delete'],
  ['compact, delete,compact', 'compact,delete'],
  ['', 'none'],
])('cleanup.policy=%s is %s to the log', (text, policy) => {
  expect(logConfigOf(new Map([['cleanup.policy', text]]), config).cleanupPolicy).toBe(policy)
})

test('a stored text that cannot be read any more counts as not there', () => {
  const overrides = new Map([['retention.ms', 'soon']])
  expect(topicConfigValues(overrides, config).retentionMs).toBe(604_800_000)
})

test('a channel that is not the broker’s is told of, and no other config is', () => {
  const stale = new Map([
    ['channel.type', 'file'],
    ['retention.ms', '5'],
  ])
  expect(topicConfigProblems(stale, config)).toEqual([
    'channel.type file is not served yet: only the value of log.channel.type is, journal',
  ])
  const file = loadConfig({ settings: { 'log.channel.type': 'file' } }).config
  expect(topicConfigProblems(stale, file)).toEqual([])
  expect(topicConfigProblems(new Map(), file)).toEqual([])
  expect(topicConfigProblems(new Map([['channel.type', 'floppy']]), config)).toEqual([
    expect.stringContaining('floppy'),
  ])
})
