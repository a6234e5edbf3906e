import { createRequire } from 'node:module'

import { expect, test } from 'vitest'

import * as ours from '../../src/kafkajs/index.ts'

const theirs = createRequire(import.meta.url)('kafkajs') as Readonly<Record<string, unknown>>
const own = new Map<string, unknown>(Object.entries(ours))

test('each name that a program may import is there', () => {
  const names = Object.keys(theirs)
  expect(names.length).toBeGreaterThan(30)
  expect(names.filter((name) => !own.has(name))).toEqual([])
})

test('all of them are in the default export, too', () => {
  const { default: all, ...rest } = ours
  expect({ ...all }).toEqual(rest)
  expect(Object.keys(theirs).filter((name) => !(name in all))).toEqual([])
})

test.each([
  'logLevel',
  'CompressionTypes',
  'ConfigResourceTypes',
  'ConfigSource',
  'AclResourceTypes',
  'AclOperationTypes',
  'AclPermissionTypes',
  'ResourcePatternTypes',
])('%s has the same numbers', (name) => {
  expect(own.get(name)).toEqual(theirs[name])
})
