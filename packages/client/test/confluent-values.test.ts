import avsc from 'avsc'
import { expect, test } from 'vitest'

import { avro } from '../src/avro/index.ts'
import { topic } from '../src/index.ts'
import { jsonSchema } from '../src/json-schema/index.ts'
import { protobuf } from '../src/protobuf/index.ts'
import { type SchemaStage, startSchemas } from './schema-stage.ts'

// Values and schemas as Confluent's clients write and register them.

/** With the id of the first schema before them. */
async function sendRaw(stage: SchemaStage, ...values: readonly string[]): Promise<void> {
  await using producer = stage.kafka.producer()
  for (const hex of values) {
    // oxlint-disable-next-line no-await-in-loop -- one after another, as they are read
    await producer.send('t', { value: Buffer.from(`0000000007${hex}`, 'hex') })
  }
}

async function register(stage: SchemaStage, schema: unknown): Promise<void> {
  const { registry } = stage.use()
  await registry.register('t-value', { type: 'AVRO', schema: JSON.stringify(schema) })
}

const LARGE = 'ab'.repeat(10_000)

test('Avro: bytes alone stand behind the id without their length', async () => {
  await using stage = await startSchemas()
  const serde = avro<Buffer>('"bytes"', stage.use())
  const values = ['68656c6c6f', '', LARGE, '00', 'ff80'].map((hex) => Buffer.from(hex, 'hex'))
  for (const value of values) await stage.send(serde, value)
  expect(await stage.bytes()).toEqual(values.map((value) => `0000000007${value.toString('hex')}`))
  expect(await stage.read(serde)).toEqual(values)
  expect(await stage.read(avro<Buffer>(null, stage.use()))).toEqual(values)
})

test('Avro: so do those whose id is in a header', async () => {
  await using stage = await startSchemas()
  const serde = avro<Buffer>('bytes', { ...stage.use(), idIn: 'header' })
  await stage.send(serde, Buffer.from('tea'))
  expect(await stage.bytes()).toEqual([Buffer.from('tea').toString('hex')])
  expect(await stage.read(serde)).toEqual([Buffer.from('tea')])
})

test('Avro: and so do those of a logical type', async () => {
  class Cents extends avsc.types.LogicalType {
    override _fromValue(value: Buffer): number {
      return value.readInt16BE()
    }
    override _toValue(value: number): Buffer {
      const bytes = Buffer.alloc(2)
      bytes.writeInt16BE(value)
      return bytes
    }
  }
  const schema = { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }
  const types = { logicalTypes: { decimal: Cents as never } }
  await using stage = await startSchemas()
  const serde = avro<number>(schema, { ...stage.use(), types })
  await stage.send(serde, 450)
  expect(await stage.bytes()).toEqual(['000000000701c2'])
  expect(await stage.read(serde)).toEqual([450])
  const plain = avro<Buffer>(schema, stage.use())
  expect(await stage.read(plain)).toEqual([Buffer.from('01c2', 'hex')])
})

test('Avro: how bytes stand is by the schema that they were written with', async () => {
  await using stage = await startSchemas()
  await register(stage, 'bytes')
  await sendRaw(stage, '746561')
  expect(await stage.read(avro<string>('"string"', stage.use()))).toEqual(['tea'])
})

test('Avro: texts have their length, also for one who wants bytes', async () => {
  await using stage = await startSchemas()
  await register(stage, 'string')
  await sendRaw(stage, '06746561')
  const values = await stage.read(avro<Buffer>('"bytes"', stage.use()))
  expect(values).toEqual([Buffer.from('tea')])
})

test.for([
  ['a record', { type: 'record', name: 'R', fields: [{ name: 'b', type: 'bytes' }] }, { b: 0 }],
  ['a union', ['null', 'bytes'], { bytes: 0 }],
] as const)('Avro: bytes within %s have their length', async ([, schema, { ...shape }]) => {
  await using stage = await startSchemas()
  const value = Object.fromEntries(Object.keys(shape).map((name) => [name, Buffer.from('tea')]))
  const types = { wrapUnions: 'always' } as const
  const serde = avro<object>(schema, { ...stage.use(), types })
  await stage.send(serde, value)
  const union = Array.isArray(schema) ? '02' : ''
  expect(await stage.bytes()).toEqual([`0000000007${union}06746561`])
  expect(await stage.read(serde)).toEqual([value])
})

test('Avro: a long beyond 2^53 says what to do, and is read with it', async () => {
  await using stage = await startSchemas()
  const schema = { type: 'record', name: 'R', fields: [{ name: 'id', type: 'long' }] }
  await register(stage, schema)
  await sendRaw(stage, 'feffffffffffffffff01')
  const advice: unknown = expect.stringContaining("`longs: 'bigint'`")
  await expect(stage.read(avro(schema, stage.use()))).rejects.toMatchObject({
    ...{ code: 'DECODING_FAILED', message: advice },
  })
  const serde = avro<object>(schema, { ...stage.use(), longs: 'bigint' })
  await stage.send(serde, { id: -5n })
  expect(await stage.read(serde)).toEqual([{ id: 2n ** 63n - 1n }, { id: -5n }])
})

test.for([
  ['NaN', { price: Number.NaN }],
  ['an infinite number', { price: -Infinity }],
  ['a class that is none in JSON', { price: { toJSON: () => undefined } }],
] as const)('JSON Schema: %s is refused to who sends it', async ([, value]) => {
  await using stage = await startSchemas()
  const schema = { properties: { price: { type: 'number' } }, required: ['price'] }
  for (const use of [{}, stage.use()]) {
    const prices = topic('t', { value: jsonSchema<object>(schema, use) })
    await using producer = stage.kafka.producer()
    const named: unknown = expect.stringContaining('price')
    await expect(producer.send(prices, { value })).rejects.toMatchObject({
      ...{ code: 'ENCODING_FAILED', message: named },
    })
  }
  expect(await stage.bytes()).toEqual([])
})

test('Protobuf: files that all clients have are neither given nor asked for', async () => {
  await using stage = await startSchemas()
  const proto = `syntax = "proto3"; package shop;
    import "confluent/meta.proto";
    import "confluent/type/decimal.proto";
    import "google/type/money.proto";
    message Order {
      string id = 1 [(confluent.field_meta).doc = "unique", (confluent.field_meta).tags = "PII"];
      confluent.type.Decimal price = 2 [(confluent.field_meta) = {
        params: [{ key: "precision", value: "4" }, { key: "scale", value: "2" }]
      }];
      google.type.Money total = 3;
    }`
  const value = { id: 'a', price: { value: Buffer.from([5]), scale: 2 }, total: { nanos: 1 } }
  await stage.send(protobuf<object>({ proto }, stage.use()), value)
  const [read] = await stage.read(protobuf<object>(null, stage.use()))
  expect(read).toMatchObject(value)
  expect(stage.fake.asked.map(({ what }) => what)).toEqual([
    'POST /subjects/t-value/versions?normalize=false',
    'GET /schemas/ids/7',
  ])
})
