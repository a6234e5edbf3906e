import { expect } from 'vitest'

import type { Kafka } from '../src/index.ts'

const POLL = { timeout: 20_000, interval: 10 }

/** What readers see that see only what is committed, by partition, in their order. */
export async function committedValues(kafka: Kafka, topic: string): Promise<string[][]> {
  await allEnded(kafka, topic)
  return visibleValues(kafka, topic)
}

/** Waits for transactions: Kafka says that one is at its end before readers may know it. */
async function allEnded(kafka: Kafka, topic: string): Promise<void> {
  const { partitions } = kafka.admin()
  const ends = async (readCommitted: boolean): Promise<unknown> =>
    (await partitions.offsets(topic, 'latest', { readCommitted })).done
  await expect
    .poll(async () => JSON.stringify(await ends(true)) === JSON.stringify(await ends(false)), POLL)
    .toBe(true)
}

/** As they are, with transactions that are open. */
export async function visibleValues(kafka: Kafka, topic: string): Promise<string[][]> {
  const values: string[][] = []
  for await (const { partition, value } of kafka.reader(topic, { until: 'end' })) {
    const own = values[partition] ?? []
    values[partition] = own
    own.push(Buffer.from(value ?? []).toString())
  }
  return values
}
