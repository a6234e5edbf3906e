import type { StorageError } from '@pafka/base'

import type { LogSegment } from '../segment/log-segment.ts'
import type { LogPlace } from './log-context.ts'
import type { StoredPlace } from './stored-place.ts'

/** What a writer tells its log. */
export interface LogWriterOwner {
  /** 16 bytes. */
  readonly journalId: Buffer
  readonly partition: number
  readonly parts: {
    /** Whether its folder's name, and whose it is, outlive power loss. */
    isNamed: boolean
    /** How far its files have it, when nothing is on its way to them. */
    readonly place: StoredPlace
    /** Its files had nothing behind that when it was opened. */
    readonly openedSegment: LogSegment | undefined
    readonly context: { readonly place: Pick<LogPlace, 'ledger'> }
  }
  /** Messages after which a write is made durable before it counts; `flush.messages`. */
  readonly flushMessages: number
  /** Longest time that what counts is not durable; `flush.ms`. */
  readonly flushMs: number
  /** All below `endOffset` is committed: written, and durable if the policy asks for that. */
  written(endOffset: number): void
  /** `segment` will not grow any more and its file is complete. */
  sealed(segment: LogSegment): void
  /** Nothing that is queued will be committed. */
  writeFailed(error: StorageError): void
  /** What is committed cannot get into its segment, for now or for good. */
  storeFailed(error: StorageError): void
  /** `storeFailed` is over. */
  storeWorks(): void
}

/** How the appends of a log become committed, and get into its segment files: its channel. */
export interface LogWriter {
  /** Nothing waits to be committed. */
  readonly isIdle: boolean
  /** Queues what was appended at the end of a segment. Memory is borrowed until it is committed. */
  push(segment: LogSegment, bytes: Uint8Array, endOffset: number): void
  /** A segment was begun that follows one which the files have all of. */
  rolled(before: LogSegment, segment: LogSegment): void
  /** Starts to commit what is queued, unless that is on its way. */
  flush(): void
  /** Resolves when nothing waits to be committed. */
  whenIdle(): Promise<void>
  /** Resolves when the segment files have all that is committed; rejects when they cannot. */
  stored(): Promise<void>
  /**
   * What is appended to a segment, the newest, and to those after it does not get into files for
   * now. Resolves when all that comes before has; rejects when it cannot.
   */
  holdFrom(segment: LogSegment): Promise<void>
  /** What `holdFrom` waits for may never come. */
  holdFailed(error: StorageError): void
  /** `holdFrom` is over. */
  letGo(): void
  /** The log lies elsewhere: the files there have all that comes before a segment, durably. */
  relocated(segment: LogSegment): void
  /** The log was opened: it ends there. */
  startAt(offset: number): void
  /** The log was cut, durably: it ends there. All that was committed had been stored. */
  cutTo(offset: number): void
  /** The log is gone: what its files lack they will not get. */
  abandon(): void
}
