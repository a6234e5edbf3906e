import { MIB, StorageError } from '@pafka/base'

import type { LogSegment } from '../segment/log-segment.ts'
import type { LogWriter, LogWriterOwner } from './log-writer.ts'
import { StoreHold } from './store-hold.ts'
import { WriteGroup, type WriteGroupOwner } from './write-group.ts'

/** Bytes of one write, so that the first of a large burst is committed before the last. */
const GROUP_BYTES = 4 * MIB
const GROUP_PIECES = 1000 // below IOV_MAX, 1024 on Linux

/** Decides which writes block the thread. One for all logs of a store. */
export class WritePolicy {
  /** A write of so few bytes into the page cache is done before a thread would have started. */
  readonly syncLimitBytes: number
  readonly #nowMs: () => number
  #asyncUntilMs = -1

  constructor(syncLimitBytes: number, nowMs: () => number) {
    this.syncLimitBytes = syncLimitBytes
    this.#nowMs = nowMs
  }

  mayBlock(bytes: number): boolean {
    if (bytes > this.syncLimitBytes) return false
    return this.#asyncUntilMs < 0 || this.#nowMs() >= this.#asyncUntilMs
  }

  startedMs(): number {
    return this.#nowMs()
  }

  /** A write that took long: the disk pushes back, so threads take over for a second. */
  ended(startedMs: number): void {
    const endedMs = this.#nowMs()
    this.#asyncUntilMs = endedMs - startedMs > 2 ? endedMs + 1000 : -1
  }
}

/**
 * The queue between a log and its files: one write in flight, all that waits joined into the next.
 * Bytes are borrowed until they are committed or the log failed.
 */
export class WriteBehind implements LogWriter, WriteGroupOwner {
  readonly #policy: WritePolicy
  readonly #owner: LogWriterOwner
  readonly #nameFolder: (() => Promise<void>) | undefined
  #pieces: Uint8Array[] = []
  #segments: LogSegment[] = []
  #endOffsets: number[] = []
  #busy = false
  #current: LogSegment | undefined
  #messages = 0
  #lastOffset = 0
  #idle: (() => void)[] = []
  readonly #hold: StoreHold = new StoreHold()

  /**
   * @param nameFolder makes the name of the log's folder durable, where a write is durable when it
   * ends: then it counts when its names are so, too, whatever a topic asks for
   */
  constructor(policy: WritePolicy, owner: LogWriterOwner, nameFolder?: () => Promise<void>) {
    this.#policy = policy
    this.#owner = owner
    this.#nameFolder = nameFolder
  }

  get isIdle(): boolean {
    return !this.#busy && this.#pieces.length === 0
  }

  push(segment: LogSegment, bytes: Uint8Array, endOffset: number): void {
    this.#pieces.push(bytes)
    this.#segments.push(segment)
    this.#endOffsets.push(endOffset)
  }

  rolled(before: LogSegment): void {
    this.#current = undefined
    this.#owner.sealed(before)
  }

  /** Starts to write what is queued, unless a write is in flight: its end starts the next. */
  flush(): void {
    if (this.#busy) return
    this.#busy = true
    for (let next = this.#segments[0]; next !== undefined; next = this.#segments[0]) {
      if (this.#hold.covers(next)) return this.#wait(next)
      if (!this.#writeGroup()) return
    }
    this.#hold.reached(undefined)
    this.#rest()
  }

  holdFrom(segment: LogSegment): Promise<void> {
    const held = this.#hold.begin(segment)
    this.flush()
    return held
  }

  holdFailed(error: StorageError): void {
    this.#hold.failed(error)
  }

  letGo(): void {
    this.#hold.end()
    this.flush()
  }

  relocated(): void {
    this.#current = undefined
  }

  /** Files are all that it has. */
  stored(): Promise<void> {
    return this.whenIdle()
  }

  abandon(): void {
    this.#hold.failed(new StorageError('the log is gone'))
  }

  /** Resolves when nothing is queued or in flight. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** @returns false when the group goes on in the background. */
  #writeGroup(): boolean {
    const segment = this.#segments[0] as LogSegment
    if (this.#current !== segment) this.#enter(segment)
    let count = 0
    let bytes = 0
    const most = Math.min(this.#pieces.length, GROUP_PIECES)
    while (count < most && this.#segments[count] === segment && bytes < GROUP_BYTES) {
      bytes += (this.#pieces[count] as Uint8Array).length
      count += 1
    }
    const group = this.#take(count, bytes)
    if (!this.#policy.mayBlock(bytes)) {
      group.start()
      return false
    }
    const startedMs = this.#policy.startedMs()
    const error = group.writeNow()
    this.#policy.ended(startedMs)
    if (error !== undefined) {
      this.fail(error)
      return false
    }
    return this.afterWrite(group)
  }

  afterWrite(group: WriteGroup): boolean {
    if (this.#nameFolder !== undefined) return this.#afterDurableWrite(group)
    this.#messages += group.endOffset - this.#lastOffset
    this.#lastOffset = group.endOffset
    if (this.#messages < this.#owner.flushMessages) {
      this.#commit(group)
      return true
    }
    this.#messages = 0
    group.sync()
    return false
  }

  #afterDurableWrite(group: WriteGroup): boolean {
    const { isNamed } = this.#owner.parts
    if (isNamed && group.segment.nameSynced) {
      this.#commit(group)
      return true
    }
    group.syncNames(isNamed ? undefined : this.#nameFolder)
    return false
  }

  afterSync(group: WriteGroup): void {
    this.#commit(group)
  }

  proceed(): void {
    this.#busy = false
    this.flush()
  }

  fail(cause: Error): void {
    this.#pieces = []
    this.#segments = []
    this.#endOffsets = []
    this.#current = undefined
    this.#rest()
    const error = new StorageError(`cannot write ${cause.message}`, { cause })
    this.#hold.failed(error)
    this.#owner.writeFailed(error)
  }

  /** The log end when the log was opened or cut: from there `flush.messages` counts. */
  startAt(offset: number): void {
    this.#lastOffset = offset
    this.#current = undefined
  }

  cutTo(offset: number): void {
    this.startAt(offset)
  }

  #take(count: number, bytes: number): WriteGroup {
    const segment = this.#segments[0] as LogSegment
    const endOffset = this.#endOffsets[count - 1] as number
    let pieces = this.#pieces
    if (count === pieces.length) {
      this.#pieces = []
      this.#segments.length = 0
      this.#endOffsets.length = 0
    } else {
      pieces = pieces.splice(0, count)
      this.#segments.splice(0, count)
      this.#endOffsets.splice(0, count)
    }
    return new WriteGroup(this, { segment, pieces, bytes, endOffset })
  }

  #commit(group: WriteGroup): void {
    const { segment } = group
    segment.committedBytes += group.bytes
    segment.storedBytes = segment.committedBytes
    this.#owner.written(group.endOffset)
  }

  /** What is queued is written later. */
  #wait(next: LogSegment): void {
    this.#busy = false
    this.#hold.reached(next)
  }

  #enter(segment: LogSegment): void {
    const before = this.#current
    this.#current = segment
    if (before !== undefined) this.#owner.sealed(before)
  }

  #rest(): void {
    this.#busy = false
    const idle = this.#idle
    if (idle.length === 0) return
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}
