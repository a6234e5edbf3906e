import { expect, test } from 'vitest'

import { formatConfigValue, parseConfigValue } from './config-value.ts'
import type { ConfigValue, KeySpec } from './key-table.ts'

const about = { doc: '', importance: 'low' } as const
const long: KeySpec = { ...about, type: 'long', default: null, min: -1 }
const level: KeySpec = { ...about, type: 'int', default: -1, min: 1, max: 9, also: -1 }
const ratio: KeySpec = { ...about, type: 'double', default: 0, min: 0, max: 1 }
const flag: KeySpec = { ...about, type: 'boolean', default: false }
const policy: KeySpec = { ...about, type: 'list', default: [], values: ['compact', 'delete'] }
const names: KeySpec = { ...about, type: 'list', default: null }
const codec: KeySpec = { ...about, type: 'string', default: 'a', values: ['gzip', 'lz4'] }
const short: KeySpec = { ...about, type: 'short', default: 1 }

const good: readonly [KeySpec, string, ConfigValue][] = [
  [long, '-1', -1],
  [long, ' 5000 ', 5000],
  [long, '+7', 7],
  [long, '007', 7],
  [long, '9223372036854775807', 2 ** 63],
  [level, '-1', -1],
  [level, '9', 9],
  [ratio, '0.5', 0.5],
  [ratio, '.5', 0.5],
  [ratio, '5e-1', 0.5],
  [flag, 'TRUE', true],
  [flag, 'false', false],
  [policy, 'compact , delete', ['compact', 'delete']],
  [policy, '', []],
  [names, 'a,,b,', ['a', 'b']],
  [codec, 'lz4', 'lz4'],
  [short, '32767', 32_767],
]

test.each(good)('%j reads %j as %j', (spec, text, value) => {
  expect(parseConfigValue('key', spec, text)).toEqual({ value })
})

/** The words are Kafka 4.3's, seen in its answers to CreateTopics. */
const bad: readonly [KeySpec, string, string][] = [
  [long, 'abc', 'Invalid value abc for configuration key: Not a number of type LONG'],
  [long, '', 'Invalid value  for configuration key: Not a number of type LONG'],
  [long, '1.5', 'Invalid value 1.5 for configuration key: Not a number of type LONG'],
  [long, '0x10', 'Invalid value 0x10 for configuration key: Not a number of type LONG'],
  [long, '-2', 'Invalid value -2 for configuration key: Value must be at least -1'],
  [
    long,
    '9223372036854775808',
    'Invalid value 9223372036854775808 for configuration key: Not a number of type LONG',
  ],
  [level, '2147483648', 'Invalid value 2147483648 for configuration key: Not a number of type INT'],
  [
    level,
    '0',
    'Invalid value 0 for configuration key: Value must be between 1 and 9 or equal to -1',
  ],
  [short, '32768', 'Invalid value 32768 for configuration key: Not a number of type SHORT'],
  [ratio, '2', 'Invalid value 2 for configuration key: Value must be no more than 1'],
  [ratio, 'NaN', 'Invalid value NaN for configuration key: Not a number of type DOUBLE'],
  [
    flag,
    'yes',
    'Invalid value yes for configuration key: Expected value to be either true or false',
  ],
  [
    policy,
    'compact,foo',
    'Invalid value foo for configuration key: String must be one of: compact, delete',
  ],
  [codec, 'GZIP', 'Invalid value GZIP for configuration key: String must be one of: gzip, lz4'],
]

test.each(bad)('%j refuses %j in the words of Kafka', (spec, text, problem) => {
  expect(parseConfigValue('key', spec, text)).toEqual({ problem })
})

test('values are formatted as Kafka answers them', () => {
  expect([null, true, 0.5, 2 ** 63, ['a', 'b'], [], 'x'].map(formatConfigValue)).toEqual([
    null,
    'true',
    '0.5',
    '9223372036854775807',
    'a,b',
    '',
    'x',
  ])
})
