/**
 * SipHash-2-4 with 128 bits of output, in halves of 64-bit words. Source: Aumasson and Bernstein,
 * "SipHash: a fast short-input PRF", and the reference implementation's 128-bit variant.
 */
export class SipHash {
  /** The last digest, as four little-endian words. */
  readonly words: Int32Array = new Int32Array(4)
  readonly #key: Int32Array
  /** v0 to v3, of each the low half first. */
  readonly #state: Int32Array = new Int32Array(8)

  /** @param key 16 bytes */
  constructor(key: Uint8Array) {
    this.#key = Int32Array.from([0, 4, 8, 12], (at) => wordAt(key, at))
  }

  /** Leaves the digest of `bytes[from, to)` in `words`. Hot: allocates nothing. */
  digest(bytes: Uint8Array, from: number, to: number): void {
    const state = this.#state
    this.#begin()
    let at = from
    for (; to - at >= 8; at += 8) this.#absorb(wordAt(bytes, at), wordAt(bytes, at + 4))
    let low = 0
    let high = (to - from) << 24
    for (let shift = 0; at < to; at++, shift += 8) {
      const byte = bytes[at] as number
      if (shift < 32) low |= byte << shift
      else high |= byte << (shift - 32)
    }
    this.#absorb(low, high)
    state[4] = (state[4] as number) ^ 0xee
    mix(state, 4)
    this.#squeeze(0)
    state[2] = (state[2] as number) ^ 0xdd
    mix(state, 4)
    this.#squeeze(2)
  }

  #begin(): void {
    const state = this.#state
    const low0 = this.#key[0] as number
    const high0 = this.#key[1] as number
    const low1 = this.#key[2] as number
    const high1 = this.#key[3] as number
    state[0] = low0 ^ 0x70736575
    state[1] = high0 ^ 0x736f6d65
    state[2] = low1 ^ 0x6e646f6d ^ 0xee
    state[3] = high1 ^ 0x646f7261
    state[4] = low0 ^ 0x6e657261
    state[5] = high0 ^ 0x6c796765
    state[6] = low1 ^ 0x79746573
    state[7] = high1 ^ 0x74656462
  }

  #absorb(low: number, high: number): void {
    const state = this.#state
    state[6] = (state[6] as number) ^ low
    state[7] = (state[7] as number) ^ high
    mix(state, 2)
    state[0] = (state[0] as number) ^ low
    state[1] = (state[1] as number) ^ high
  }

  #squeeze(at: number): void {
    for (let half = 0; half < 2; half++) {
      let word = 0
      for (let of = half; of < 8; of += 2) word ^= this.#state[of] as number
      this.words[at + half] = word
    }
  }
}

/** Rounds of additions, rotations and exclusive ors; the carry goes from low to high half. */
function mix(state: Int32Array, rounds: number): void {
  let a = state[0] as number
  let A = state[1] as number
  let b = state[2] as number
  let B = state[3] as number
  let c = state[4] as number
  let C = state[5] as number
  let d = state[6] as number
  let D = state[7] as number
  let low = 0
  for (let left = rounds; left > 0; left--) {
    low = (a + b) | 0
    A = (A + B + (low >>> 0 < a >>> 0 ? 1 : 0)) | 0
    a = low
    low = ((b << 13) | (B >>> 19)) ^ a
    B = ((B << 13) | (b >>> 19)) ^ A
    b = low
    low = (c + d) | 0
    C = (C + D + (low >>> 0 < c >>> 0 ? 1 : 0)) | 0
    c = low
    low = ((d << 16) | (D >>> 16)) ^ c
    D = ((D << 16) | (d >>> 16)) ^ C
    d = low
    low = (A + d) | 0 // the halves of v0 trade places first
    a = (a + D + (low >>> 0 < A >>> 0 ? 1 : 0)) | 0
    A = a
    a = low
    low = ((d << 21) | (D >>> 11)) ^ a
    D = ((D << 21) | (d >>> 11)) ^ A
    d = low
    low = (c + b) | 0
    C = (C + B + (low >>> 0 < c >>> 0 ? 1 : 0)) | 0
    c = low
    low = ((b << 17) | (B >>> 15)) ^ c
    B = ((B << 17) | (b >>> 15)) ^ C
    b = low
    low = c
    c = C
    C = low
  }
  state[0] = a
  state[1] = A
  state[2] = b
  state[3] = B
  state[4] = c
  state[5] = C
  state[6] = d
  state[7] = D
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}
