import type { Contestant } from './contestant.ts'
import { readInputFile } from './input-file.ts'

/** What a run prints in a day: a line of a few KB every five seconds. */
const MOST_FILE_BYTES = 64 * 1024 * 1024
const NAMED_FILE = /^([a-z0-9][\w.-]{0,59})=(.+)$/iu

export type Side = 'produce' | 'consume'

/** Files of `--json` output, as the command line has them: `name=FILE`. */
export interface MeasuredOptions {
  /** The lines say whether records were sent or read. */
  readonly measured?: readonly string[]
  readonly measuredProduce?: readonly string[]
  readonly measuredConsume?: readonly string[]
}

interface Total {
  readonly side: Side | undefined
  readonly bytesPerSecond: number
  readonly failed: number
}

/** One contestant for each name, of one file or of several. */
export function measuredContestants(
  options: MeasuredOptions,
  problems: string[],
): readonly Contestant[] {
  const found = new Map<string, Contestant>()
  const readAll = (flag: string, texts: readonly string[] = [], side?: Side): void => {
    for (const text of texts) {
      const [, name, path] = NAMED_FILE.exec(text) ?? []
      if (name === undefined || path === undefined)
        problems.push(`${flag} ${text}: is no name=FILE`)
      else {
        const added = withFile(found.get(name) ?? unmeasured(name), path, side, problems)
        found.set(name, added)
      }
    }
  }
  readAll('--measured', options.measured)
  readAll('--measured-produce', options.measuredProduce, 'produce')
  readAll('--measured-consume', options.measuredConsume, 'consume')
  return [...found.values()]
}

function unmeasured(name: string): Contestant {
  return {
    ...{ name, series: '', produceRate: undefined, consumeRate: undefined, source: '' },
    ...{ durability: undefined, hardware: undefined, machine: undefined, date: undefined },
  }
}

function withFile(
  before: Contestant,
  path: string,
  asked: Side | undefined,
  problems: string[],
): Contestant {
  const total = totalOf(path, problems)
  if (total === undefined) return before
  const side = asked ?? total.side
  if (side === undefined) {
    problems.push(`${path}: is neither of produce nor of consume: --measured-produce says which`)
    return before
  }
  const key = side === 'produce' ? 'produceRate' : 'consumeRate'
  if (before[key] !== undefined) problems.push(`${path}: ${before.name} has a ${side} rate already`)
  const failed = total.failed > 0 ? `, where ${total.failed} records failed` : ''
  const source = `${side}: ${path}${failed}`
  return {
    ...before,
    [key]: total.bytesPerSecond,
    source: before.source === '' ? source : `${before.source}; ${source}`,
  }
}

/** The line with `"what":"total"`, of which a run that ended has one. */
function totalOf(path: string, problems: string[]): Total | undefined {
  const text = readInputFile(path, MOST_FILE_BYTES, problems)
  if (text === undefined) return undefined
  const totals: Readonly<Record<string, unknown>>[] = []
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const value = objectOf(line)
    if (value === undefined) {
      problems.push(`${path}: line ${at + 1} is no JSON object`)
      return undefined
    }
    if (value['what'] === 'total') totals.push(value)
  }
  const [total] = totals
  if (total === undefined || totals.length > 1) {
    problems.push(`${path}: has ${totals.length} totals, where a run that has ended prints one`)
    return undefined
  }
  const { bytesPerSecond, failed } = total
  if (typeof bytesPerSecond !== 'number' || !(bytesPerSecond >= 1)) {
    problems.push(`${path}: bytesPerSecond of its total is no number from 1 on`)
    return undefined
  }
  return { bytesPerSecond, side: sideOf(total), failed: typeof failed === 'number' ? failed : 0 }
}

/** Consumers tell how long they were without partitions, producers how long acks took. */
function sideOf(total: Readonly<Record<string, unknown>>): Side | undefined {
  if ('joiningMs' in total) return 'consume'
  return 'latencyMs' in total ? 'produce' : undefined
}

function objectOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? Object.fromEntries(Object.entries(value)) : undefined
  } catch {
    return undefined
  }
}
