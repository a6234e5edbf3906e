import { assert } from '@pafka/base'

import { SipHash } from './sip-hash.ts'

/** Four words of digest, then the offset plus one in two words, the low one first. */
const SLOT_WORDS = 6
/** What a key costs, whatever its length; Kafka's `SkimpyOffsetMap` needs the same. */
export const SLOT_BYTES: number = SLOT_WORDS * 4
const LOW_AT = 4
const HIGH_AT = 5
const FEWEST_SLOTS = 3
const HIGH_UNIT = 2 ** 32

export interface OffsetMapOptions {
  /** Zeroed; the map uses no other memory. */
  readonly memory: Uint32Array
  /** Share of the slots that is filled. */
  readonly loadFactor: number
  /** 16 bytes. */
  readonly hashKey: Uint8Array
}

/**
 * The newest offset of each key, in memory of a fixed size: open addressing with double hashing.
 * Keys are not stored. Two keys with one digest would lose the older key's record, so the digest
 * has 128 bits (ten million keys collide with a chance of 10^-25) and a secret key: whoever chooses
 * record keys cannot look for a pair, as he could with Kafka's MD5. To compare the keys themselves
 * would take a random read from disk for each record.
 */
export class OffsetMap {
  readonly #words: Uint32Array
  readonly #slots: number
  readonly #capacity: number
  readonly #hash: SipHash
  #size = 0

  constructor({ memory, loadFactor, hashKey }: OffsetMapOptions) {
    this.#words = memory
    this.#slots = primeAtMost(Math.floor(memory.length / SLOT_WORDS))
    assert(this.#slots >= FEWEST_SLOTS, 'an offset map has a few slots')
    const wanted = Math.floor(this.#slots * loadFactor)
    this.#capacity = Math.max(1, Math.min(wanted, this.#slots - 1)) // a free slot ends a search
    this.#hash = new SipHash(hashKey)
  }

  /** Words that a map for so many keys needs, at most those of `limitBytes`. */
  static wordsFor(keys: number, loadFactor: number, limitBytes: number): number {
    // a prime is never far: below 2^32 the next one lies within 336
    const wanted = Math.ceil((keys + 1) / loadFactor) + 336
    const most = Math.floor(limitBytes / SLOT_BYTES)
    return Math.max(FEWEST_SLOTS, Math.min(wanted, most)) * SLOT_WORDS
  }

  get size(): number {
    return this.#size
  }

  /** @returns false for a new key that has no room; then nothing changed. Hot. */
  put(bytes: Uint8Array, from: number, to: number, offset: number): boolean {
    const at = this.#find(bytes, from, to)
    const words = this.#words
    if (isFree(words, at)) {
      if (this.#size === this.#capacity) return false
      for (let word = 0; word < 4; word++) words[at + word] = this.#hash.words[word] as number
      this.#size += 1
    }
    const stored = offset + 1
    words[at + LOW_AT] = stored >>> 0
    words[at + HIGH_AT] = Math.floor(stored / HIGH_UNIT)
    return true
  }

  /** -1 for a key that was not put. Hot. */
  get(bytes: Uint8Array, from: number, to: number): number {
    const at = this.#find(bytes, from, to)
    return (
      (this.#words[at + LOW_AT] as number) + (this.#words[at + HIGH_AT] as number) * HIGH_UNIT - 1
    )
  }

  /** The slot with the key's digest, or the free one where it belongs. */
  #find(bytes: Uint8Array, from: number, to: number): number {
    this.#hash.digest(bytes, from, to)
    const digest = this.#hash.words
    const words = this.#words
    const a = (digest[0] as number) >>> 0
    const b = (digest[1] as number) >>> 0
    const c = (digest[2] as number) >>> 0
    const d = (digest[3] as number) >>> 0
    let slot = a % this.#slots
    const step = 1 + (b % (this.#slots - 1))
    for (;;) {
      const at = slot * SLOT_WORDS
      if (isFree(words, at)) return at
      const isSame = words[at] === a && words[at + 1] === b
      if (isSame && words[at + 2] === c && words[at + 3] === d) return at
      slot += step
      if (slot >= this.#slots) slot -= this.#slots
    }
  }
}

function isFree(words: Uint32Array, at: number): boolean {
  return words[at + LOW_AT] === 0 && words[at + HIGH_AT] === 0
}

/** A step of any size visits all slots when their number is prime. */
function primeAtMost(most: number): number {
  let candidate = most
  while (candidate > 2 && !isPrime(candidate)) candidate -= 1
  return candidate
}

function isPrime(value: number): boolean {
  for (let by = 2; by * by <= value; by++) if (value % by === 0) return false
  return true
}
