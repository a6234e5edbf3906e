import { expect, test } from 'vitest'

import { asWritten } from './as-written.ts'

const PLAIN = { id: 1, text: 'x', list: [null, true, { deep: [0.5] }], nothing: null }

test.for([PLAIN, [], 'text', 0, false, null, Object.assign(Object.create(null) as object, PLAIN)])(
  'what is JSON as it is, is not copied: %j',
  (value) => expect(asWritten(value)).toBe(value),
)

class Price {
  readonly cents = 5
  get double(): number {
    return 2 * this.cents
  }
}

class Text extends Array<number> {
  toJSON(): string {
    return this.join('-')
  }
}

test.for<readonly [string, unknown, unknown]>([
  ['a date', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
  ['a date that is none', { at: new Date(Number.NaN) }, { at: null }],
  ['an undefined field', { a: 1, b: undefined }, { a: 1 }],
  ['an undefined item', [undefined, 1], [null, 1]],
  ['an item that is missing', Object.assign([], { 1: 5 }), [null, 5]],
  ['a function', { f: () => 1 }, {}],
  ['a symbol', [Symbol('x')], [null]],
  ['a map', { m: new Map([[1, 2]]) }, { m: {} }],
  ['a class', new Price(), { cents: 5 }],
  ['a list of its own kind', Text.from([1, 2]), '1-2'],
  ['a toJSON', { price: { toJSON: () => 5 } }, { price: 5 }],
  ['a toJSON that is not listed', hidden({ price: 1 }, { price: 2 }), { price: 2 }],
  ['a list with a toJSON', Object.assign([1], { toJSON: () => [2] }), [2]],
  ['an object around a number', Object(7), 7],
  ['bytes', Buffer.from([1]), { type: 'Buffer', data: [1] }],
  ['nothing', undefined, undefined],
])('%s is what JSON makes of it', ([, value, written]) => {
  expect(asWritten(value)).toStrictEqual(written)
})

/** An object that JSON writes as another. */
function hidden(value: object, written: unknown): object {
  return Object.defineProperty(value, 'toJSON', { value: () => written })
}

test('what is nested deep is the same', () => {
  let deep: unknown = 'x'
  for (let depth = 0; depth < 500; depth++) deep = [deep]
  expect(asWritten(deep)).toStrictEqual(deep)
})

test('what JSON has not is refused', () => {
  expect(() => asWritten({ a: [{ price: Number.NaN }] })).toThrow('price is NaN, which JSON')
  expect(() => asWritten(Infinity)).toThrow('the value is Infinity, which JSON')
  expect(() => asWritten({ a: new Date(0), b: -Infinity })).toThrow('b is -Infinity')
  expect(() => asWritten({ a: 1n })).toThrow('BigInt')
  const circle: Record<string, unknown> = {}
  circle['one'] = circle
  circle['other'] = circle
  expect(() => asWritten(circle)).toThrow('circular')
})
