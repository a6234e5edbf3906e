import { runDriver } from '../driver.ts'
import type { InstalledClient } from '../installed-client.ts'
import type { Arena } from './arena.ts'
import type { Scenario } from './scenario.ts'

const PERF_RECORDS = 20_000
const VERIFIABLE_RECORDS = 5_000
const PARTITIONS = 3

/** Kafka's own ProducerPerformance and ConsumerPerformance see the same number of records. */
export const perf: Scenario = {
  run: (arena, installed) => runTool(arena, installed, 'perf', PERF_RECORDS),
}

/**
 * Kafka's own VerifiableProducer and VerifiableConsumer: every record acknowledged, every record
 * consumed.
 */
export const verifiable: Scenario = {
  run: (arena, installed) => runTool(arena, installed, 'verifiable', VERIFIABLE_RECORDS),
}

async function runTool(
  arena: Arena,
  installed: InstalledClient,
  verb: string,
  count: number,
): Promise<void> {
  const topic = await arena.createTopic(installed.client, verb, PARTITIONS)
  const group = arena.name(installed.client, verb)
  const options = { bootstrap: arena.bootstrap, topic, group, count }
  const printed = await runDriver(installed, verb, options)
  const { produced, consumed } = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as {
    readonly produced: number
    readonly consumed: number
  }
  const ends = await arena.referee.endOffsets(topic, PARTITIONS)
  const inLog = ends.reduce((sum, end) => sum + end, 0)
  if (produced === count && consumed === count && inLog === count) return
  throw new Error(
    `wanted ${count}: produced ${produced}, in the log ${inLog}, consumed ${consumed}`,
  )
}
