import { expect, test } from 'vitest'

import { avro } from '../src/avro/index.ts'
import { topic, utf8 } from '../src/index.ts'
import { jsonSchema } from '../src/json-schema/index.ts'
import { protobuf } from '../src/protobuf/index.ts'
import { type RegistryUse, SchemaRegistry } from '../src/schema-registry/index.ts'
import { allOf, readerOf, startSchemas } from './schema-stage.ts'

function recordOf(...fields: readonly object[]): object {
  return { type: 'record', name: 'Order', namespace: 'shop', fields }
}

const ID = { name: 'id', type: 'int' }
const NOTE = { name: 'note', type: 'string', default: 'none' }
const V1 = recordOf(ID)
const V2 = recordOf(ID, NOTE)

test('Avro: a value has the id of its schema before it, which is registered once', async () => {
  await using stage = await startSchemas()
  await stage.send(avro<object>(V1, stage.use()), { id: 1 }, { id: 2 }, { id: 3 })
  expect(await stage.bytes()).toEqual(['000000000702', '000000000704', '000000000706'])
  const use = stage.use()
  const read = avro<object>(V1, use)
  expect(await stage.read(read)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
  expect(await stage.read(read)).toHaveLength(3)
  expect(stage.fake.asked.map(({ what }) => what)).toEqual([
    'POST /subjects/t-value/versions?normalize=false',
    'GET /schemas/ids/7',
  ])
})

test('Avro: values of older and newer schemas are read as those of this program', async () => {
  await using stage = await startSchemas()
  await stage.send(avro<object>(V1, stage.use()), { id: 1 })
  await stage.send(avro<object>(V2, stage.use()), { id: 2, note: 'x' })
  expect(await stage.read(avro(V1, stage.use()))).toEqual([{ id: 1 }, { id: 2 }])
  const newer = [
    { id: 1, note: 'none' },
    { id: 2, note: 'x' },
  ]
  expect(await stage.read(avro(V2, stage.use()))).toEqual(newer)
  expect(await stage.read(avro(null, stage.use()))).toEqual([{ id: 1 }, newer[1]])
})

test('Avro: what cannot be read as this program has it fails alone', async () => {
  await using stage = await startSchemas()
  await stage.send(avro<object>(V1, stage.use()), { id: 1 })
  await stage.send(avro<object>(recordOf({ name: 'id', type: 'string' }), stage.use()), { id: 'x' })
  await stage.send(avro<object>(V1, stage.use()), { id: 2 })
  const read = stage.read(avro(V1, stage.use()), { onDecodeError: 'skip' })
  expect(await read).toEqual([{ id: 1 }, { id: 2 }])
})

test('Avro: schemas that others use are asked for', async () => {
  await using stage = await startSchemas()
  const registry = new SchemaRegistry(stage.fake.url)
  const money = '{"type":"record","name":"Money","namespace":"shop","fields":[]}'
  await registry.register('money', { type: 'AVRO', schema: money })
  const references = [{ name: 'shop.Money', subject: 'money', version: 1 }]
  const schema = recordOf(ID, { name: 'price', type: 'shop.Money' })
  await stage.send(avro<object>(schema, { ...stage.use(), references }), { id: 1, price: {} })
  const read = avro(schema, { ...stage.use(), references })
  expect(await stage.read(read)).toEqual([{ id: 1, price: {} }])
  expect(await stage.read(avro(null, stage.use()))).toEqual([{ id: 1, price: {} }])
})

test('keys and values have subjects of their own', async () => {
  await using stage = await startSchemas()
  const { registry } = stage.use()
  const both = topic('t', {
    key: avro<string>('string', { registry }),
    value: avro<object>(V1, { registry }),
  })
  await using producer = stage.kafka.producer()
  await producer.send(both, { key: 'k', value: { id: 1 } })
  expect((await registry.subjects()).toSorted()).toEqual(['t-key', 't-value'])
  const [record] = await allOf(readerOf(stage.kafka, both))
  expect([record?.key, record?.value]).toEqual(['k', { id: 1 }])
})

const NAMES: readonly (readonly [string, RegistryUse['subject'], string])[] = [
  ['the topic', undefined, 't-value'],
  ['the record', 'record', 'shop.Order'],
  ['both', 'topic-record', 't-shop.Order'],
  [
    'a function',
    ({ topic: name, isKey }, schema) => `${name}.${isKey}.${schema}`,
    't.false.undefined',
  ],
]
test.for(NAMES)('a subject may be named after %s', async ([, subject, expected]) => {
  await using stage = await startSchemas()
  const { registry } = stage.use()
  await stage.send(avro<object>(V1, { registry, subject }), { id: 1 })
  const name = expected.replace('undefined', 'shop.Order')
  expect(await registry.subjects()).toEqual([name])
})

test('a schema without a name has no subject that is named after it', async () => {
  await using stage = await startSchemas()
  const serde = avro<string>('string', { ...stage.use(), subject: 'record' })
  await expect(stage.send(serde, 'x')).rejects.toMatchObject({ code: 'SCHEMA_HAS_NO_NAME' })
})

test('with `lookup` nothing is registered', async () => {
  await using stage = await startSchemas()
  const { registry } = stage.use()
  const serde = avro<object>(V1, { registry, write: 'lookup' })
  await expect(stage.send(serde, { id: 1 })).rejects.toMatchObject({
    ...{ code: 'SUBJECT_NOT_FOUND', registryCode: 40401 },
  })
  await registry.register('t-value', { type: 'AVRO', schema: JSON.stringify(V1) })
  await stage.send(serde, { id: 1 })
  expect(await stage.bytes()).toEqual(['000000000702'])
})

test('values are written by the latest schema, or by one of an id', async () => {
  await using stage = await startSchemas()
  const { registry } = stage.use()
  await registry.register('t-value', { type: 'AVRO', schema: JSON.stringify(V1) })
  await registry.register('t-value', { type: 'AVRO', schema: JSON.stringify(V2) })
  await stage.send(avro<object>(null, { registry, write: 'latest' }), { id: 1, note: 'x' })
  await stage.send(avro<object>(V2, { registry, write: { id: 7 } }), { id: 2, note: 'x' })
  expect(await stage.bytes()).toEqual(['0000000008020278', '000000000704'])
})

test('a schema of another kind is refused, to write by and to read by', async () => {
  await using stage = await startSchemas()
  const { registry } = stage.use()
  await registry.register('t-value', { type: 'JSON', schema: '{}' })
  const serde = avro<object>(V1, { registry, write: 'latest' })
  await expect(stage.send(serde, { id: 1 })).rejects.toMatchObject({ code: 'WRONG_SCHEMA_TYPE' })
  await stage.send(jsonSchema<object>({}, stage.use()), {})
  await expect(stage.read(avro(V1, stage.use()))).rejects.toThrow('one of JSON, not of AVRO')
})

test('an incompatible schema is refused to who sends, and asked for again later', async () => {
  await using stage = await startSchemas()
  await stage.send(avro<object>(V1, stage.use()), { id: 1 })
  stage.fake.incompatibility = () => 'no'
  const serde = avro<object>(V2, stage.use())
  await expect(stage.send(serde, { id: 2, note: 'x' })).rejects.toMatchObject({
    ...{ code: 'INCOMPATIBLE_SCHEMA', status: 409, kind: 'usage' },
  })
  stage.fake.incompatibility = () => undefined
  await stage.send(serde, { id: 2, note: 'x' })
  expect(await stage.bytes()).toHaveLength(2)
})

test('records wait for a registry that is away, and none is skipped for it', async () => {
  await using stage = await startSchemas()
  await stage.send(avro<object>(V1, stage.use()), { id: 1 })
  let failures = 3
  stage.fake.fault = () => (failures-- > 0 ? { status: 503, body: '' } : undefined)
  const registry = new SchemaRegistry({ urls: stage.fake.url, timeoutMs: 1 })
  const read = stage.read(avro(V1, { registry }), { onDecodeError: 'skip' })
  expect(await read).toEqual([{ id: 1 }])
})

test('a registry that does not let one in ends the reading', async () => {
  await using stage = await startSchemas()
  await stage.send(avro<object>(V1, stage.use()), { id: 1 })
  stage.fake.fault = () => ({ status: 403, body: '{"error_code":40301,"message":"not you"}' })
  const read = stage.read(avro(V1, stage.use()), { onDecodeError: 'skip' })
  await expect(read).rejects.toMatchObject({ code: 'REGISTRY_AUTHORIZATION_FAILED' })
})

test('garbage among records is skipped, whatever id it has', async () => {
  await using stage = await startSchemas()
  await stage.send(avro<object>(V1, stage.use()), { id: 1 })
  await using producer = stage.kafka.producer()
  for (const hex of ['', '00', '01', '7b7d', '000000270f02', '0000000007', '00ffffffff02']) {
    await producer.send('t', { value: Buffer.from(hex, 'hex') })
  }
  await stage.send(avro<object>(V1, stage.use()), { id: 2 })
  const read = stage.read(avro(V1, stage.use()), { onDecodeError: 'skip' })
  expect(await read).toEqual([{ id: 1 }, { id: 2 }])
})

test('a GUID in a header names a schema as well', async () => {
  await using stage = await startSchemas()
  const { registry } = stage.use()
  const schema = { type: 'AVRO', schema: JSON.stringify(V1) } as const
  const { guid = '' } = await registry.register('any', schema)
  const header = Buffer.from(`01${guid.replaceAll('-', '')}`, 'hex')
  await using producer = stage.kafka.producer()
  await producer.send('t', {
    value: Buffer.from('02', 'hex'),
    headers: { __value_schema_id: header },
  })
  expect(await stage.read(avro(V1, stage.use()))).toEqual([{ id: 1 }])
})

test('ids are written into headers by option, beside those that records have', async () => {
  await using stage = await startSchemas()
  const use = { ...stage.use(), idIn: 'header' } as const
  const both = topic('t', { key: avro<string>('string', use), value: avro<object>(V1, use) })
  await using producer = stage.kafka.producer()
  await producer.send(both, { key: 'k', value: { id: 1 }, headers: { trace: 'x' } })
  await producer.send(both, { key: 'k', value: null })
  const [record, tombstone] = await allOf(readerOf(stage.kafka, both))
  expect([record?.key, record?.value]).toEqual(['k', { id: 1 }])
  expect(record?.headers.map(([name]) => name)).toEqual([
    ...['trace', '__key_schema_id', '__value_schema_id'],
  ])
  expect(Buffer.from(record?.valueBytes ?? []).toString('hex')).toBe('02')
  expect(tombstone?.value).toBeNull()
  expect(tombstone?.headers.map(([name]) => name)).toEqual(['__key_schema_id'])
})

test('an old registry has no ids for headers', async () => {
  await using stage = await startSchemas()
  const { registry } = stage.use()
  const serde = avro<object>(V1, { registry, idIn: 'header' })
  await stage.send(avro<object>(V1, stage.use()), { id: 1 })
  stage.fake.fault = (what) => {
    return what.startsWith('POST') ? { status: 200, body: '{"id":7}' } : undefined
  }
  await expect(stage.send(serde, { id: 1 })).rejects.toMatchObject({ code: 'SCHEMA_HAS_NO_GUID' })
})

const PROTO = `
  syntax = "proto3";
  package shop;
  message Order { string id = 1; message Item { string name = 1; } repeated Item items = 2; }
  message Refund { string id = 1; }
`
const NEWER = PROTO.replace('string id = 1;', 'string id = 1; int32 count = 3;')

test('Protobuf: a message has the id of its schema and its place there before it', async () => {
  await using stage = await startSchemas()
  const order = protobuf<object>({ proto: PROTO }, stage.use())
  const refund = protobuf<object>({ proto: PROTO, message: 'Refund' }, stage.use())
  const item = protobuf<object>({ proto: PROTO, message: 'Order.Item' }, stage.use())
  await stage.send(order, { id: 'a' })
  await stage.send(refund, { id: 'b' })
  await stage.send(item, { name: 'c' })
  expect(await stage.bytes()).toEqual([
    '0000000007000a0161',
    '000000000702020a0162',
    '00000000070400000a0163',
  ])
  const any = await stage.read(protobuf<object>(null, stage.use()))
  expect(any).toMatchObject([{ id: 'a' }, { id: 'b' }, { name: 'c' }])
  const orders = await stage.read(order, { onDecodeError: 'skip' })
  expect(orders).toMatchObject([{ id: 'a' }])
  await expect(stage.read(refund)).rejects.toThrow('it is a shop.Order, and no shop.Refund')
})

test('Protobuf: older and newer messages are read as those of this program', async () => {
  await using stage = await startSchemas()
  await stage.send(protobuf<object>({ proto: PROTO }, stage.use()), { id: 'a' })
  await stage.send(protobuf<object>({ proto: NEWER }, stage.use()), { id: 'b', count: 5 })
  const older = await stage.read(protobuf<object>({ proto: PROTO }, stage.use()))
  expect(older.map((one) => JSON.stringify(one))).toEqual(['{"id":"a"}', '{"id":"b"}'])
  const newer = await stage.read(protobuf<object>({ proto: NEWER }, stage.use()))
  expect(newer).toMatchObject([
    { id: 'a', count: 0 },
    { id: 'b', count: 5 },
  ])
})

test('Protobuf: files that others import are asked for', async () => {
  await using stage = await startSchemas()
  const { registry } = stage.use()
  const money = 'syntax = "proto3"; package money; message Price { int32 cents = 1; }'
  await registry.register('money', { type: 'PROTOBUF', schema: money })
  const references = [{ name: 'money.proto', subject: 'money', version: 1 }]
  const proto = `syntax = "proto3"; import "money.proto"; message A { money.Price price = 1; }`
  const imports = { 'money.proto': money }
  const serde = protobuf<object>({ proto, imports }, { ...stage.use(), references })
  await stage.send(serde, { price: { cents: 5 } })
  const values = await stage.read(protobuf<object>(null, stage.use()))
  expect(values).toMatchObject([{ price: { cents: 5 } }])
})

test('JSON Schema: values are checked when written, and when read by option', async () => {
  await using stage = await startSchemas()
  const schema = { title: 'Order', type: 'object', properties: { id: { type: 'integer' } } }
  const strict = { ...schema, required: ['id'] }
  const written = jsonSchema<object>(schema, { ...stage.use(), subject: 'record' })
  await stage.send(written, { id: 1 }, {})
  await expect(stage.send(written, { id: 'x' })).rejects.toThrow('/id must be integer')
  expect((await stage.bytes())[1]).toBe(`0000000007${Buffer.from('{}').toString('hex')}`)
  expect(await new SchemaRegistry(stage.fake.url).subjects()).toEqual(['Order'])
  expect(await stage.read(jsonSchema(strict, stage.use()))).toEqual([{ id: 1 }, {}])
  const checking = jsonSchema(strict, { ...stage.use(), validate: 'read' })
  expect(await stage.read(checking, { onDecodeError: 'skip' })).toEqual([{ id: 1 }])
})

test.for([
  ['no id', undefined, undefined],
  ['ids of their own', 'https://shop/order.json', 'https://shop/money.json'],
  ['an id of the first', 'https://shop/order.json', undefined],
  ['the name for an id', undefined, 'money.json'],
])('JSON Schema: schemas that others use are asked for, with %s', async ([, $id, usedId]) => {
  await using stage = await startSchemas()
  const { registry } = stage.use()
  await registry.register('money', {
    type: 'JSON',
    schema: JSON.stringify({ $id: usedId, type: 'integer' }),
  })
  const references = [{ name: 'money.json', subject: 'money', version: 1 }]
  const schema = { $id, properties: { price: { $ref: 'money.json' } } }
  const serde = jsonSchema<object>(schema, { ...stage.use(), references })
  await stage.send(serde, { price: 5 })
  await expect(stage.send(serde, { price: 'x' })).rejects.toThrow('/price must be integer')
})

test('a serde that nobody made ready for a topic says so', async () => {
  await using stage = await startSchemas()
  const value = avro<object>(V1, stage.use())
  await using producer = stage.kafka.producer()
  const sending = producer.send({ name: 't', key: utf8(), value }, { value: { id: 1 } })
  await expect(sending).rejects.toMatchObject({ code: 'SCHEMA_NOT_READY' })
})
