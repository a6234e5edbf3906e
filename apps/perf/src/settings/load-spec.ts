import { ConfigError, SECOND_MS, seededRandom } from '@pafka/base'

import { keySource } from '../load/keys.ts'
import {
  countingPayloads,
  type PayloadSource,
  randomPayloads,
  textPayloads,
} from '../load/payloads.ts'
import type { ProduceLoad } from '../load/produce-load.ts'
import { parseRate } from '../load/schedule.ts'
import { countOf, textOf } from './read-options.ts'

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

/** @throws {ConfigError} */
export function loadOf(topic: string, options: LoadSpec): ProduceLoad {
  const seed = options.seed === undefined ? Date.now() : countOf('seed', options.seed, 0)
  const random = seededRandom(seed)
  const stepMs = countOf('step-seconds', options.stepSeconds, 1) * SECOND_MS
  return {
    topic,
    records: countOf('num-records', options.numRecords, 1),
    payload: payloadOf(options, seed),
    key: keySource(options.keys, random),
    schedule: parseRate(options.throughput, stepMs),
  }
}

function payloadOf(options: LoadSpec, seed: number): PayloadSource {
  const { recordSize, payloadFile, payloadDelimiter, payloadMonotonic } = options
  const given = [recordSize, payloadFile, payloadMonotonic].filter((one) => one !== undefined)
  if (given.length !== 1) {
    throw new ConfigError(['one of --record-size, --payload-file and --payload-monotonic'])
  }
  const random = seededRandom(seed + 1)
  if (recordSize !== undefined) return randomPayloads(Number(recordSize), random)
  if (payloadFile === undefined) return countingPayloads()
  const delimiter = payloadDelimiter
    .replaceAll(String.raw`\n`, '\n')
    .replaceAll(String.raw`\t`, '\t')
  return textPayloads(textOf(payloadFile), delimiter, random)
}
