import {
  type ConsumerRecord,
  Kafka,
  type Reader,
  type ReaderOptions,
  type Serde,
  type Topic,
  topic,
  utf8,
} from '../src/index.ts'
import { SchemaRegistry } from '../src/schema-registry/index.ts'
import { FakeRegistry } from './fake-registry.ts'
import { startBroker } from './stage-broker.ts'

/** A broker with a topic `t` of one partition, and a schema registry whose first id is 7. */
export interface SchemaStage extends AsyncDisposable {
  readonly kafka: Kafka
  readonly fake: FakeRegistry
  /** Another program: it knows nothing yet. */
  use(): { readonly registry: SchemaRegistry }
  send<T>(value: Serde<T>, ...values: readonly T[]): Promise<void>
  read<T>(value: Serde<T>, options?: ReaderOptions): Promise<T[]>
  /** As they are in the topic. */
  bytes(): Promise<string[]>
}

export async function startSchemas(): Promise<SchemaStage> {
  const broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
  const fake = await FakeRegistry.start(7)
  const kafka = new Kafka(broker.bootstrap)
  return {
    ...{ kafka, fake },
    use: () => ({ registry: new SchemaRegistry(fake.url) }),
    send: async (value, ...values) => {
      await using producer = kafka.producer()
      const to = topic('t', { key: utf8(), value })
      await Promise.all(values.map(async (one) => producer.send(to, { key: 'k', value: one })))
    },
    read: async (value, options) => {
      const records = await allOf(readerOf(kafka, topic('t', { value }), options))
      return records.map((record) => record.value as never)
    },
    bytes: async () => {
      const records = await allOf(kafka.reader('t', { until: 'end' }))
      return records.map(({ value }) => Buffer.from(value ?? []).toString('hex'))
    },
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await fake[Symbol.asyncDispose]()
      await broker[Symbol.asyncDispose]()
    },
  }
}

export function readerOf<K, V>(
  kafka: Kafka,
  of: Topic<K, V>,
  options?: ReaderOptions,
): Reader<K, V> {
  return kafka.reader(of, { until: 'end', ...options })
}

export async function allOf<K, V>(
  records: AsyncIterable<ConsumerRecord<K, V>>,
): Promise<ConsumerRecord<K, V>[]> {
  const all: ConsumerRecord<K, V>[] = []
  for await (const record of records) all.push(record)
  return all
}
