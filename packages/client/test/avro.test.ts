import avsc from 'avsc'
import { expect, test } from 'vitest'

import { avro } from '../src/avro/index.ts'
import { CONTEXT, encoded } from './collected.ts'

interface Order {
  readonly id: number
  readonly items: readonly string[]
  readonly note: string | null
}

const ORDER = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'items', type: { type: 'array', items: 'string' } },
    { name: 'note', type: ['null', 'string'], default: null },
  ],
}

const order: Order = { id: 7, items: ['tea', 'milk'], note: null }
// 7, then a block of two: tea and milk, and none more; then the first branch
const BYTES = Buffer.from('0e0406746561086d696c6b0000', 'hex')

test.for([
  ['an object', ORDER],
  ['text', JSON.stringify(ORDER)],
  ['a type', avsc.Type.forSchema(ORDER as never)],
] as const)('values are bytes by a schema that is %s', ([, schema]) => {
  const serde = avro<Order>(schema)
  expect(encoded(serde, order)).toEqual(BYTES)
  expect(serde.decode(BYTES, CONTEXT)).toEqual(order)
})

test('a type may be a name alone', () => {
  const serde = avro<string>('string')
  expect(serde.decode(encoded(serde, 'tea'), CONTEXT)).toBe('tea')
})

test('a large value is written, and so is one after it', () => {
  const serde = avro<string>('string')
  for (const length of [100_000, 10, 300_000, 4095, 4096]) {
    const text = 'x'.repeat(length)
    expect(serde.decode(encoded(serde, text), CONTEXT)).toBe(text)
  }
})

test('logical types are as avsc has them', () => {
  class Day extends avsc.types.LogicalType {
    override _fromValue(value: number): Date {
      return new Date(value)
    }
    override _toValue(value: Date): number {
      return Number(value)
    }
  }
  const schema = { type: 'long', logicalType: 'day' }
  const types = { logicalTypes: { day: Day as never } }
  const serde = avro<Date>(schema, { types })
  expect(serde.decode(encoded(serde, new Date(5)), CONTEXT)).toEqual(new Date(5))
})

test('a value that is not as its schema says is refused', () => {
  const wrong = { ...order, id: 'seven' } as unknown as Order
  expect(() => encoded(avro<Order>(ORDER), wrong)).toThrow('invalid "long": "seven"')
})

const TREE = {
  type: 'record',
  name: 'Tree',
  fields: [{ name: 'within', type: ['null', 'Tree'] }],
}

// lengths and counts that the library would believe
test.for([
  ['a count without items', ORDER, '0e feffffffff1f'],
  ['a negative block that goes back', { type: 'array', items: 'int' }, '01 01 02 00'],
  ['a text longer than all bytes', { type: 'map', values: 'int' }, '02 fe01 61 02 00'],
  ['a text of a negative length', { type: 'array', items: 'string' }, '02 01 00'],
  ['nothings without number', { type: 'array', items: 'null' }, 'feffffff0f 00'],
  ['an endless number', { type: 'array', items: 'long' }, '02 ffffffffffffffffffffffff'],
  ['a branch that there is not', { type: 'array', items: ['null', 'int'] }, '02 04 00'],
  ['more than the value', { type: 'array', items: 'int' }, '00 00'],
  ['a tree without an end', TREE, '02'.repeat(600) + '00'],
  ['nothing', 'long', ''],
] as const)('%s is no value', ([, schema, bytes]) => {
  const value = Buffer.from(bytes.replaceAll(' ', ''), 'hex')
  expect(() => avro(schema).decode(value, CONTEXT)).toThrow(/./)
})

test('items that take no bytes may be some', () => {
  const serde = avro<null[]>({ type: 'array', items: 'null' })
  const nulls = Array.from({ length: 1000 }, () => null)
  expect(serde.decode(encoded(serde, nulls), CONTEXT)).toEqual(nulls)
})

test('a block may say its size', () => {
  const serde = avro<number[]>({ type: 'array', items: 'int' })
  expect(serde.decode(Buffer.from('0304020400', 'hex'), CONTEXT)).toEqual([1, 2])
})

test('without a registry bytes have the length that Avro has before them', () => {
  const serde = avro<Buffer>('bytes')
  expect(encoded(serde, Buffer.from('tea'))).toEqual(Buffer.from('06746561', 'hex'))
  expect(serde.decode(Buffer.from('06746561', 'hex'), CONTEXT)).toEqual(Buffer.from('tea'))
})
