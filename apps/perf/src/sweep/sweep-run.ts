import { SECOND_MS } from '@pafka/base'
import type { CommandContext } from '@pafka/command'

import { rateOf } from '../measure/tally.ts'
import { busyTold } from '../report/busy-generator.ts'
import { noiseOf } from '../report/noise.ts'
import type { Contestant, Described, SweepPoint, SweepResult } from '../report/sweep-result.ts'
import type { Workload } from '../workload/workload.ts'
import { type ContestantSpec, contestantOf } from './contestant-facts.ts'
import { type PointFigures, pointRun } from './point-run.ts'
import { pointHeads, pointLine } from './point-line.ts'
import { ratesUpTo } from './sweep-rates.ts'
import { makeTopics } from './sweep-topics.ts'
import { thisMachine } from './this-machine.ts'

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
 * @returns what there is of it, also when it was asked to end early
 * @throws {KafkaError} when a contestant cannot be reached
 */
export async function sweepRun(run: SweepRun, context: CommandContext): Promise<SweepResult> {
  const { contestants, workloads, title, command, notes } = run
  const beganAt = new Date().toISOString()
  const points: SweepPoint[] = []
  const described = new Map<string, Contestant>()
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
  await context.write(`${noiseOf(result).told}\n`)
  const busy = busyTold(result)
  if (busy !== undefined) await context.write(`${busy}\n`)
  return result
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
    const { contestants, rounds, replicas } = this.#run
    const made: AsyncDisposable[] = []
    try {
      const places: Place[] = []
      for (const spec of contestants) {
        // oxlint-disable-next-line no-await-in-loop -- few
        const topics = await makeTopics(spec, this.#workload, replicas)
        made.push(topics)
        places.push({ spec, topics: topics.names })
        if (!described.has(spec.name)) {
          // oxlint-disable-next-line no-await-in-loop -- as above
          described.set(spec.name, await contestantOf(spec, topics.names[0] ?? ''))
        }
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

  async #round(round: number, places: readonly Place[]): Promise<void> {
    const named = this.#named
    if (named === undefined) await this.#rate(undefined, round, places)
    this.#rates ??= named ?? ratesUpTo(Math.max(...this.#highest.values()), this.#run.steps)
    for (const rate of this.#rates) {
      // who cannot do it by far would only be measured at its highest again
      const able = places.filter(({ spec }) => {
        return rate <= OVERLOAD * (this.#highest.get(spec.name) ?? Infinity)
      })
      // oxlint-disable-next-line no-await-in-loop -- one rate after the other
      await this.#rate(rate, round, able)
    }
  }

  get #named(): readonly number[] | undefined {
    const { rates } = this.#run
    const { recordsPerSecond } = this.#workload
    if (rates.length > 0) return rates
    return recordsPerSecond === undefined ? undefined : [recordsPerSecond]
  }

  /** Of all that are given, in turn. */
  async #rate(
    ratePerSecond: number | undefined,
    round: number,
    places: readonly Place[],
  ): Promise<void> {
    const { seed, threads } = this.#run
    for (const { spec, topics } of places) {
      if (this.#context.signal.aborted) return
      const run = { ...spec, topics, workload: this.#workload, ratePerSecond, seed: seed + round }
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const figures = await pointRun(run, threads, this.#context.signal)
      if (this.#context.signal.aborted) return // it is no whole one
      const point = this.#add(spec.name, { round, ratePerSecond }, figures)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await this.#context.write(pointLine(point, figures))
      if (figures.problem !== undefined) this.#context.writeError(`${figures.problem}\n`)
    }
  }

  #add(
    contestant: string,
    {
      round,
      ratePerSecond,
    }: { readonly round: number; readonly ratePerSecond: number | undefined },
    figures: PointFigures,
  ): SweepPoint {
    const { records, bytes, failed, elapsedMs, busyShare, latencies, read } = figures
    if (ratePerSecond === undefined) {
      const most = Math.max(this.#highest.get(contestant) ?? 0, rateOf(records, figures))
      this.#highest.set(contestant, most)
    }
    const point: SweepPoint = {
      ...{ contestant, workload: this.#workload.name, round, offeredPerSecond: ratePerSecond },
      ...{ records, bytes, failed, elapsedMs, busyShare },
      ...{ acked: latencies.encode(), read: read?.encode() },
    }
    this.#points.push(point)
    return point
  }
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
