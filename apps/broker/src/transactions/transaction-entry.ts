import type { TransactionMetadata } from './transaction-metadata.ts'

/** A transactional id while the broker runs. */
export class TransactionEntry {
  /** As the log has it. */
  metadata: TransactionMetadata
  /** On its way to the log: until it is there nothing else happens to the id. */
  pending: TransactionMetadata | undefined
  /** The epoch was raised to abort for a dead producer, and that could not be written. */
  hasFailedFence = false

  constructor(metadata: TransactionMetadata) {
    this.metadata = metadata
  }

  begin(next: TransactionMetadata): void {
    this.pending = next
  }

  /** The log has what was pending. */
  written(): void {
    this.metadata = this.pending ?? this.metadata
    this.pending = undefined
  }

  /** The log did not take it. */
  failed(): void {
    this.pending = undefined
  }
}
