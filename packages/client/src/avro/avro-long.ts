import { DecodeError } from '@pafka/base'
import avsc from 'avsc'
import type { Type } from 'avsc'

import { asError } from '../errors/as-error.ts'

/**
 * What a `long` is in this program: a `number` (the default), which has no room for those beyond
 * 2^53, so that they are errors; or a `bigint`, which each of them is then, also with a logical
 * type that this program has no class for. Classes of `types.logicalTypes` have numbers below them.
 */
export type AvroLongs = 'number' | 'bigint'

const LONG_BYTES = 8
const LONG_BITS = 64
const scratch = Buffer.alloc(LONG_BYTES)

/** The type of a `long` whose values are bigints. */
export const bigintLong: Type = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  /** Taken over before the next one. */
  toBuffer: (value: bigint) => {
    scratch.writeBigInt64LE(value)
    return scratch
  },
  isValid: (value: unknown) =>
    typeof value === 'bigint' && BigInt.asIntN(LONG_BITS, value) === value,
  compare: (one: bigint, other: bigint) => Number(one > other) - Number(one < other),
  // of defaults in schemas, and of an int that is read as a long
  fromJSON: (value: number | string) => BigInt(value),
  // the library makes copies by way of JSON, which are to be the same
  toJSON: (value: bigint) =>
    Number.isSafeInteger(Number(value)) ? Number(value) : value.toString(),
})

/** What the library says of a long that is read, and of values that it does not take. */
const TOO_LARGE = 'potential precision loss'
const INVALID = /^invalid "long": (.*)$/
const BIGINTS = "the option `longs: 'bigint'`"

/** The same failure to read; of a long that is too large for a number, with what to do. */
export function unreadable(error: unknown): unknown {
  if (asError(error).message !== TOO_LARGE) return error
  return new DecodeError(`a long is beyond 2^53: ${BIGINTS} takes such ones`, { cause: error })
}

/** The same failure to write; of a long that is none for this program, with what to do. */
export function unwritable(error: unknown, longs: AvroLongs): unknown {
  const { message } = asError(error)
  const hint = message.includes('BigInt') ? ofBigint(longs) : ofNumber(message, longs)
  return hint === undefined ? error : new TypeError(hint, { cause: error })
}

/** The library fails to say that a bigint is wrong, as that has no JSON. */
function ofBigint(longs: AvroLongs): string {
  return longs === 'number'
    ? `a bigint is no number, which longs are here: ${BIGINTS} takes bigints`
    : 'a bigint has more than 64 bits, or stands where there is no long'
}

function ofNumber(message: string, longs: AvroLongs): string | undefined {
  const value = Number(INVALID.exec(message)?.[1] ?? Number.NaN)
  if (!Number.isInteger(value)) return undefined
  return longs === 'number'
    ? `${message}: it is beyond 2^53, and ${BIGINTS} takes such ones`
    : `${message}: longs are bigints here`
}
