import { SECOND_MS } from '@pafka/base'
import { Kafka } from '@pafka/client'
import type { CommandContext } from '@pafka/command'

import type { Contestant } from '../report/sweep-result.ts'
import { type ContestantSpec, contestantOf } from '../sweep/contestant-facts.ts'
import type { PointRun } from '../sweep/point-part.ts'
import { type PointFigures, pointRun } from '../sweep/point-run.ts'
import { makeTopics } from '../sweep/sweep-topics.ts'
import { simpleWorkload } from '../workload/simple-workload.ts'
import type { Workload } from '../workload/workload.ts'
import { type ReadBack, readBack } from './read-back.ts'
import { readProblem, sendProblem } from './stage-problem.ts'

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
  /** Undefined after a burst that failed: there is another load to read then. */
  readonly read: ReadBack | undefined
}

/** There is one producer. */
const THREADS = 1
/** Until the first records are acknowledged, and connections are there. */
const WARM_UP_MS = 2 * SECOND_MS

/**
 * A producer test as fast as it goes, one at a rate, a consumer test.
 * @param complaint what the broker says of an error
 * @returns undefined when it was interrupted: what was cut off is no figure
 * @throws {KafkaError}
 */
export async function labStage(
  spec: ContestantSpec,
  load: LabLoad,
  { signal, write }: CommandContext,
  complaint: () => string | undefined = () => undefined,
): Promise<LabFigures | undefined> {
  const workload = workloadOf(load)
  // who is not there can be waited for, and given up
  await using kafka = new Kafka(spec.kafka)
  await kafka.admin().cluster({ signal })
  await using topics = await makeTopics(spec, workload, undefined)
  await using others = await makeTopics(spec, workload, undefined)
  const [topic = ''] = topics.names
  const contestant = await contestantOf(spec, topic)
  const run = { ...spec, workload, seed: load.seed }
  const send = async (point: PointRun): Promise<PointFigures | undefined> => {
    if (signal.aborted) return undefined
    const figures = await pointRun(point, THREADS, signal)
    const said = figures.failed > 0 ? complaint() : undefined
    const reasons = [figures.problem, said && `the broker says: ${said}`]
    const problem = reasons.filter((reason) => reason !== undefined).join(' ') || undefined
    return signal.aborted ? undefined : { ...figures, problem }
  }
  const tell = (what: string, told: ReadBack | PointFigures | undefined, problem?: string) => {
    const came = told && `${told.records} records in ${seconds(told.elapsedMs)}`
    return write(`  ${what}: ${problem ?? came}\n`)
  }
  await write(`  ${contestant.durability.join(', ')}\n`)
  const burst = await send({
    ...{ ...run, topics: topics.names, ratePerSecond: undefined, records: load.burstRecords },
    workload: { ...workload, durationMs: load.burstMs, warmUpMs: 0 },
  })
  if (burst === undefined) return undefined
  await tell('burst', burst, sendProblem(burst))
  const steady = await send({ ...run, topics: others.names, ratePerSecond: load.ratePerSecond })
  if (steady === undefined) return undefined
  await tell(`${load.ratePerSecond}/s`, steady, sendProblem(steady))
  const asked = { records: burst.records, limitMs: load.burstMs }
  const isBurst = sendProblem(burst) === undefined
  const read = isBurst ? await readBack(spec.kafka, topic, asked, signal) : undefined
  if (signal.aborted) return undefined
  await tell('read back', read, readProblem(read))
  return { contestant, burst, steady, read }
}

export function workloadOf({ partitions, recordBytes, rateMs }: LabLoad): Workload {
  const times = { durationMs: rateMs, warmUpMs: WARM_UP_MS }
  return simpleWorkload({ partitions, recordBytes, producers: 1, groups: 0, ...times })
}

function seconds(ms: number): string {
  return `${(ms / SECOND_MS).toFixed(1)} s`
}
