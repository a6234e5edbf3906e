import { expect, test } from 'vitest'

import { seededRandom } from '@pafka/base'

import { parseProperties } from './properties-file.ts'

function pairs(text: string): [string, string][] {
  return parseProperties(text).properties.map(({ key, value }) => [key, value])
}

/** Text, and what `java.util.Properties.load` of Java 21 makes of it. */
const asJavaReadsIt: readonly [string, readonly (readonly [string, string])[]][] = [
  ['a=b', [['a', 'b']]],
  ['  a  =  b  ', [['a', 'b  ']]],
  ['a:b', [['a', 'b']]],
  ['a b c', [['a', 'b c']]],
  ['a', [['a', '']]],
  ['a=', [['a', '']]],
  ['=b', [['', 'b']]],
  ['a==b', [['a', '=b']]],
  ['a = = b', [['a', '= b']]],
  ['# c\n! d\na=1', [['a', '1']]],
  ['a=b\\\n   c', [['a', 'bc']]],
  [
    'a=b\\\\\nc=d',
    [
      ['a', 'b\\'],
      ['c', 'd'],
    ],
  ],
  [
    'a=1\\\n\nb=2',
    [
      ['a', '1'],
      ['b', '2'],
    ],
  ],
  ['\\\n#x=1', []],
  ['a=x\\\n#y', [['a', 'x#y']]],
  ['a\\ b=c', [['a b', 'c']]],
  ['a\\=b=c', [['a=b', 'c']]],
  ['a\\:b:c', [['a:b', 'c']]],
  ['k=\\u00e9\\t\\n\\r\\f\\q', [['k', 'é\t\n\r\fq']]],
  [
    'a=1\rb=2\r\nc=3',
    [
      ['a', '1'],
      ['b', '2'],
      ['c', '3'],
    ],
  ],
  ['\fa\f=\fb', [['a', 'b']]],
  ['a=b\\', [['a', 'b']]],
  ['k\\u003dx=1', [['k=x', '1']]],
  ['a=#b', [['a', '#b']]],
  ['a=\\\\', [['a', '\\']]],
  ['a\\\n  b=c', [['ab', 'c']]],
  ['c:\\\\x=d', [['c', '\\x=d']]],
  ['path=C:\\new\\test', [['path', 'C:\new\test']]],
  ['a=b\\\n\\\nc', [['a', 'bc']]],
  ['a=1\\\r\n 2', [['a', '12']]],
  ['\\\n\na=1', [['a', '1']]],
]

test.each(asJavaReadsIt)('%j is read as Java reads it', (text, expected) => {
  expect(pairs(text)).toEqual(expected)
})

test('a property knows the line that it begins on', () => {
  const { properties } = parseProperties('# one\na=1\n\nb=2\\\n  3\nc=4\n')
  expect(properties.map(({ key, line }) => [key, line])).toEqual([
    ['a', 2],
    ['b', 4],
    ['c', 6],
  ])
})

test('a broken unicode escape is a problem of its line, and the rest is read', () => {
  const file = parseProperties('a=1\nb=\\u12g4\nc=2\nd=\\u1')
  expect(file.problems.map(({ line }) => line)).toEqual([2, 4])
  expect(file.properties.map(({ key }) => key)).toEqual(['a', 'c'])
})

/** As `java.util.Properties.store` writes it. */
function stored(text: string): string {
  return text.replace(/[\\=:#! ]/g, '\\$&').replace(/[\t\n\r\f\u0080-\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

test('what was stored is read back, whatever its characters', () => {
  const seed = 20_261_121
  const random = seededRandom(seed)
  const alphabet = ['a', '.', '=', ':', ' ', '\t', '\\', '\n', '\r', '#', '!', 'u', '0', 'ß', '語']
  const word = (): string =>
    Array.from({ length: random.below(12) }, () => alphabet[random.below(alphabet.length)]).join('')
  for (let round = 0; round < 500; round++) {
    const written = Array.from({ length: 5 }, (): [string, string] => [word(), word()])
    const text = written.map(([key, value]) => `${stored(key)}=${stored(value)}`).join('\n')
    expect(pairs(text), `seed ${seed}, round ${round}`).toEqual(written)
  }
})
