import { ConfigError, InvariantViolation, messageOf, PafkaError, SECOND_MS } from '@pafka/base'
import type { CommandContext } from '@pafka/command'

import { Latencies } from '../measure/latencies.ts'
import { rateOf } from '../measure/tally.ts'
import { busyTold } from '../report/busy-generator.ts'
import { failedTold, isFailed } from '../report/failed-points.ts'
import { noiseOf } from '../report/noise.ts'
import type { Contestant, Described, SweepPoint, SweepResult } from '../report/sweep-result.ts'
import type { Workload } from '../workload/workload.ts'
import { type ContestantSpec, contestantOf } from './contestant-facts.ts'
import { type PointFigures, pointRun } from './point-run.ts'
import { pointHeads, pointLine } from './point-line.ts'
import { reachProblem } from '../load/reachable.ts'
import { ratesUpTo } from './sweep-rates.ts'
import { makeTopics } from './sweep-topics.ts'
import { thisMachine } from './this-machine.ts'
import { workloadPayloads } from './workload-load.ts'

export interface SweepRun {
  readonly title: string
  readonly contestants: readonly ContestantSpec[]
  readonly workloads: readonly Workload[]
  /** Records a second; none: up to the highest there is. */
  readonly rates: readonly number[]
  /** How many rates, where none are named. */
  readonly steps: number
  readonly rounds: number
  /** Of each partition; undefined for what the broker makes. */
  readonly replicas: number | undefined
  readonly seed: number
  /** Of the load, at most. */
  readonly threads: number
  /** As it was typed. */
  readonly command: string
  readonly notes: readonly string[]
}

/** One contestant and its topics. */
interface Place {
  readonly spec: ContestantSpec
  readonly topics: readonly string[]
}

/**
 * Measures each contestant at each rate, in turn with the others, again and again.
 * @returns what there is of it, also when it was asked to end early, or points failed
 * @throws {PafkaError} when a contestant cannot be reached at all
 */
export async function sweepRun(run: SweepRun, context: CommandContext): Promise<SweepResult> {
  const { contestants, workloads, title, command, notes } = run
  const beganAt = new Date().toISOString()
  const points: SweepPoint[] = []
  const described = new Map<string, Contestant>()
  // what a file should hold and does not is said before anything is measured
  for (const workload of workloads) workloadPayloads(workload, run.seed)
  await context.write(pointHeads())
  for (const workload of workloads) {
    // oxlint-disable-next-line no-await-in-loop -- they would disturb each other
    points.push(...(await new WorkloadSweep(run, workload, context).points(described)))
  }
  const result: SweepResult = {
    ...{ title, beganAt, points, notes, commands: [command], machines: [thisMachine()] },
    contestants: contestants.flatMap(({ name }) => described.get(name) ?? []),
    workloads: workloads.map((workload) => describedWorkload(workload, run.threads)),
  }
  const told = [failedTold(result), noiseOf(result).told, busyTold(result)]
  await context.write(told.flatMap((line) => (line === undefined ? [] : `${line}\n`)).join(''))
  return result
}

interface PointPlace {
  readonly round: number
  readonly ratePerSecond: number | undefined
}

/** A contestant is measured up to so many times its highest rate. */
const OVERLOAD = 1.2

/** One workload, at all contestants. */
class WorkloadSweep {
  readonly #run: SweepRun
  readonly #workload: Workload
  readonly #context: CommandContext
  readonly #points: SweepPoint[] = []
  /** Records a second of each contestant, as fast as it goes. */
  readonly #highest = new Map<string, number>()
  #rates: readonly number[] | undefined

  constructor(run: SweepRun, workload: Workload, context: CommandContext) {
    this.#run = run
    this.#workload = workload
    this.#context = context
  }

  /** @param described where it says who they are */
  async points(described: Map<string, Contestant>): Promise<SweepPoint[]> {
    const { contestants, rounds } = this.#run
    const made: AsyncDisposable[] = []
    try {
      const places: Place[] = []
      for (const spec of contestants) {
        // oxlint-disable-next-line no-await-in-loop -- few
        const place = await this.#place(spec, described, made)
        if (place !== undefined) places.push(place)
      }
      for (let round = 1; round <= rounds && !this.#context.signal.aborted; round++) {
        // oxlint-disable-next-line no-await-in-loop -- one round after the other
        await this.#round(round, places)
      }
      return this.#points
    } finally {
      // what is left of them is no failure of what was measured
      await Promise.allSettled(made.map(async (topics) => topics[Symbol.asyncDispose]()))
    }
  }

