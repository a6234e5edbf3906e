import { readFile } from 'node:fs/promises'

import { ConfigError, errnoOf } from '@pafka/base'
import { bitsHint, parseBytes, parseTime, timeText } from '@pafka/command'
import { DISK_FULL_SHARE, type PolicyOptions, policyOptions } from '@pafka/migrator'

import { generatedLoad, type Load, LOAD_KINDS, type LoadKind } from './load.ts'
import type { Scenario } from './scenario.ts'
import { DEFAULT_TIERS, parseTier } from './tier-devices.ts'
import { parseTrace } from './trace-file.ts'

/** As the command line has them. */
export interface ScenarioOptions {
  readonly trace?: string
  readonly load: string
  readonly produce: string
  readonly nodes: string
  readonly tier?: readonly string[]
  readonly time?: string
  readonly step: string
  readonly threshold: string
  readonly low?: string
  readonly threads: string
  readonly moveRate: string
  readonly segment: string
  readonly retention: string
  readonly memory: string
  readonly whenFull: string
  readonly skew: string
  readonly sample: string
}

const DEFAULT_TIME = '7d'
/** A run of more steps than that is a mistake, not a wish. */
const MOST_STEPS = 20_000_000

/** Checks values one by one, and keeps what is wrong with them. */
class Reader {
  readonly problems: string[] = []
  readonly #options: ScenarioOptions

  constructor(options: ScenarioOptions) {
    this.#options = options
  }

  number(key: keyof ScenarioOptions, least: number, most = Number.POSITIVE_INFINITY): number {
    const text = String(this.#options[key])
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (value >= least && value <= most) return value
    const range = most === Number.POSITIVE_INFINITY ? 'on' : `to ${most}`
    this.problems.push(`${flag(key)} is ${text}, not a number from ${least} ${range}`)
    return least
  }

  whole(key: keyof ScenarioOptions): number {
    const value = this.number(key, 1)
    if (Number.isInteger(value)) return value
    this.problems.push(`${flag(key)} is ${value}, not a whole number`)
    return 1
  }

  bytes(key: keyof ScenarioOptions): number {
    const text = String(this.#options[key])
    const value = parseBytes(text)
    if (value !== undefined && value > 0) return value
    this.problems.push(`${flag(key)} is ${text}, not an amount such as 2GB${bitsHint(text)}`)
    return 1
  }

  time(key: keyof ScenarioOptions, text = String(this.#options[key])): number {
    const value = parseTime(text)
    if (value !== undefined && value >= 1000) return value
    this.problems.push(`${flag(key)} is ${text}, not a time of a second or more, such as 10s or 7d`)
    return 1000
  }

  oneOf<Word extends string>(key: keyof ScenarioOptions, words: readonly Word[]): Word {
    const text = String(this.#options[key])
    const found = words.find((word) => word === text)
    if (found === undefined) this.problems.push(`${flag(key)} is ${text}, not ${words.join(', ')}`)
    return found ?? (words[0] as Word)
  }
}

/** @throws {ConfigError} with all that is wrong */
export async function scenarioOf(options: ScenarioOptions): Promise<Scenario> {
  const reader = new Reader(options)
  const { problems } = reader
  const kind = reader.oneOf('load', LOAD_KINDS)
  const { load, endMs } = await loadOf(options, kind, reader)
  const tiers = (options.tier ?? DEFAULT_TIERS).flatMap((text) => parseTier(text, problems) ?? [])
  if (new Set(tiers.map(({ name }) => name)).size < tiers.length) {
    problems.push('--tier names a tier twice')
  }
  const durationMs = endMs ?? reader.time('time', options.time ?? DEFAULT_TIME)
  const scenario: Scenario = {
    ...{ tiers, load, durationMs, policy: policyOf(options, reader) },
    nodes: reader.whole('nodes'),
    stepMs: Math.round(reader.time('step') / 1000) * 1000,
    threads: reader.whole('threads'),
    moveRate: options.moveRate === '-1' ? -1 : reader.bytes('moveRate'),
    segmentBytes: reader.bytes('segment'),
    retentionMs: reader.time('retention'),
    memoryBytes: reader.bytes('memory'),
    whenFull: reader.oneOf('whenFull', ['push-back', 'spill']),
    skew: reader.number('skew', 0, 3),
    sample: reader.whole('sample'),
  }
  // what could not be read has some value here that nobody gave
  if (problems.length === 0) checkSizes(scenario, problems)
  if (problems.length > 0) throw new ConfigError(problems)
  return scenario
}

async function loadOf(
  options: ScenarioOptions,
  kind: LoadKind,
  reader: Reader,
): Promise<{ readonly load: Load; readonly endMs?: number }> {
  const { trace, time } = options
  if (trace === undefined) return { load: generatedLoad(kind, reader.bytes('produce')) }
  try {
    const { load, endMs } = parseTrace(await readFile(trace, 'utf8'), trace)
    if (time !== undefined) return { load }
    if (endMs >= 1000) return { load, endMs }
    reader.problems.push(`${trace} ends where it begins: --time says how long it is to last`)
    return { load }
  } catch (error) {
    if (error instanceof ConfigError) reader.problems.push(...error.problems)
    else reader.problems.push(`${trace} cannot be read: ${errnoOf(error) ?? String(error)}`)
    return { load: generatedLoad('steady', 1) }
  }
}

function policyOf({ low, threshold }: ScenarioOptions, reader: Reader): PolicyOptions {
  const given = {
    fullShare: DISK_FULL_SHARE,
    threshold: threshold === '-1' ? -1 : reader.number('threshold', 0, 1),
    ...(low === undefined ? {} : { lowWatermark: reader.number('low', 0, 1) }),
  }
  try {
    return policyOptions(given)
  } catch (error) {
    if (error instanceof ConfigError) reader.problems.push(...error.problems)
    return policyOptions()
  }
}

function checkSizes(
  { tiers, segmentBytes, durationMs, ...rest }: Scenario,
  problems: string[],
): void {
  const { stepMs, sample, nodes } = rest
  for (const { name, capacityBytes } of tiers) {
    const isSmall = capacityBytes < 10 * segmentBytes
    if (isSmall) problems.push(`--tier ${name} has room for fewer than ten segments`)
  }
  if (durationMs < stepMs) {
    const [all, step] = [timeText(durationMs), timeText(stepMs)]
    problems.push(`${all} in all are less than one --step, of ${step}: a shorter one, or --time`)
  }
  const steps = (durationMs / stepMs) * Math.min(sample, nodes)
  if (steps > MOST_STEPS) {
    problems.push(`${Math.round(steps)} steps are too many: a longer --step, or a smaller --sample`)
  }
}

function flag(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
