import { randomInt } from 'node:crypto'

import { SECOND_MS } from '@pafka/base'
import { Kafka } from '@pafka/client'

import type { Workload } from '../workload/workload.ts'
import type { ContestantSpec } from './contestant-facts.ts'

/** A broker that is gone is not waited for. */
const DELETE_MS = 5 * SECOND_MS
const CLOSE_MS = 1 * SECOND_MS

/** Topics of a workload at one contestant, which go with it. */
export interface SweepTopics extends AsyncDisposable {
  readonly names: readonly string[]
}

/** @param replicas of each partition; undefined for what the broker makes. @throws {KafkaError} */
export async function makeTopics(
  { kafka: options }: ContestantSpec,
  { topics, partitions }: Workload,
  replicas: number | undefined,
): Promise<SweepTopics> {
  const prefix = `pafka-sweep-${randomInt(2 ** 32)}`
  const names = Array.from({ length: topics }, (_, at) => `${prefix}-${at}`)
  await using kafka = new Kafka(options)
  const given = names.map((name) => ({
    name,
    partitions,
    ...(replicas !== undefined && { replicas }),
  }))
  const { failed } = await kafka.admin().topics.create(given)
  const [failure] = failed
  if (failure !== undefined) throw failure
  return {
    names,
    async [Symbol.asyncDispose]() {
      const again = new Kafka(options)
      try {
        await again.admin().topics.delete(names, { signal: AbortSignal.timeout(DELETE_MS) })
      } finally {
        await again.close({ timeoutMs: CLOSE_MS })
      }
    },
  }
}
