import type { Bench } from '@pafka/testing'

/** What one operation of a bench takes. */
export interface Measurement {
  readonly medianNs: number
  /** Slowest round over fastest round: 1 is quiet, beyond 1.2 look again. */
  readonly spread: number
}

export interface MeasureOptions {
  readonly rounds: number
  /** What a round should take at least. */
  readonly roundMs: number
}

/** Warms up by finding how many operations fill a round, then takes the median of the rounds. */
export async function measure(bench: Bench, options: MeasureOptions): Promise<Measurement> {
  const times = await timesPerRound(bench, options.roundMs)
  const rounds: number[] = []
  for (let round = 0; round < options.rounds; round++) {
    rounds.push((await elapsedMs(bench, times)) / times)
  }
  rounds.sort((one, other) => one - other)
  const median = rounds[Math.floor(rounds.length / 2)] ?? 0
  return { medianNs: median * 1e6, spread: (rounds.at(-1) ?? 0) / (rounds[0] ?? 1) }
}

async function timesPerRound(bench: Bench, roundMs: number): Promise<number> {
  let times = 1
  while ((await elapsedMs(bench, times)) < roundMs && times < 2 ** 30) times *= 2
  return times
}

async function elapsedMs(bench: Bench, times: number): Promise<number> {
  const startMs = performance.now()
  await bench.run(times)
  return performance.now() - startMs
}
