import { isAbsolute, sep } from 'node:path'

import { ConfigError, messageOf, SECOND_MS, seededRandom } from '@pafka/base'
import { decimalBytes } from '@pafka/command'

import { keySource } from '../load/keys.ts'
import {
  countingPayloads,
  type PayloadSource,
  randomPayloads,
  textPayloads,
} from '../load/payloads.ts'
import type { ProduceLoad } from '../load/produce-load.ts'
import { parseRate } from '../load/schedule.ts'
import { textValues } from '../load/text-values.ts'
import { readUpTo } from './bounded-file.ts'
import { countOf } from './read-options.ts'

/** Not far below the longest text that there can be. */
const MOST_FILE_BYTES = 500e6

/** What is to be sent, as it stands on a command line. */
export interface LoadSpec {
  readonly numRecords: string
  readonly throughput: string
  readonly stepSeconds: string
  readonly recordSize?: string
  readonly payloadFile?: string
  readonly payloadDelimiter: string
  readonly payloadMonotonic?: boolean
  readonly keys: string
  readonly seed?: string
}

/**
 * @param said is given the lines that the Java tool prints of a file
 * @throws {ConfigError}
 */
export function loadOf(topic: string, options: LoadSpec, said: string[] = []): ProduceLoad {
  const seed = options.seed === undefined ? Date.now() : countOf('seed', options.seed, 0)
  const random = seededRandom(seed)
  const stepMs = countOf('step-seconds', options.stepSeconds, 1) * SECOND_MS
  return {
    topic,
    records: countOf('num-records', options.numRecords, 1),
    key: keySource(options.keys, random),
    schedule: parseRate(options.throughput, stepMs),
    payload: payloadOf(options, seed, said),
  }
}

function payloadOf(options: LoadSpec, seed: number, said: string[]): PayloadSource {
  const { recordSize, payloadFile, payloadDelimiter, payloadMonotonic } = options
  const given = [recordSize, payloadFile, payloadMonotonic].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw new ConfigError(['one of --record-size, --payload-file and --payload-monotonic'])
  }
  const random = seededRandom(seed + 1)
  if (recordSize !== undefined) return randomPayloads(Number(recordSize), random)
  if (payloadFile === undefined) return countingPayloads()
  const path = isAbsolute(payloadFile) ? payloadFile : `${process.cwd()}${sep}${payloadFile}`
  said.push(`Reading payloads from: ${path}\n`)
  const values = textValues(payloadText(payloadFile), payloadDelimiter)
  said.push(`Number of records read: ${values.count}\n`)
  return textPayloads(values, random)
}

/** @throws {ConfigError} */
function payloadText(path: string): string {
  try {
    const bytes = readUpTo(path, MOST_FILE_BYTES + 1)
    if (bytes.length <= MOST_FILE_BYTES) return bytes.toString()
  } catch (error) {
    throw new ConfigError([messageOf(error)])
  }
  throw new ConfigError([
    `--payload-file: ${path} is larger than ${decimalBytes(MOST_FILE_BYTES)}, which is the most`,
  ])
}
