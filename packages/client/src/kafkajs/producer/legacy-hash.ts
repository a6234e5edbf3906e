const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24
const WORD_BYTES = 4

/**
 * The hash of version 1 of kafkajs, which topics may have been written by: murmur2 with products
 * that lose their lower bits above 2^53, and with the last bytes counted twice.
 */
function legacyHash(key: Uint8Array): number {
  let hash = SEED ^ key.length
  for (let at = 0; at < key.length; at += WORD_BYTES) {
    let word =
      byteAt(key, at) +
      (byteAt(key, at + 1) << 8) +
      (byteAt(key, at + 2) << 16) +
      (byteAt(key, at + 3) << 24)
    word *= M
    word ^= word >>> R
    word *= M
    hash *= M
    hash ^= word
  }
  const rest = key.length % WORD_BYTES
  const tail = key.length - rest
  for (let at = rest - 1; at >= 0; at--) hash ^= byteAt(key, tail + at) << (8 * at)
  if (rest > 0) hash *= M
  hash ^= hash >>> 13
  hash *= M
  return hash ^ (hash >>> 15)
}

export function legacyPartitionOfKey(key: Uint8Array, partitions: number): number {
  return (legacyHash(key) & 0x7fff_ffff) % partitions
}

function byteAt(key: Uint8Array, at: number): number {
  return key[at] ?? 0
}
