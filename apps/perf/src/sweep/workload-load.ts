import { readFileSync } from 'node:fs'

import { ConfigError, messageOf, type Random, seededRandom } from '@pafka/base'

import { type KeySource, keySource } from '../load/keys.ts'
import { type PayloadSource, randomPayloads } from '../load/payloads.ts'
import type { Workload } from '../workload/workload.ts'

const BYTE_VALUES = 256

/** Values as a workload has them. @throws {ConfigError} when its file is not what it says */
export function workloadPayloads({ payloads, recordBytes }: Workload, seed: number): PayloadSource {
  const random = seededRandom(seed)
  if (payloads === undefined) return randomPayloads(recordBytes, random)
  const pool =
    payloads.kind === 'file'
      ? [fileOf(payloads.path, recordBytes)]
      : Array.from({ length: payloads.count }, () => {
          return partlyRandom(recordBytes, payloads.randomShare, random)
        })
  const [first = Buffer.alloc(recordBytes)] = pool
  return (index) => pool[index % pool.length] ?? first
}

/** As in the OpenMessaging Benchmark the file is the value of each record. */
function fileOf(path: string, recordBytes: number): Buffer {
  let value: Buffer
  try {
    value = readFileSync(path)
  } catch (error) {
    throw new ConfigError([`payloadFile: ${messageOf(error)}`])
  }
  if (value.length === recordBytes) return value
  throw new ConfigError([`payloadFile: ${path} has ${value.length} bytes, not ${recordBytes}`])
}

function partlyRandom(sizeBytes: number, randomShare: number, random: Random): Buffer {
  const value = Buffer.alloc(sizeBytes)
  const end = Math.floor(sizeBytes * randomShare)
  for (let at = 0; at < end; at++) value[at] = random.below(BYTE_VALUES)
  return value
}

export function workloadKeys({ keys, keyCount }: Workload, seed: number): KeySource {
  if (keys === 'none') return () => null
  if (keys === 'random') return keySource(`random:${keyCount}`, seededRandom(seed))
  const all = Array.from({ length: keyCount }, (_, at) => Buffer.from(`key-${at}`))
  let sent = 0
  return () => all[sent++ % keyCount] ?? null
}
