const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24

/**
 * The hash that places records with keys, of the first `length` bytes. Source of the algorithm:
 * Kafka `Utils.murmur2`; every Java client has it, so records of a key meet in one partition.
 * @returns an int32
 */
export function murmur2(bytes: Uint8Array, length: number = bytes.length): number {
  let hash = SEED ^ length
  const whole = length & ~3
  for (let at = 0; at < whole; at += 4) {
    let word =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
    word = Math.imul(word, M)
    word ^= word >>> R
    word = Math.imul(word, M)
    hash = Math.imul(hash, M) ^ word
  }
  const rest = length - whole
  if (rest >= 3) hash ^= (bytes[whole + 2] ?? 0) << 16
  if (rest >= 2) hash ^= (bytes[whole + 1] ?? 0) << 8
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[whole] ?? 0), M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return hash ^ (hash >>> 15)
}

/** @returns the partition of a key, from 0 to `partitions - 1` */
export function partitionOfKey(key: Uint8Array, length: number, partitions: number): number {
  return (murmur2(key, length) & 0x7fff_ffff) % partitions
}
