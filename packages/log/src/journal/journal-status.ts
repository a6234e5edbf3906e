import type { TailMemory } from '../memory/tail-memory.ts'
import type { BehindQueue } from './behind-queue.ts'
import { type Journal, largestBatchBytes } from './journal.ts'
import type { RingIo } from './ring-file.ts'

/** What there is to be said about a journal. */
export interface JournalStatus {
  readonly folder: string
  /** Past the page cache, or through it; with `memory` no ack survives a power cut. */
  readonly io: RingIo
  /** Of rounds that no checkpoint covers. */
  readonly usedBytes: number
  /** Bytes that the ring has now. */
  readonly preparedBytes: number
  readonly limitBytes: number
  /** A larger batch is refused, whatever its topic allows. */
  readonly largestBatchBytes: number
  /** Memory of rounds and tails. */
  readonly tailBytes: number
  /** Of it, bytes that no segment has yet. */
  readonly unstoredBytes: number
}

export interface StatusParts {
  readonly folder: string
  readonly io: RingIo
  readonly journal: Journal
  readonly memory: TailMemory
  readonly behind: BehindQueue
}

export function journalStatus({ journal, memory, behind, ...rest }: StatusParts): JournalStatus {
  const { space, limitBytes } = journal
  return {
    ...rest,
    usedBytes: space.usedBytes,
    preparedBytes: space.capacityBytes,
    limitBytes,
    largestBatchBytes: largestBatchBytes(limitBytes),
    tailBytes: memory.sizeBytes,
    unstoredBytes: behind.waitingBytes,
  }
}
