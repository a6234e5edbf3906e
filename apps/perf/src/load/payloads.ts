import { ConfigError, KIB, MIB, type Random } from '@pafka/base'

import type { TextValues } from './text-values.ts'

/** The value of a record to be sent. @param index of the record in its run */
export type PayloadSource = (index: number) => Uint8Array

/** Payloads lie in it, one beginning in another: each is as random as if it were its own. */
const POOL_BYTES = 4 * MIB
const PAYLOADS = 16 * KIB
const MOST_BYTES = 64 * MIB
const LETTERS = 26
const CAPITAL_A = 65

/**
 * Random capital letters, as the Java tool sends them: they compress to some 60 %. Each record has
 * other ones.
 * @throws {ConfigError}
 */
export function randomPayloads(sizeBytes: number, random: Random): PayloadSource {
  if (!Number.isInteger(sizeBytes) || sizeBytes < 1 || sizeBytes > MOST_BYTES) {
    throw new ConfigError([`record-size: must be 1 to ${MOST_BYTES}, is ${sizeBytes}`])
  }
  const pool = Buffer.allocUnsafeSlow(Math.max(POOL_BYTES, 2 * sizeBytes))
  for (let at = 0; at < pool.length; at++) pool[at] = CAPITAL_A + random.below(LETTERS)
  const payloads = Array.from({ length: PAYLOADS }, () => {
    const at = random.below(pool.length - sizeBytes)
    return pool.subarray(at, at + sizeBytes)
  })
  return (index) => payloads[index % PAYLOADS] ?? pool
}

/** One of the values of a text, any one for each record. @throws {ConfigError} without any */
export function textPayloads({ count, at }: TextValues, random: Random): PayloadSource {
  if (count === 0) throw new ConfigError(['payload-file: there is nothing in it'])
  return () => at(random.below(count))
}

/** `0`, `1`, `2` and so on, as text. */
export function countingPayloads(): PayloadSource {
  return (index) => Buffer.from(String(index))
}
