import { ConfigError, type Random } from '@pafka/base'

/** Of a record to be sent; null for none. */
export type KeySource = () => Uint8Array | null

/** Memory for their bytes, and for the odds of each. */
const MOST_KEYS = 1_000_000
const ZIPF_EXPONENT = 0.99

/**
 * `none`; `random:N`, each of N keys as often as the others; `zipf:N` or `zipf:N:S`, the k-th of N
 * as often as k to the power of -S (0.99 by default): few keys have most of the records.
 * @throws {ConfigError}
 */
export function keySource(spec: string, random: Random): KeySource {
  if (spec === 'none') return () => null
  const [kind, count, exponent] = spec.split(':')
  const keys = Number(count)
  const problem = `keys: ${spec} is none of none, random:N, zipf:N, zipf:N:S`
  if (!Number.isInteger(keys) || keys < 1 || keys > MOST_KEYS) {
    throw new ConfigError([`${problem}, with N from 1 to ${MOST_KEYS}`])
  }
  const bytes = Array.from({ length: keys }, (_, at) => Buffer.from(`key-${at}`))
  const keyAt = (at: number): Uint8Array | null => bytes[at] ?? null
  if (kind === 'random' && exponent === undefined) return () => keyAt(random.below(keys))
  const power = exponent === undefined ? ZIPF_EXPONENT : Number(exponent)
  if (kind !== 'zipf' || !(power >= 0 && power <= 10)) throw new ConfigError([problem])
  const draw = weighted(
    Float64Array.from({ length: keys }, (_, at) => (at + 1) ** -power),
    random,
  )
  return () => keyAt(draw())
}

/**
 * Draws one of many by their weights, in constant time: each has a column as high as the average,
 * filled up by one of those that weigh more (Walker's alias method, as Vose built its tables).
 */
function weighted(weights: Float64Array, random: Random): () => number {
  const { length } = weights
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const shares = weights.map((weight) => (weight * length) / total)
  const aliases = Uint32Array.from(weights, (_, at) => at)
  const [light, heavy]: [number[], number[]] = [[], []]
  for (const [at, share] of shares.entries()) (share < 1 ? light : heavy).push(at)
  for (let low = light.pop(); low !== undefined; low = light.pop()) {
    const high = heavy.pop()
    if (high === undefined) break // what is left is 1 but for rounding
    aliases[low] = high
    const left = (shares[high] ?? 0) - (1 - (shares[low] ?? 0))
    shares[high] = left
    ;(left < 1 ? light : heavy).push(high)
  }
  return () => {
    const at = random.below(length)
    return random.next() < (shares[at] ?? 1) ? at : (aliases[at] ?? at)
  }
}
