import { seededRandom } from '@pafka/base'
import { Broker } from '@pafka/broker'
import { mutated } from '@pafka/testing'
import { expect, test } from 'vitest'

import { avro } from '../src/avro/index.ts'
import { Kafka, KafkaError, type Serde, topic } from '../src/index.ts'
import { jsonSchema } from '../src/json-schema/index.ts'
import { protobuf } from '../src/protobuf/index.ts'
import { SchemaRegistry } from '../src/schema-registry/index.ts'
import { FakeRegistry } from './fake-registry.ts'

const SEED = 8_112_026
const RECORDS = 400

const AVRO = {
  type: 'record',
  name: 'Order',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'items', type: { type: 'array', items: 'string' } },
  ],
}
const PROTO = `syntax = "proto3"; message Order { int64 id = 1; repeated string items = 2; }
  message Other { Order order = 1; }`
const JSON_SCHEMA = { properties: { id: { type: 'integer' } } }
const ORDER = { id: 5, items: ['tea', 'milk', ''] }

const SERDES: readonly (readonly [string, (registry: SchemaRegistry) => Serde<object>])[] = [
  ['Avro', (registry) => avro(AVRO, { registry })],
  ['Protobuf', (registry) => protobuf({ proto: PROTO }, { registry })],
  ['JSON Schema', (registry) => jsonSchema(JSON_SCHEMA, { registry, validate: 'both' })],
]

test.for(SERDES)('%s: each damaged value is a value or a KafkaError', async ([, serdeBy]) => {
  await using fake = await FakeRegistry.start()
  await using broker = await Broker.start({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka(broker.bootstrap)
  const serde = serdeBy(new SchemaRegistry(fake.url))
  const orders = topic('t', { value: serde })
  await using producer = kafka.producer()
  await producer.send(orders, { value: ORDER })
  const written = await firstValue(kafka)
  const random = seededRandom(SEED)
  const values = Array.from({ length: RECORDS }, () => ({ value: mutated(random, written) }))
  await producer.sendAll('t', values)
  let count = 0
  let failures = 0
  for await (const record of kafka.reader(orders, { until: 'end' })) {
    count += 1
    try {
      expect(record.value, `seed ${SEED}`).toBeTypeOf('object')
    } catch (error) {
      expect(error, `seed ${SEED}`).toBeInstanceOf(KafkaError)
      expect(error).toMatchObject({ code: 'DECODING_FAILED' })
      failures += 1
    }
  }
  expect(count).toBe(RECORDS + 1)
  expect(failures).toBeGreaterThan(RECORDS / 10)
})

async function firstValue(kafka: Kafka): Promise<Uint8Array> {
  for await (const { value } of kafka.reader('t')) if (value !== null) return Uint8Array.from(value)
  throw new Error('there is none')
}
