import { SECOND_MS } from '@pafka/base'
import type { CommandContext } from '@pafka/command'

import type { Contestant } from '../report/sweep-result.ts'
import { type ContestantSpec, contestantOf } from '../sweep/contestant-facts.ts'
import { type PointFigures, pointRun } from '../sweep/point-run.ts'
import { makeTopics } from '../sweep/sweep-topics.ts'
import { simpleWorkload } from '../workload/simple-workload.ts'
import type { Workload } from '../workload/workload.ts'
import { type ReadBack, readBack } from './read-back.ts'

/** What each contestant of a lab has to do. */
export interface LabLoad {
  readonly burstRecords: number
  /** A burst is ended when it takes longer. */
  readonly burstMs: number
  readonly ratePerSecond: number
  readonly rateMs: number
  readonly recordBytes: number
  readonly partitions: number
  readonly seed: number
}

/** What a contestant came to. */
export interface LabFigures {
  readonly contestant: Contestant
  readonly burst: PointFigures
  readonly steady: PointFigures
  readonly read: ReadBack
}

/** There is one producer. */
const THREADS = 1
/** Until the first records are acknowledged, and connections are there. */
const WARM_UP_MS = 2 * SECOND_MS

/** A producer test as fast as it goes, one at a rate, a consumer test. @throws {KafkaError} */
export async function labStage(
  spec: ContestantSpec,
  load: LabLoad,
  { signal, write }: CommandContext,
): Promise<LabFigures> {
  const workload = workloadOf(load)
  await using topics = await makeTopics(spec, workload, undefined)
  await using others = await makeTopics(spec, workload, undefined)
  const [topic = ''] = topics.names
  const contestant = await contestantOf(spec, topic)
  const run = { ...spec, workload, seed: load.seed }
  await write(`  ${contestant.durability.join(', ')}\n`)
  const burst = await pointRun(
    {
      ...{ ...run, topics: topics.names, ratePerSecond: undefined, records: load.burstRecords },
      workload: { ...workload, durationMs: load.burstMs, warmUpMs: 0 },
    },
    THREADS,
    signal,
  )
  await write(`  burst: ${burst.records} records in ${seconds(burst.elapsedMs)}\n`)
  const steady = await pointRun(
    { ...run, topics: others.names, ratePerSecond: load.ratePerSecond },
    THREADS,
    signal,
  )
  await write(
    `  ${load.ratePerSecond}/s: ${steady.records} records in ${seconds(steady.elapsedMs)}\n`,
  )
  const asked = { records: burst.records, limitMs: load.burstMs }
  const read = await readBack(spec.kafka, topic, asked, signal)
  await write(`  read back: ${read.records} records in ${seconds(read.elapsedMs)}\n`)
  return { contestant, burst, steady, read }
}

export function workloadOf({ partitions, recordBytes, rateMs }: LabLoad): Workload {
  const times = { durationMs: rateMs, warmUpMs: WARM_UP_MS }
  return simpleWorkload({ partitions, recordBytes, producers: 1, groups: 0, ...times })
}

function seconds(ms: number): string {
  return `${(ms / SECOND_MS).toFixed(1)} s`
}
