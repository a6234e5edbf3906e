import type { Clock } from '@pafka/base'

import type { TransactionMetadata } from './transaction-metadata.ts'
import { Turns } from './turns.ts'

/**
 * Clients try again by themselves after so long; most turns end within a few milliseconds, one that
 * writes markers where a log dir is offline does not.
 */
export const PATIENCE_MS = 1000

/** A transactional id while the broker runs. */
export class TransactionalId {
  /** As the log has it; undefined of an id that is new, while its first record is written. */
  metadata: TransactionMetadata | undefined
  readonly turns: Turns

  constructor(clock: Clock, metadata?: TransactionMetadata) {
    this.turns = new Turns(clock, PATIENCE_MS)
    this.metadata = metadata
  }
}
