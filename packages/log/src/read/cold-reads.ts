import { type Clock, KIB, MIB, StorageError, type Timer } from '@pafka/base'

import { DIRECT_BLOCK_BYTES, type IoDone } from '../files/file-system.ts'
import { ColdBuffers } from './cold-buffers.ts'
import type { ColdFile, DirectFiles } from './cold-file.ts'
import { ColdForward } from './cold-forward.ts'
import type { ColdPlace } from './cold-places.ts'
import { ColdQueue } from './cold-queue.ts'
import { ColdRead, type ColdRange, type ColdReadStats, NO_BYTES } from './cold-read.ts'
import { ColdRun, ColdSource, type ColdWaiter } from './cold-run.ts'

/** Less is not worth a trip to the device. */
const SHORTEST_READ_BYTES = 64 * KIB
/** Most that is read for a reader who goes forward and waits: the rest comes while it is busy. */
const WAITED_WINDOW_BYTES = MIB
/** Of room in front of a run; a reader who has more than that before it is served that first. */
const LONGEST_HEAD_BYTES = MIB
/** Runs that nobody asked for, waiting for the device to be free. */
const MOST_AHEAD_WAITING = 64
const MOST_OPEN_FILES = 64
/**
 * Of one read of the device while appends wait for it: a write that comes has this before it. With
 * 4 MiB, two at a time, the median of a journal's writes rose from 0.2 to 10 ms.
 */
const POLITE_BYTES = 256 * KIB
const IDLE_MS = 10_000
/** Attempts to find bytes among what is at hand, before they are simply read. */
const TRIES = 3

export interface ColdReadOptions {
  readonly files: DirectFiles
  readonly clock: Clock
  /** Of all buffers, half a MiB or more. */
  readonly memoryBytes: number
  /** Reads in flight at the device: fewer than the thread pool has threads, others need it too. */
  readonly concurrency: number
  /** Whether appends wait for the device just now: then one small read at a time. */
  readonly isDeviceWanted?: (() => boolean) | undefined
}

/**
 * Reads of old bytes of files, apart from everything else: past the page cache, in a queue of their
 * own where files take turns, in memory of their own that is bounded and given back when idle.
 * Readers of the same bytes share one read of the device; for those who go forward the next bytes
 * are read before they ask.
 */
export class ColdReads {
  readonly #files: DirectFiles
  readonly #clock: Clock
  readonly #concurrency: number
  readonly #isDeviceWanted: () => boolean
  readonly #buffers: ColdBuffers
  readonly #longestHeadBytes: number
  /** The one that was used last stands at the end. */
  readonly #sources = new Map<ColdFile, ColdSource>()
  readonly #forward: ColdForward
  readonly #queue = new ColdQueue()
  /** Runs longer than the shared memory takes: one at a time, not in the way of others. */
  readonly #longQueue = new ColdQueue()
  #ahead: ColdRun[] = []
  #reading = 0
  #readingAhead = 0
  readonly #counts = { served: 0, refused: 0, deviceReads: 0, deviceBytes: 0 }
  #idleCheck: Timer | undefined
  #isClosed = false
  #drained: (() => void) | undefined

  constructor(options: ColdReadOptions) {
    this.#files = options.files
    this.#clock = options.clock
    this.#concurrency = options.concurrency
    this.#isDeviceWanted = options.isDeviceWanted ?? (() => false)
    this.#buffers = new ColdBuffers(options.memoryBytes, options.clock)
    this.#forward = new ColdForward(options.clock)
    this.#longestHeadBytes = Math.min(LONGEST_HEAD_BYTES, this.#buffers.longestRunBytes / 4)
  }

