import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { ConfigError } from '@pafka/base'
import { bitsHint, parseBytes, parseTime } from '@pafka/command'

import { type Contestant, contestantOption, contestantsOf } from './contestant.ts'
import { readJsonFile } from './input-file.ts'
import { measuredContestants, type MeasuredOptions } from './measured.ts'
import type { Demand } from './plan.ts'
import { type Machine, type PriceList, priceListOf } from './price-list.ts'

/** As the command line has them. */
export interface CostOptions extends MeasuredOptions {
  readonly target: string
  readonly fanOut: string
  readonly replicationFactor: string
  readonly retention?: string
  readonly headroom: string
  readonly figures?: string
  readonly contestant?: readonly string[]
  readonly prices?: string
  readonly machine?: readonly string[]
  readonly only?: string
}

/** What is to be planned. */
export interface CostQuestion {
  readonly demand: Demand
  readonly prices: PriceList
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly contestant: Contestant
  /** Undefined when it names none. */
  readonly machine: Machine | undefined
}

const MOST_FILE_BYTES = 1024 * 1024
/** A petabyte a second. */
const MOST_RATE = 1e15
const MOST_RETENTION_MS = 100 * 365 * 86_400_000
const NAMED_MACHINE = /^([^=]+)=(.+)$/u

/** @throws {ConfigError} with all that is wrong, with options and with files */
export function costQuestion(options: CostOptions): CostQuestion {
  const problems: string[] = []
  const demand = demandOf(options, problems)
  const contestants = chosen(allContestants(options, problems), options.only, problems)
  const prices = pricesOf(options.prices ?? dataFile('prices.json'), problems)
  const machines = machineNames(options.machine, contestants, problems)
  const entries = contestants.map((contestant): Entry => {
    const name = machines.get(contestant.name) ?? contestant.machine
    const machine = name === undefined ? undefined : prices?.machines.get(name)
    if (name !== undefined && machine === undefined && prices !== undefined) {
      const known = [...prices.machines.keys()].join(', ')
      problems.push(`${contestant.name}: machine ${name} is none of the price list: ${known}`)
    }
    return { contestant, machine }
  })
  if (problems.length > 0 || prices === undefined) throw new ConfigError(problems)
  return { demand, prices, entries }
}

/** A file of this package. */
export function dataFile(name: string): string {
  const manifest = createRequire(import.meta.url).resolve('@pafka/perf/package.json')
  return join(dirname(manifest), 'data', name)
}

function demandOf(options: CostOptions, problems: string[]): Demand {
  const number = (flag: string, text: string, least: number, most: number): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value >= least && value <= most) return value
    problems.push(`--${flag}: ${text} is no number from ${least} to ${most}`)
    return least
  }
  const { target, retention } = options
  const targetRate = parseBytes(target)
  if (targetRate === undefined || !(targetRate >= 1 && targetRate <= MOST_RATE)) {
    problems.push(`--target: ${target} is no rate up to 1PB/s, such as 20GB/s${bitsHint(target)}`)
  }
  const retentionMs = retention === undefined ? undefined : parseTime(retention)
  if (retention !== undefined) {
    const isRight = retentionMs !== undefined && retentionMs > 0 && retentionMs <= MOST_RETENTION_MS
    if (!isRight) problems.push(`--retention: ${retention} is no time such as 7d, up to 100 years`)
  }
  const copies = number('replication-factor', options.replicationFactor, 1, 100)
  if (!Number.isInteger(copies)) problems.push(`--replication-factor: ${copies} is no whole number`)
  return {
    ...{ targetRate: targetRate ?? 1, retentionMs, replicationFactor: copies },
    fanOut: number('fan-out', options.fanOut, 0, 10_000),
    headroom: number('headroom', options.headroom, 0.01, 1),
  }
}

function allContestants(options: CostOptions, problems: string[]): readonly Contestant[] {
  const file = readJsonFile(options.figures ?? dataFile('figures.json'), MOST_FILE_BYTES, problems)
  const all = [
    ...(file === undefined ? [] : contestantsOf(file)),
    ...(options.contestant ?? []).map((text) => contestantOption(text, problems)),
    ...measuredContestants(options, problems),
  ]
  const seen = new Set<string>()
  for (const { name } of all) {
    if (seen.has(name) && name !== '') problems.push(`${name}: is there twice`)
    seen.add(name)
  }
  return all
}

/** Those that are named, in that order; all when none is. */
function chosen(
  all: readonly Contestant[],
  only: string | undefined,
  problems: string[],
): readonly Contestant[] {
  if (only === undefined) return all
  return [...new Set(only.split(',').map((name) => name.trim()))].flatMap((name) => {
    const found = all.find((contestant) => contestant.name === name)
    if (found !== undefined) return [found]
    problems.push(`--only: ${name} is none of ${all.map((each) => each.name).join(', ')}`)
    return []
  })
}

function pricesOf(path: string, problems: string[]): PriceList | undefined {
  const file = readJsonFile(path, MOST_FILE_BYTES, problems)
  return file === undefined ? undefined : priceListOf(file)
}

/** Of `--machine name=item`. */
function machineNames(
  texts: readonly string[] = [],
  contestants: readonly Contestant[],
  problems: string[],
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const text of texts) {
    const [, name, machine] = NAMED_MACHINE.exec(text) ?? []
    if (name === undefined || machine === undefined) {
      problems.push(`--machine ${text}: is no name=item`)
    } else if (contestants.some((contestant) => contestant.name === name)) {
      names.set(name, machine)
    } else problems.push(`--machine ${text}: nothing that is planned is called ${name}`)
  }
  return names
}
