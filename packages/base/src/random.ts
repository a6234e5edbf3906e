/** A seeded source of randomness: the same seed gives the same run. Not for secrets. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform integer in [0, below). */
  below(below: number): number
  /** `length` bytes. */
  bytes(length: number): Uint8Array<ArrayBuffer>
}

/** mulberry32: 32 bits of state, good enough for simulation, fast. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  const bytes = (length: number): Uint8Array<ArrayBuffer> => {
    const filled = new Uint8Array(length)
    for (let at = 0; at < length; at++) filled[at] = below(256)
    return filled
  }
  return { next, below, bytes }
}
