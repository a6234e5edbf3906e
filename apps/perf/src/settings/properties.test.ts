import { expect, test } from 'vitest'

import { parsePairs, parseProperties } from './properties.ts'

test('a file of properties', () => {
  const text = [
    '# a comment',
    '! another',
    '',
    'acks=all',
    ' client.id : me ',
    'sasl.jaas.config=a b="c=d" \\',
    '   e;',
    'empty=',
    'alone',
  ].join('\n')
  expect([...parseProperties(text)]).toEqual([
    ['acks', 'all'],
    ['client.id', 'me'],
    ['sasl.jaas.config', 'a b="c=d" e;'],
    ['empty', ''],
    ['alone', ''],
  ])
})

test('pairs of a command line', () => {
  expect([...parsePairs(['a.b=c=d', 'e='])]).toEqual([
    ['a.b', 'c=d'],
    ['e', ''],
  ])
  expect(() => parsePairs(['a', '=b'])).toThrow('a: should be name=value')
})
