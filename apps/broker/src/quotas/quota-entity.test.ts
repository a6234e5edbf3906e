import type { ClientQuotaPart } from '@pafka/log'
import { expect, test } from 'vitest'

import { ENTITY_TYPES, entityKey } from './quota-entity.ts'

const NAMES = ['a', 'b', '', '[]', 'null', '<default>', null]

/** Each entity that can be made of these names; a type may be absent. */
function entities(types: readonly string[]): ClientQuotaPart[][] {
  const [type, ...others] = types
  if (type === undefined) return [[]]
  const rest = entities(others)
  return [undefined, ...NAMES].flatMap((name) =>
    rest.map((parts) => (name === undefined ? parts : [{ type, name }, ...parts])),
  )
}

test('entities have different keys, also where one has the default and another nothing', () => {
  const all = entities(ENTITY_TYPES)
  expect(all).toHaveLength((NAMES.length + 1) ** 3)
  expect(new Set(all.map(entityKey)).size).toBe(all.length)
})

test('the order of its parts makes no other entity', () => {
  for (const entity of entities(ENTITY_TYPES)) {
    expect(entityKey(entity.toReversed())).toBe(entityKey(entity))
  }
})
