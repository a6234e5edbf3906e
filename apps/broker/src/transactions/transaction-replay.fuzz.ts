import { assert, type Random } from '@pafka/base'
import { type Fuzz, mutated } from '@pafka/testing'

import { newMetadata, type TransactionMetadata, TransactionState } from './transaction-metadata.ts'
import { transactionRecord, transactionTombstone } from './transaction-record.ts'
import { TransactionReplay } from './transaction-replay.ts'

export const fuzzes: readonly Fuzz[] = [
  { name: 'load transactional ids from a damaged log', run: async (random) => load(random) },
]

const STATES = Object.values(TransactionState)

function load(random: Random): void {
  let loaded: readonly TransactionMetadata[] | undefined
  const replay = new TransactionReplay((found) => (loaded = found))
  const records = random.below(6)
  for (let left = records; left > 0; left--) {
    const { key, value } = record(random)
    const isDamaged = random.below(2) === 0
    replay.record({
      key: isDamaged ? mutated(random, key) : key,
      value: value !== null && isDamaged ? mutated(random, value) : value,
    })
  }
  replay.finish()
  assert(loaded !== undefined, 'whatever was there, it is loaded')
  assert(loaded.length <= records, 'no more ids than records')
}

function record(random: Random): ReturnType<typeof transactionRecord> {
  const transactionalId = `x${random.below(3)}`
  if (random.below(4) === 0) return transactionTombstone(transactionalId)
  return transactionRecord({
    ...newMetadata(transactionalId, random.below(100), 60_000, 0),
    producerEpoch: random.below(1000),
    state: STATES[random.below(STATES.length)] ?? TransactionState.Empty,
    partitions: Array.from({ length: random.below(3) }, (_, partition) => ({
      topic: 'a',
      partition,
    })),
    clientVersion: random.below(3),
  })
}
