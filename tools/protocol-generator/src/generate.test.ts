import { readdirSync, readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { expressionByVersion, statementByVersion } from './by-version.ts'
import { generate, GENERATED, readSchemas } from './generate.ts'
import { parseSchema } from './parse-schema.ts'

test('what is generated is what is committed; else run `pnpm generate`', () => {
  const files = generate(readSchemas())
  expect(readdirSync(GENERATED).toSorted()).toEqual([...files.keys()].toSorted())
  const stale = [...files].filter(([name, text]) => readFileSync(GENERATED + name, 'utf8') !== text)
  expect(stale.map(([name]) => name)).toEqual([])
})

test('versions with the same code are merged', () => {
  const range = { first: 2, last: 6 }
  expect(expressionByVersion(range, () => 'a')).toBe('a')
  expect(expressionByVersion(range, (version) => (version < 4 ? 'a' : 'b'))).toBe(
    'version <= 3 ? a : b',
  )
  expect(statementByVersion(range, (version) => (version === 4 ? 'a' : ''))).toBe(
    'if (version === 4) {\na\n}',
  )
  expect(statementByVersion(range, (version) => (version < 4 ? 'a' : 'b'))).toBe(
    'if (version <= 3) {\na\n} else {\nb\n}',
  )
})

function parse(...lines: string[]): unknown {
  return parseSchema('x.schema', lines.join('\n'))
}

test('a schema that is wrong is refused with its line', () => {
  expect(() => parse('thing X')).toThrow('x.schema:1: "thing" is not')
  expect(() => parse('message X versions 0', '  name  strung')).toThrow('x.schema:2: unknown type')
  expect(() => parse('message X versions 0', '  a  int8  nulable')).toThrow('unknown attribute')
  expect(() => parse('message X versions 0', '  a  int8', '    b  int8')).toThrow('has no fields')
  expect(() =>
    parse('message X versions 0', '  a  A', '    b  int8', '  c  A', '    d  int8'),
  ).toThrow('A exists')
  expect(() => parse('message X versions zero', '  a  int8')).toThrow('is not a range')
  expect(() => parse('api X key 1 versions 0', 'answer')).toThrow('expected "request"')
})
