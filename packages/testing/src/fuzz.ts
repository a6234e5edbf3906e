import type { Random } from '@pafka/base'

/** One row of a `x.fuzz.ts`, which exports `fuzzes: readonly Fuzz[]`; run by tools/fuzz. */
export interface Fuzz {
  /** What is attacked: `decode any request`. */
  readonly name: string
  /** One attempt, decided by `random` alone, so that its seed replays it. Throws on a find. */
  run(random: Random): void | Promise<void>
}

/**
 * A damaged copy: bytes flipped, set to extremes, removed, inserted, repeated or cut off, as often
 * as `random` says; rarely unharmed.
 */
export function mutated(random: Random, bytes: Uint8Array): Uint8Array {
  let copy = Uint8Array.from(bytes)
  for (let left = random.below(6); left > 0; left--) copy = mutatedOnce(random, copy)
  return copy
}

const EXTREMES: readonly number[] = [0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff]

function mutatedOnce(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1)
  const until = Math.min(bytes.length, at + 1 + random.below(8))
  switch (random.below(6)) {
    case 0:
      return bytes.map((byte, index) => (index === at ? random.below(256) : byte))
    case 1:
      return bytes.fill(EXTREMES[random.below(EXTREMES.length)] ?? 0, at, until)
    case 2:
      return joined(bytes.subarray(0, at), bytes.subarray(until))
    case 3:
      return joined(bytes.subarray(0, at), random.bytes(1 + random.below(8)), bytes.subarray(at))
    case 4:
      return joined(bytes.subarray(0, until), bytes.subarray(at))
    default:
      return bytes.slice(0, at)
  }
}

function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
