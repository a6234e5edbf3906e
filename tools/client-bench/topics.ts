import { Kafka } from '@pafka/client'

export async function makeTopic(brokers: string, topic: string, partitions: number): Promise<void> {
  await using kafka = new Kafka(brokers)
  await kafka.admin().topics.create(topic, { partitions })
}

/** With records of 100 bytes. */
export async function fill(brokers: string, topic: string, records: number): Promise<void> {
  await using kafka = new Kafka(brokers)
  const value = Buffer.alloc(100, 'x')
  const all = function* () {
    for (let at = 0; at < records; at++) yield { value }
  }
  await kafka.producer().sendAll(topic, all())
}
