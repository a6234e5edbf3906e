import { type Random, SECOND_MS, seededRandom } from '@pafka/base'

import { Latencies } from '../src/measure/latencies.ts'
import type { Contestant, SweepPoint, SweepResult } from '../src/report/sweep-result.ts'

export interface ExampleOptions {
  readonly contestants?: number
  readonly rounds?: number
  /** Records a second; undefined is as fast as it goes. */
  readonly rates?: readonly (number | undefined)[]
  readonly isRead?: boolean
  /** Most to least of rounds, of their median. */
  readonly noise?: number
  readonly failed?: number
  readonly workloads?: number
}

const SECONDS = 20
const RECORD_BYTES = 1024
const SAMPLES = 3000

/** A result as a sweep might have measured it, the same each time. */
export function exampleSweep(options: ExampleOptions = {}): SweepResult {
  const { contestants = 2, workloads = 1 } = options
  const random = seededRandom(7)
  const names = Array.from({ length: workloads }, (_, at) => `${at + 1} KiB, 16 partitions`)
  const all = Array.from({ length: contestants }, (_, at) => exampleContestant(at))
  return {
    title: 'Two ways to keep 1 KiB & <less>',
    beganAt: '2026-11-20T10:11:12.000Z',
    commands: ["pafka-perf sweep --target 'a=127.0.0.1:9092' --rates 10000,50000 --html <file>"],
    machines: [
      {
        name: 'bench-1',
        facts: [
          ['processors', '8 of "Example" & Co'],
          ['memory', '32 GiB'],
        ],
      },
    ],
    contestants: all,
    workloads: names.map((name) => ({ name, facts: [['record', `${RECORD_BYTES} bytes`]] })),
    points: names.flatMap((workload) =>
      all.flatMap(({ name }, at) => pointsOf({ ...options, workload, name, at }, random)),
    ),
    notes: ['Nothing else ran.'],
  }
}

function exampleContestant(at: number): Contestant {
  return {
    name: `broker <${at + 1}>`,
    address: `127.0.0.1:${9092 + at}`,
    software: `Example Broker ${at + 4}.3`,
    durability: at % 2 === 0 ? ['synced before the ack'] : ['in memory of 1', 'synced each second'],
    facts: [
      ['acks', 'all'],
      ['linger', `${at} ms`],
    ],
  }
}

interface Place extends ExampleOptions {
  readonly workload: string
  readonly name: string
  readonly at: number
}

function pointsOf(place: Place, random: Random): SweepPoint[] {
  const { rounds = 3, rates = [5000, 20_000, 50_000, 100_000, 200_000, undefined] } = place
  return rates.flatMap((rate) =>
    Array.from({ length: rounds }, (_, round) => pointOf(place, { rate, round }, random)),
  )
}

function pointOf(
  place: Place,
  { rate, round }: { readonly rate: number | undefined; readonly round: number },
  random: Random,
): SweepPoint {
  const { rounds = 3, noise = 0.06, failed = 0 } = place
  const highest = 180_000 / (1 + place.at / 3)
  const reached = Math.min(rate ?? highest, highest)
  const share = rounds < 2 ? 0 : noise * (round / (rounds - 1) - 0.5)
  const load = reached / highest
  const middleMs = (0.4 + place.at * 0.7) * (1 + load ** 6 * 30) * (1 + share)
  const records = Math.round(reached * SECONDS)
  const latencies = (): Latencies => {
    const made = new Latencies()
    for (let sample = 0; sample < SAMPLES; sample++) {
      // Half of them below the middle, and a tail that is long.
      const ms = middleMs * (0.5 + 0.5 / (1 - random.next() * 0.9999) ** 0.6)
      made.record(ms, Math.max(1, Math.round(records / SAMPLES)))
    }
    return made
  }
  return {
    contestant: place.name,
    workload: place.workload,
    round: round + 1,
    offeredPerSecond: rate,
    records,
    bytes: records * RECORD_BYTES,
    failed,
    elapsedMs: SECONDS * SECOND_MS,
    busyShare: 0.3,
    acked: latencies().encode(),
    read: place.isRead === true ? latencies().encode() : undefined,
  }
}
