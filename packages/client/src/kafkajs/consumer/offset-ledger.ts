import { partitionKey, type TopicPartition } from '../../cluster/topic-partition.ts'

/** How far a partition is processed, and committed. */
interface Account extends TopicPartition {
  /** Where the group goes on; undefined until it is known. */
  committed: number | undefined
  /** After the last record that was resolved; undefined for none yet. */
  resolved: number | undefined
}

/** Where a group goes on, as a program says it. */
export interface LedgerOffset extends TopicPartition {
  readonly offset: number
}

/** When offsets are committed between two batches. */
export interface CommitTerms {
  readonly intervalMs: number | null
  /** Records. */
  readonly threshold: number | null
}

/** What one member has resolved and committed of the partitions that it has. */
export class OffsetLedger {
  readonly #accounts = new Map<string, Account>()
  #lastCommitMs: number

  constructor(nowMs: number) {
    this.#lastCommitMs = nowMs
  }

  /** It is this member's now. */
  open({ topic, partition }: TopicPartition): void {
    const account = { topic, partition, committed: undefined, resolved: undefined }
    this.#accounts.set(partitionKey(account), account)
  }

  /** It is somebody else's. */
  close(place: TopicPartition): void {
    this.#accounts.delete(partitionKey(place))
  }

  /** The group goes on there, as the coordinator has it; below 0 it has no offset. */
  committed(place: TopicPartition, offset: number): void {
    const account = this.#accounts.get(partitionKey(place))
    if (account !== undefined) account.committed = offset < 0 ? undefined : offset
  }

  /** The record at this offset is processed, and all before it. */
  resolve(place: TopicPartition, offset: number): void {
    const account = this.#accounts.get(partitionKey(place))
    if (account !== undefined) account.resolved = offset + 1
  }

  /** The member goes on there: nothing is resolved any more. */
  seek(place: TopicPartition, offset: number | undefined): void {
    const account = this.#accounts.get(partitionKey(place))
    if (account !== undefined) account.resolved = offset
  }

  /** Where the member goes on; undefined where that is not known. */
  nextOffset(place: TopicPartition): number | undefined {
    const account = this.#accounts.get(partitionKey(place))
    return account?.resolved ?? account?.committed
  }

  /** What is resolved, and not committed. */
  uncommitted(): LedgerOffset[] {
    return [...this.#accounts.values()].flatMap(({ topic, partition, resolved, committed }) => {
      if (resolved === undefined || resolved === committed) return []
      return [{ topic, partition, offset: resolved }]
    })
  }

  /** Whether it is time to commit, though a batch is not at its end. */
  isDue({ intervalMs, threshold }: CommitTerms, nowMs: number): boolean {
    if (intervalMs !== null && nowMs >= this.#lastCommitMs + intervalMs) return true
    return threshold !== null && this.#resolvedCount() >= threshold
  }

  wasCommitted(offsets: readonly LedgerOffset[], nowMs: number): void {
    this.#lastCommitMs = nowMs
    for (const one of offsets) this.committed(one, one.offset)
  }

  #resolvedCount(): number {
    let count = 0
    for (const { resolved, committed = 0 } of this.#accounts.values()) {
      if (resolved !== undefined) count += resolved - committed
    }
    return count
  }
}
