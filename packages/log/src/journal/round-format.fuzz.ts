import type { Random } from '@pafka/base'
import { type Fuzz, mutated } from '@pafka/testing'

import { appendAt, RING_ID, roundOf } from '../../test/test-rounds.ts'
import {
  decodeRound,
  readRoundHead,
  ROUND_ENTRY_BYTES,
  ROUND_HEADER_BYTES,
  type RoundHead,
  sealRound,
} from './round-format.ts'

const LEAST_BYTES = 4096

export const fuzzes: readonly Fuzz[] = [
  { name: 'decode a round whose bytes were damaged', run: damagedRound },
  { name: 'decode a round that lies under a right CRC', run: lyingRound },
  { name: 'decode noise behind the header of a round', run: noise },
]

function anyRound(random: Random): Buffer {
  const appends = Array.from({ length: 1 + random.below(5) }, () => {
    const counts = Array.from({ length: 1 + random.below(3) }, () => 1 + random.below(4))
    return appendAt(random.below(100_000), { counts, partition: random.below(9) })
  })
  const previous = random.below(2 ** 32)
  return roundOf(appends, { previous, sequence: previous + 1 })
}

/** Never throws; what it takes has the batches that its entries name. */
function decode(bytes: Buffer): RoundHead | undefined {
  const head = readRoundHead(bytes, RING_ID)
  const round = head === undefined ? undefined : decodeRound(bytes, head)
  if (round === undefined) return undefined
  const named = round.items.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
  if (named > round.batchBytes) throw new Error('entries have more than the round')
  if (round.totalBytes > bytes.length) throw new Error('a round is larger than its bytes')
  if (round.items.length !== round.entries) throw new Error('entries are missing')
  return round
}

/** Damage is refused, unless it was none: in padding, or outside of the round. */
function damagedRound(random: Random): void {
  const round = anyRound(random)
  const copy = Buffer.from(mutated(random, round))
  if (copy.length < LEAST_BYTES) return
  const found = decode(copy)
  if (found === undefined) return
  const used = ROUND_HEADER_BYTES + found.batchBytes
  if (!copy.subarray(0, used).equals(round.subarray(0, used))) throw new Error('damage was taken')
}

/** Whoever wrote it: no claim leads out of the bytes. */
function lyingRound(random: Random): void {
  const round = anyRound(random)
  const head = readRoundHead(round, RING_ID)
  if (head === undefined) throw new Error('a round is not known')
  const end = round.length - ROUND_ENTRY_BYTES
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = ROUND_HEADER_BYTES + random.below(end - ROUND_HEADER_BYTES)
    round.set(random.bytes(1 + random.below(8)), at)
  }
  sealRound(round, head)
  decode(round)
}

function noise(random: Random): void {
  const round = Buffer.from(random.bytes(LEAST_BYTES))
  anyRound(random).copy(round, 0, 0, random.below(2 * ROUND_HEADER_BYTES))
  if (decode(round) !== undefined) throw new Error('noise was taken')
}
