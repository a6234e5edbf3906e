import { DecodeError } from '@pafka/base'

import type { CoordinatorRecord } from '../coordinator-log/coordinator-log.ts'
import type { PartitionReplay } from '../coordinator-log/partition-loader.ts'
import type { TransactionMetadata } from './transaction-metadata.ts'
import { decodeTransactionKey, decodeTransactionValue } from './transaction-record.ts'

/** One pass over a partition of transactional ids: the last record of each counts. */
export class TransactionReplay implements PartitionReplay {
  readonly #loaded: (found: readonly TransactionMetadata[]) => void
  readonly #values = new Map<string, Uint8Array>()
  records = 0
  corrupt = 0
  foreign = 0

  /** @param loaded told once, at the end. */
  constructor(loaded: (found: readonly TransactionMetadata[]) => void) {
    this.#loaded = loaded
  }

  record({ key, value }: CoordinatorRecord): void {
    this.records += 1
    const transactionalId = this.#guard(() => decodeTransactionKey(key) ?? null)
    if (transactionalId === null) this.foreign += 1
    else if (transactionalId !== undefined) {
      if (value === null) this.#values.delete(transactionalId)
      else this.#values.set(transactionalId, new Uint8Array(value))
    }
  }

  /** Nothing is written here in a transaction. */
  ended(): void {
    this.foreign += 1
  }

  finish(): void {
    const found: TransactionMetadata[] = []
    for (const [transactionalId, bytes] of this.#values) {
      const metadata = this.#guard(() => decodeTransactionValue(transactionalId, bytes))
      if (metadata !== undefined) found.push(metadata)
    }
    this.#loaded(found)
  }

  #guard<T>(decode: () => T): T | undefined {
    try {
      return decode()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.corrupt += 1
      return undefined
    }
  }
}