  get stats(): ColdReadStats {
    const { takenBytes, peakBytes } = this.#buffers
    return { ...this.#counts, takenBytes, peakBytes }
  }

  /**
   * Shorter than `leastBytes` only where the file ends, at `endBytes` or, damaged, before.
   * @returns undefined when memory is short and the reader cannot wait. Rejects with the system
   * error, or a StorageError after `close`.
   */
  async read(file: ColdFile, range: ColdRange): Promise<ColdRead | undefined> {
    if (this.#isClosed) throw new StorageError('reads are closed')
    const { positionBytes, endBytes } = range
    const mostBytes = Math.min(range.lengthBytes, endBytes - positionBytes)
    if (mostBytes <= 0) return new ColdRead(NO_BYTES, () => {})
    const source = this.#sourceOf(file)
    source.endBytes = Math.max(source.endBytes, endBytes)
    const { promise, resolve, reject } = Promise.withResolvers<ColdRun | undefined>()
    const leastBytes = Math.max(1, Math.min(range.leastBytes, mostBytes))
    const { canWait } = range
    const place = source.places.note(positionBytes, positionBytes + mostBytes)
    const windowBytes = place.windowBytes > 0 ? this.#windowOf(place, leastBytes) : 0
    const wanted = { positionBytes, leastBytes, mostBytes, canWait, windowBytes }
    const waiter = { ...wanted, source, tries: 0, resolve, reject }
    this.#find(waiter)
    if (windowBytes > 0) this.#readAhead(waiter)
    this.#pump()
    this.#idleCheck ??= this.#watchIdle()
    const run = await promise
    if (run === undefined) return undefined
    const bytes = run.bytes(positionBytes, mostBytes)
    return new ColdRead(bytes, () => this.#released(run), this.#buffers.isScarce(run))
  }

  /** The file's bytes changed, or it is deleted: what is kept of it serves nobody any more. */
  forget(file: ColdFile): void {
    const source = this.#sources.get(file)
    if (source === undefined) return
    this.#sources.delete(file)
    source.isForgotten = true
    for (const run of source.runs.slice()) {
      const isUnused = run.state === 'filled' && run.uses === 0
      if (isUnused || this.#ahead.includes(run)) this.#buffers.drop(run)
    }
    this.#ahead = this.#ahead.filter((run) => run.source !== source)
    source.closeIfForgotten()
  }

  /** Fails who waits; ends when nothing is read any more. Bytes that are held stay valid. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#idleCheck?.cancel()
    const error = new StorageError('reads are closed')
    for (const run of [...this.#queue.all(), ...this.#longQueue.all()]) this.#fail(run, error)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#drained = resolve
    if (this.#reading === 0) resolve()
    await promise
    for (const file of [...this.#sources.keys()]) this.forget(file)
    this.#buffers.dropIdle()
  }

  #windowOf(place: ColdPlace, leastBytes: number): number {
    const readers = this.#forward.note(place)
    const head = Math.min(this.#longestHeadBytes, leastBytes)
    return Math.min(place.windowBytes, this.#buffers.windowFor(readers, head))
  }

  #sourceOf(file: ColdFile): ColdSource {
    let source = this.#sources.get(file)
    if (source === undefined) {
      source = new ColdSource(this.#files, file, this.#buffers.longestWindowBytes)
    } else this.#sources.delete(file)
    this.#sources.set(file, source)
    return source
  }

  /** Serves a reader from what is at hand or on its way, or has it read. */
  #find(waiter: ColdWaiter): void {
    const { source, positionBytes, leastBytes, mostBytes } = waiter
    waiter.tries += 1
    const run = waiter.tries > TRIES ? undefined : source.at(positionBytes)
    if (run === undefined) return this.#enqueue(this.#runFor(waiter), waiter)
    const next = this.#after(run)
    const hereBytes = run.endBytes - positionBytes
    if (hereBytes < mostBytes && next !== undefined) {
      next.carry(run, positionBytes)
      if (next.serves(waiter)) return this.#serve(next, waiter)
    }
    if (hereBytes >= leastBytes) return this.#join(run, waiter)
    // the few bytes here are read again, unless somebody has what follows them read already
    if (next !== undefined && next.endBytes - positionBytes >= leastBytes) {
      const hasRoom = next.hasRoomFor(positionBytes)
      if (hasRoom && next.state !== 'filled') return this.#join(next, waiter)
      if (hasRoom && run.state !== 'filled') return this.#join(run, waiter)
    }
    this.#enqueue(this.#runFor(waiter), waiter)
  }

  /** The run that goes on where this one ends. */
  #after(run: ColdRun): ColdRun | undefined {
    const next = run.source.at(run.endBytes)
    return next === run ? undefined : next
  }

  #runFor({ source, positionBytes, leastBytes, mostBytes, windowBytes }: ColdWaiter): ColdRun {
    const atOnce = Math.min(windowBytes, WAITED_WINDOW_BYTES)
    const worthBytes = Math.max(SHORTEST_READ_BYTES, atOnce, mostBytes)
    // aligning both ends takes up to two blocks more
    const longest = this.#buffers.longestRunBytes - 2 * DIRECT_BLOCK_BYTES
    const lengthBytes = Math.max(leastBytes, Math.min(longest, worthBytes))
    return new ColdRun(source, positionBytes, positionBytes + lengthBytes, 0)
  }

  #enqueue(run: ColdRun, waiter: ColdWaiter): void {
    run.source.runs.push(run)
    run.waiters.push(waiter)
    this.#queueOf(run).push(run)
  }

