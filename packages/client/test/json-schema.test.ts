import { Ajv } from 'ajv'
import { expect, test } from 'vitest'

import { jsonSchema } from '../src/json-schema/index.ts'
import { CONTEXT, encoded } from './collected.ts'

const SCHEMA = {
  type: 'object',
  properties: { id: { type: 'integer' }, at: { type: 'string', format: 'date-time' } },
  required: ['id'],
  'x-owner': 'shop',
}

test.for([
  'http://json-schema.org/draft-07/schema#',
  'https://json-schema.org/draft/2019-09/schema',
  'https://json-schema.org/draft/2020-12/schema',
])('values are checked when they are written, by %s', ($schema) => {
  const serde = jsonSchema<object>({ $schema, ...SCHEMA })
  expect(encoded(serde, { id: 1 }).toString()).toBe('{"id":1}')
  expect(() => encoded(serde, { id: 'x' })).toThrow('/id must be integer')
  expect(() => encoded(serde, {})).toThrow("the value must have required property 'id'")
  expect(serde.decode(Buffer.from('{"id":"x"}'), CONTEXT)).toEqual({ id: 'x' })
})

test('and when they are read, or never, by option', () => {
  const bytes = Buffer.from('{"id":"x"}')
  const both = jsonSchema<object>(JSON.stringify(SCHEMA), { validate: 'both' })
  expect(() => both.decode(bytes, CONTEXT)).toThrow('/id must be integer')
  expect(() => encoded(both, {})).toThrow('must have required property')
  const none = jsonSchema<object>(SCHEMA, { validate: 'none' })
  expect(encoded(none, {}).toString()).toBe('{}')
  expect(none.decode(bytes, CONTEXT)).toEqual({ id: 'x' })
})

test('a draft that is not known needs a validator, which may be any', () => {
  const old = { ...SCHEMA, $schema: 'http://json-schema.org/draft-04/schema#' }
  expect(() => jsonSchema(old)).toThrow('there is no validator for')
  const ajv = (): Ajv => new Ajv({ strict: false, logger: false, validateSchema: false })
  expect(() => encoded(jsonSchema<object>(SCHEMA, { ajv }), { id: 'x' })).toThrow('/id must be')
})

test('bytes that are no JSON are refused', () => {
  expect(() => jsonSchema(SCHEMA).decode(Buffer.from('{'), CONTEXT)).toThrow('JSON')
})

test('what is checked is what is written', () => {
  const serde = jsonSchema<object>({
    properties: { at: { type: 'string' }, id: { type: 'integer' } },
    additionalProperties: false,
    required: ['at'],
  })
  const written = encoded(serde, { at: new Date(0), id: undefined, note: undefined })
  expect(written.toString()).toBe('{"at":"1970-01-01T00:00:00.000Z"}')
  expect(() => encoded(serde, { at: undefined })).toThrow("must have required property 'at'")
  expect(() => encoded(serde, { at: new Map() })).toThrow('/at must be string')
  const list = jsonSchema<unknown>({ items: { type: 'integer' } })
  expect(() => encoded(list, [1, undefined])).toThrow('/1 must be integer')
})

test('numbers that JSON has not are refused where null is allowed too', () => {
  const serde = jsonSchema<object>({ properties: { price: { type: ['number', 'null'] } } })
  expect(() => encoded(serde, { price: Number.NaN })).toThrow('price is NaN')
  const unchecked = jsonSchema<object>({}, { validate: 'none' })
  expect(encoded(unchecked, { price: Number.NaN }).toString()).toBe('{"price":null}')
})

test('a number too large for any is no number', () => {
  const serde = jsonSchema({ type: 'number' }, { validate: 'read' })
  expect(serde.decode(Buffer.from('1e300'), CONTEXT)).toBe(1e300)
  expect(() => serde.decode(Buffer.from('1e999'), CONTEXT)).toThrow('must be number')
})

test('what a validator of your own fills in is written', () => {
  const ajv = (): Ajv => new Ajv({ useDefaults: true })
  const schema = { type: 'object', properties: { id: { type: 'integer', default: 7 } } }
  const serde = jsonSchema<object>(schema, { ajv })
  expect(encoded(serde, {}).toString()).toBe('{"id":7}')
  expect(encoded(serde, { note: undefined }).toString()).toBe('{"id":7}')
})
