import type { Kafka } from '../src/index.ts'

/** What readers see that see only what is committed, by partition, in their order. */
export async function committedValues(kafka: Kafka, topic: string): Promise<string[][]> {
  const values: string[][] = []
  for await (const { partition, value } of kafka.reader(topic, { until: 'end' })) {
    const own = values[partition] ?? []
    values[partition] = own
    own.push(Buffer.from(value ?? []).toString())
  }
  return values
}
