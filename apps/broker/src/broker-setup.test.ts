import { ConfigError } from '@pafka/base'
import { expect, test } from 'vitest'

import type { BrokerOptions } from './broker-options.ts'
import { checkOptions } from './broker-setup.ts'

/** As plain JavaScript passes them. */
const untyped = (options: unknown): BrokerOptions => options as BrokerOptions

test.each([
  [{ prot: 1 }, 'did you mean port?'],
  [{ topics: [{ name: 'a', partition: 3 }] }, 'did you mean partitions?'],
  [{ topics: 'ab' }, 'topics: must be a list'],
  [{ data: '' }, 'data: names no folder'],
])('options %j are refused in clear words', (options, words) => {
  expect(() => checkOptions(untyped(options))).toThrow(ConfigError)
  expect(() => checkOptions(untyped(options))).toThrow(words)
})

test('options that are right pass', () => {
  const topics = ['a', { name: 'b', partitions: 2, configs: { 'retention.ms': 1 } }]
  expect(() => checkOptions({ port: 0, host: '::1', data: 'memory', topics })).not.toThrow()
})