  /**
   * Makes topics at a contestant.
   * @param made where they are kept
   * @returns undefined where that fails and something was measured before: it is told
   * @throws {PafkaError} where nothing was
   */
  async #place(
    spec: ContestantSpec,
    described: Map<string, Contestant>,
    made: AsyncDisposable[],
  ): Promise<Place | undefined> {
    const isFirst = !described.has(spec.name)
    try {
      const problem = await reachProblem(spec.kafka)
      if (problem !== undefined) {
        throw new PafkaError('NOT_REACHED', isFirst ? `${spec.name} ${problem}` : problem)
      }
      const topics = await makeTopics(spec, this.#workload, this.#run.replicas)
      made.push(topics)
      if (isFirst) described.set(spec.name, await contestantOf(spec, topics.names[0] ?? ''))
      return { spec, topics: topics.names }
    } catch (error) {
      if (isFirst) throw error
      const [ratePerSecond] = this.#named ?? []
      this.#failed(spec.name, { round: 1, ratePerSecond }, failureOf(error))
      return undefined
    }
  }

  async #round(round: number, places: readonly Place[]): Promise<void> {
    const named = this.#named
    const here = new Set(places)
    if (named === undefined) await this.#rate(undefined, round, here)
    // in a round in which all failed nobody knows how far they go
    if (named !== undefined || this.#highest.size > 0) {
      this.#rates ??= named ?? ratesUpTo(Math.max(...this.#highest.values()), this.#run.steps)
    }
    for (const rate of this.#rates ?? []) {
      // oxlint-disable-next-line no-await-in-loop -- one rate after the other
      await this.#rate(rate, round, here)
    }
  }

  get #named(): readonly number[] | undefined {
    const { rates } = this.#run
    const { recordsPerSecond } = this.#workload
    if (rates.length > 0) return rates
    return recordsPerSecond === undefined ? undefined : [recordsPerSecond]
  }

  /** Of all that are given, in turn. @param here whoever is gone is taken out of it */
  async #rate(ratePerSecond: number | undefined, round: number, here: Set<Place>): Promise<void> {
    for (const place of here) {
      const { name, kafka } = place.spec
      // who cannot do it by far would only be measured at its highest again
      if ((ratePerSecond ?? 0) > OVERLOAD * (this.#highest.get(name) ?? Infinity)) continue
      if (this.#context.signal.aborted) return
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const problem = await reachProblem(kafka)
      if (this.#context.signal.aborted) return
      if (problem === undefined) {
        // oxlint-disable-next-line no-await-in-loop -- as above
        await this.#point(place, { round, ratePerSecond })
      } else {
        here.delete(place)
        const what = `${problem}; left out for the rest of round ${round}`
        this.#failed(name, { round, ratePerSecond }, what)
      }
    }
  }

  async #point({ spec, topics }: Place, at: PointPlace): Promise<void> {
    const { seed, threads } = this.#run
    const { signal, write, writeError } = this.#context
    const workload = this.#workload
    const run = { ...spec, topics, workload, ratePerSecond: at.ratePerSecond }
    let figures: PointFigures
    try {
      figures = await pointRun({ ...run, seed: seed + at.round }, threads, signal)
    } catch (error) {
      if (!signal.aborted) this.#failed(spec.name, at, failureOf(error))
      return
    }
    if (signal.aborted) return // it is no whole one
    const point = this.#add(spec.name, at, figures)
    await write(pointLine(point, figures))
    if (point.problem !== undefined) writeError(`${spec.name}: ${point.problem}\n`)
  }

  /** What came to nothing is told, and kept. */
  #failed(contestant: string, { round, ratePerSecond }: PointPlace, problem: string): void {
    this.#context.writeError(`${contestant}: ${problem}\n`)
    this.#points.push({
      ...{ contestant, workload: this.#workload.name, round, offeredPerSecond: ratePerSecond },
      ...{ records: 0, bytes: 0, failed: 0, elapsedMs: 0, busyShare: 0, problem },
      ...{ acked: new Latencies().encode(), read: undefined },
    })
  }

  #add(
    contestant: string,
    { round, ratePerSecond }: PointPlace,
    figures: PointFigures,
  ): SweepPoint {
    const { records, bytes, failed, elapsedMs, busyShare, latencies, read, problem } = figures
    if (ratePerSecond === undefined && !isFailed(figures)) {
      const most = Math.max(this.#highest.get(contestant) ?? 0, rateOf(records, figures))
      this.#highest.set(contestant, most)
    }
    const point: SweepPoint = {
      ...{ contestant, workload: this.#workload.name, round, offeredPerSecond: ratePerSecond },
      ...{ records, bytes, failed, elapsedMs, busyShare, problem },
      ...{ acked: latencies.encode(), read: read?.encode() },
    }
    this.#points.push(point)
    return point
  }
}

/** @throws what is no matter of a broker */
function failureOf(error: unknown): string {
  if (error instanceof ConfigError || error instanceof InvariantViolation) throw error
  return messageOf(error)
}

function describedWorkload(workload: Workload, threads: number): Described {
  const { name, topics, partitions, recordBytes, keys, payloads, groups } = workload
  const values =
    payloads === undefined
      ? 'random letters'
      : payloads.kind === 'file'
        ? `those of ${payloads.path}`
        : `${payloads.count}, random to ${payloads.randomShare * 100} %`
  return {
    name,
    facts: [
      ['topics', `${topics}, with ${partitions} partitions each`],
      ['records', `${recordBytes} bytes, ${values}`],
      ['keys', keys],
      ['producers', `${topics * workload.producersPerTopic}`],
      ['threads of the load', `${threads} at most`],
      ['consumers', `${topics * groups * workload.consumersPerGroup} in ${groups * topics} groups`],
      [
        'each rate',
        `${workload.durationMs / SECOND_MS} s, after ${workload.warmUpMs / SECOND_MS} s`,
      ],
    ],
  }
}
