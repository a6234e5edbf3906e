import { expect, test } from 'vitest'

import { textValues } from './text-values.ts'

function valuesOf(text: string, delimiter: string): string[] {
  const { count, at } = textValues(text, delimiter)
  return Array.from({ length: count }, (_, index) => Buffer.from(at(index)).toString())
}

// what Java 17's Scanner makes of it
test.each<[text: string, delimiter: string, values: string[]]>([
  ['a,b,,c\nd\n\n', '\\n', ['a,b,,c', 'd', '']],
  ['a,b,,c\nd\n\n', '\n', ['a,b,,c', 'd', '']],
  ['a,b,,c\nd\n\n', ',', ['a', 'b', '', 'c\nd\n\n']],
  ['a,b,,c\nd\n\n', '|', ['a', ',', 'b', ',', ',', 'c', '\n', 'd', '\n', '\n']],
  ['a,b,,c\nd\n\n', 'X+', ['a,b,,c\nd\n\n']],
  ['aXXbXcXXX', 'X+', ['a', 'b', 'c']],
  ['aXXbXcXXX', '(?=X)', ['a', 'X', 'Xb', 'Xc', 'X', 'X', 'X']],
  ['x1y22z333', '\\d*', ['x', 'y', 'z']],
  ['|one', '\\|', ['one']],
  ['\n\n', '\\n', ['']],
  ['\n', '\\n', []],
  ['', '', []],
  ['aab', 'a|ab', ['', 'b']],
  ['\r\na\r\nb\r\n', '\r?\n', ['a', 'b']],
  ['é|ü', '\\|', ['é', 'ü']],
])('%j at %j', (text, delimiter, values) => {
  expect(valuesOf(text, delimiter)).toEqual(values)
})

test('a character of two halves stays whole', () => {
  expect(valuesOf('😀é', '')).toEqual(['😀', 'é'])
})

test('what is no regular expression is refused', () => {
  expect(() => textValues('a', '(')).toThrow('--payload-delimiter: Invalid regular expression')
})

test('too many values are refused', () => {
  expect(textValues('xxx', '', 3).count).toBe(3)
  expect(() => textValues('xxxx', '', 3)).toThrow('--payload-file: has more than 3 values')
})
