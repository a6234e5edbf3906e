/** A program of somebody who installed `@pafka/client`: given to their compiler, and run. */
import { json, Kafka, KafkaError, topic, utf8 } from '@pafka/client'
import kafkajs, { logLevel } from '@pafka/client/kafkajs'
import { protobuf } from '@pafka/client/protobuf'
import { SchemaRegistryError } from '@pafka/client/schema-registry'

interface Order {
  readonly n: number
}

const [, , bootstrap = '', prefix = ''] = process.argv
const orders = topic(`${prefix}-orders`, { key: utf8(), value: json<Order>() })
const copies = topic(`${prefix}-copies`, { key: utf8(), value: json<Order>() })

async function main(): Promise<void> {
  const kafka = new Kafka(bootstrap)
  const { topics, groups } = kafka.admin()
  for (const { name } of [orders, copies]) await topics.create(name, { partitions: 3 })
  const producer = kafka.producer({ compression: 'gzip' })
  await producer.sendAll(
    orders,
    [0, 1, 2, 3].map((n) => ({ key: `k${n}`, value: { n } })),
  )
  let taken = 0
  for await (const record of kafka.consumer(`${prefix}-group`, orders)) {
    const value: Order | null = record.value
    await producer.transaction(async (transaction) => {
      await transaction.send(copies, { key: record.key, value })
      transaction.ack(record)
    })
    taken += 1
    if (taken === 4) break
  }
  const failed = producer.transaction(async (transaction) => {
    await transaction.send(copies, { key: 'x', value: { n: 99 } })
    throw new Error('not this one')
  })
  console.log(await failed.catch((error: unknown) => String(error)))
  await producer.close()
  const read: number[] = []
  for await (const { value } of kafka.reader(copies, { until: 'end' })) read.push(value?.n ?? -1)
  read.sort((one, other) => one - other)
  console.log(read.join(' '))
  console.log((await groups.list()).filter(({ groupId }) => groupId.startsWith(prefix)).length)
  await kafka.close()
  asProtobuf()
  await asKafkajs()
  console.log(String(new KafkaError('CODE', 'text', { kind: 'usage' })))
  console.log(String(new SchemaRegistryError(['CODE', 'usage'], 'text')))
}

/** A file that imports one which its library has as JSON. */
function asProtobuf(): void {
  const proto = `syntax = "proto3"; import "google/protobuf/descriptor.proto";
    extend google.protobuf.FieldOptions { string note = 50001; }
    message Order { int32 n = 1 [(note) = "x"]; }`
  const written: number[] = []
  protobuf<Order>({ proto }).encode(
    { n: 7 },
    { text: () => {}, bytes: (bytes) => written.push(...bytes) },
  )
  console.log(written.join(' '))
}

/** The same topic, through the other API. */
async function asKafkajs(): Promise<void> {
  // oxlint-disable-next-line import/no-named-as-default-member -- as programs for kafkajs have it
  const kafka = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
  const producer: kafkajs.Producer = kafka.producer()
  await producer.connect()
  const [sent] = await producer.send({ topic: orders.name, messages: [{ value: 'v' }] })
  console.log(sent?.errorCode)
  await producer.disconnect()
}

void main()
