import avsc from 'avsc'
import { expect, test } from 'vitest'

import { CONTEXT, encoded } from '../../test/collected.ts'
import { avro } from './avro.ts'

const MOST = 2n ** 63n - 1n

test.for([
  [0n, '00'],
  [-1n, '01'],
  [300n, 'd804'],
  [2n ** 53n + 1n, '8280808080808020'],
  [MOST, 'feffffffffffffffff01'],
  [-MOST - 1n, 'ffffffffffffffffff01'],
] as const)('with `longs: bigint` a long is a bigint: %s', ([value, hex]) => {
  const serde = avro<bigint>('long', { longs: 'bigint' })
  expect(encoded(serde, value)).toEqual(Buffer.from(hex, 'hex'))
  expect(serde.decode(Buffer.from(hex, 'hex'), CONTEXT)).toBe(value)
})

const SCHEMA = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'maybe', type: ['null', 'long'], default: null },
    { name: 'all', type: { type: 'array', items: 'long' } },
    { name: 'preset', type: 'long', default: 5 },
    { name: 'count', type: 'int' },
  ],
}

test('so is one in a union, a list, and a default; an int is none', () => {
  const serde = avro<object>(SCHEMA, { longs: 'bigint', types: { wrapUnions: 'never' } })
  const value = { maybe: MOST, all: [1n, -MOST], preset: 5n, count: 7 }
  expect(serde.decode(encoded(serde, value), CONTEXT)).toEqual(value)
  const { preset: _preset, ...less } = value
  expect(serde.decode(encoded(serde, less), CONTEXT)).toEqual(value)
})

test.for([
  { type: 'long' },
  { type: 'long', logicalType: 'timestamp-millis' },
  { type: 'long', 'connect.type': 'int64' },
])('so is one with properties: %j', (schema) => {
  const serde = avro<bigint>(schema, { longs: 'bigint' })
  for (const value of [5n, MOST]) {
    expect(serde.decode(encoded(serde, value), CONTEXT)).toBe(value)
  }
  const fields = [{ name: 'at', type: ['null', schema], default: null }]
  const within = { type: 'record', name: 'R', fields }
  const record = avro<object>(within, { longs: 'bigint', types: { wrapUnions: 'never' } })
  expect(record.decode(encoded(record, { at: MOST }), CONTEXT)).toEqual({ at: MOST })
})

test('a type of your own for longs goes before it', () => {
  const long = avsc.types.LongType.__with({
    fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE().toString(),
    toBuffer: (value: string) => Buffer.from(new BigInt64Array([BigInt(value)]).buffer),
    fromJSON: String,
    toJSON: Number,
    isValid: (value: unknown) => typeof value === 'string',
    compare: () => 0,
  })
  const serde = avro<string>('long', { longs: 'bigint', types: { registry: { long } } })
  expect(serde.decode(encoded(serde, MOST.toString()), CONTEXT)).toBe(MOST.toString())
})

test('a long that is too large to be read says what to do', () => {
  const bytes = Buffer.from('feffffffffffffffff01', 'hex')
  expect(() => avro('long').decode(bytes, CONTEXT)).toThrow(
    "a long is beyond 2^53: the option `longs: 'bigint'` takes such ones",
  )
})

test.for<readonly [string, unknown, 'number' | 'bigint', string]>([
  ['a large number', 2 ** 60, 'number', 'it is beyond 2^53, and the option `longs:'],
  ['a bigint', 5n, 'number', 'a bigint is no number, which longs are here'],
  ['a number', 5, 'bigint', 'invalid "long": 5: longs are bigints here'],
  ['65 bits', 2n ** 63n, 'bigint', 'a bigint has more than 64 bits, or stands where'],
  ['a text', 'x', 'number', 'invalid "long": "x"'],
  ['a fraction', 1.5, 'number', 'invalid "long": 1.5'],
  ['a text for a bigint', 'x', 'bigint', 'invalid "long": "x"'],
])('%s that is no long says what to do', ([, value, longs, message]) => {
  expect(() => encoded(avro<unknown>('long', { longs }), value)).toThrow(message)
})