  #queueOf(run: ColdRun): ColdQueue {
    return this.#buffers.isLong(run) ? this.#longQueue : this.#queue
  }

  #join(run: ColdRun, waiter: ColdWaiter): void {
    if (run.serves(waiter)) return this.#serve(run, waiter)
    run.waiters.push(waiter)
    if (run.state === 'waiting' && run.isAhead) {
      this.#ahead = this.#ahead.filter((other) => other !== run)
      this.#queue.push(run)
    }
    this.#buffers.wanted(run)
  }

  #serve(run: ColdRun, waiter: ColdWaiter): void {
    this.#counts.served += 1
    this.#buffers.use(run)
    waiter.resolve(run)
  }

  #released(run: ColdRun): void {
    run.uses -= 1
    if (run.uses > 0) return
    this.#buffers.keep(run)
    if (this.#isClosed) this.#buffers.dropIdle()
    else this.#pump()
  }

  /** Has the bytes after those of a reader who goes forward read, if it comes near their end. */
  #readAhead({ source, positionBytes, leastBytes, mostBytes, windowBytes }: ColdWaiter): void {
    const endBytes = positionBytes + mostBytes
    const run = source.at(endBytes - 1) ?? source.at(positionBytes)
    if (run === undefined || run.endBytes >= source.endBytes) return
    if (run.endBytes - endBytes > run.lengthBytes / 2) return
    if (source.at(run.endBytes) !== undefined) return
    // whoever has more than the least before it takes that
    const head = Math.min(this.#longestHeadBytes, leastBytes)
    const most = this.#buffers.longestRunBytes - head - 3 * DIRECT_BLOCK_BYTES
    const length = Math.min(most, Math.max(windowBytes, leastBytes))
    const ahead = new ColdRun(source, run.endBytes, run.endBytes + length, head)
    ahead.isAhead = true
    source.runs.push(ahead)
    this.#ahead.push(ahead)
    if (this.#ahead.length > MOST_AHEAD_WAITING) this.#dropFirstAhead()
  }

  #dropFirstAhead(): void {
    const run = this.#ahead.shift()
    if (run !== undefined) this.#buffers.drop(run)
  }

  /** Keeps the device busy as far as memory goes. */
  #pump(): void {
    const concurrency = this.#isDeviceWanted() ? 1 : this.#concurrency
    while (this.#reading < concurrency && this.#startNext());
    const most = Math.max(1, concurrency - 1)
    while (this.#reading < concurrency && this.#readingAhead < most) {
      const run = this.#queue.peek() === undefined ? this.#ahead.shift() : undefined
      if (run === undefined) return
      if (!this.#buffers.takeAhead(run)) this.#buffers.drop(run)
      else this.#start(run)
    }
  }

  /** @returns whether one began. */
  #startNext(): boolean {
    for (const queue of [this.#longQueue, this.#queue]) {
      for (let run = queue.peek(); run !== undefined; run = queue.peek()) {
        const canWait = run.waiters.some((waiter) => waiter.canWait)
        if (this.#buffers.takeFor(run, canWait)) {
          queue.shift()
          this.#start(run)
          return true
        }
        this.#refuse(queue)
        if (canWait) break
      }
    }
    return false
  }

  /** Sends those away who hold memory while they wait for more. */
  #refuse(queue: ColdQueue): void {
    for (const run of queue.all()) {
      for (const waiter of run.waiters) {
        if (waiter.canWait) continue
        this.#counts.refused += 1
        waiter.resolve(undefined)
      }
      run.waiters = run.waiters.filter((waiter) => waiter.canWait)
      if (run.waiters.length > 0) continue
      queue.remove(run)
      this.#buffers.drop(run)
    }
  }

  #start(run: ColdRun): void {
    const { isAhead } = run
    run.state = 'reading'
    this.#reading += 1
    if (isAhead) this.#readingAhead += 1
    if (!run.source.handle.isOpen) this.#closeHandles()
    this.#readOn(run, 0, (error, bytes) => {
      this.#reading -= 1
      if (isAhead) this.#readingAhead -= 1
      if (error === null) this.#filled(run, bytes)
      else this.#fail(run, error)
      if (this.#isClosed && this.#reading === 0) this.#drained?.()
      else if (!this.#isClosed) this.#pump()
    })
  }

  /** The bytes of a run that are missing, all at once unless others want the device. */
  #readOn(run: ColdRun, doneBytes: number, done: IoDone): void {
    const target = run.target().subarray(doneBytes)
    const length = this.#isDeviceWanted() ? Math.min(target.length, POLITE_BYTES) : target.length
    const into = target.subarray(0, length)
    this.#counts.deviceReads += 1
    run.source.handle.read(into, run.startBytes + doneBytes, (error, bytes) => {
      this.#counts.deviceBytes += bytes
      // a device may give less than was asked for; at the end of a file that is no whole block
      const isEnd = bytes === 0 || bytes % DIRECT_BLOCK_BYTES !== 0
      if (error !== null || isEnd || bytes === target.length) done(error, doneBytes + bytes)
      else if (this.#isClosed) done(new StorageError('reads are closed'), doneBytes + bytes)
      else this.#readOn(run, doneBytes + bytes, done)
    })
  }

  #filled(run: ColdRun, bytes: number): void {
    run.filled(bytes)
    this.#buffers.dropCovered(run)
    const waiters = run.waiters
    run.waiters = []
    run.uses += 1 // stays while readers are found who want it
    for (const waiter of waiters) {
      const { source, positionBytes } = waiter
      const before = positionBytes < run.firstBytes ? source.at(positionBytes) : undefined
      if (before !== undefined) run.carry(before, positionBytes)
      if (run.serves(waiter)) this.#serve(run, waiter)
      else if (this.#isClosed) waiter.reject(new StorageError('reads are closed'))
      else this.#find(waiter)
    }
    run.uses -= 1
    if (run.uses === 0) this.#buffers.keep(run)
  }

  /** Only who waits for this very run has the error; who comes later tries again. */
  #fail(run: ColdRun, error: Error): void {
    this.#queueOf(run).remove(run)
    this.#buffers.drop(run)
    for (const waiter of run.waiters) waiter.reject(error)
    run.waiters = []
  }

  /** Makes room for one more open file, and forgets those of which nothing is at hand. */
  #closeHandles(): void {
    let left = this.#sources.size - MOST_OPEN_FILES
    for (const [file, source] of this.#sources) {
      if (--left < 0) return
      source.handle.close()
      if (source.runs.length === 0) this.#sources.delete(file)
    }
  }

  #watchIdle(): Timer {
    const reads = this.#counts.served
    return this.#clock.setTimer(IDLE_MS, () => {
      this.#idleCheck = undefined
      if (this.#counts.served === reads) this.#dropIdle()
      if (this.#sources.size > 0) this.#idleCheck = this.#watchIdle()
    })
  }

  /** Nobody read for a while. */
  #dropIdle(): void {
    this.#buffers.dropIdle()
    this.#forward.clear()
    for (const [file, source] of this.#sources) {
      if (source.runs.length > 0) continue
      this.#sources.delete(file)
      source.handle.close()
    }
  }
}
