import { assert, type Clock, KIB, MIB, SECOND_MS } from '@pafka/base'

import { alignDown, alignUp } from '../memory/aligned-memory.ts'
import { ColdMemory, UNIT_BYTES } from './cold-memory.ts'
import type { ColdRun } from './cold-run.ts'

/** An eighth of the memory: one run, at least, fits between what others hold. */
const LONGEST_SHARE = 8
/** Read at a time for who goes forward: more brings nothing (1 MiB 1.8 GB/s, 2 to 8 MiB 2.1). */
const LONGEST_WINDOW_BYTES = 4 * MIB
const LEAST_WINDOW_BYTES = 256 * KIB
/** Whoever goes forward comes for what was read ahead in less time than this, or not at all. */
const AHEAD_MS = SECOND_MS
/** Of the shared memory: when so much is in use the rest is for reads, not for answers. */
const SCARCE_SHARE = 3 / 4

/**
 * Memory of runs. Those that nobody uses stay for the next reader of the same bytes, until the
 * memory is wanted, the one unused longest first; what was just read ahead goes last, as it is sure
 * to be used, and read again if it is not there. A spare piece apart from the shared memory is for
 * one run at a time: for bytes that are larger than a run may be, and for a reader whom all others
 * would keep waiting. Only the former can go beyond the budget.
 */
export class ColdBuffers {
  /** Room in front included. A longer one takes the spare piece. */
  readonly longestRunBytes: number
  readonly longestWindowBytes: number
  readonly #budgetBytes: number
  readonly #clock: Clock
  readonly #shared: ColdMemory
  #spare: { readonly run: ColdRun; readonly memory: ColdMemory } | undefined
  /** Filled and not in use, the one unused longest first. */
  readonly #idle = new Set<ColdRun>()
  #idleBytes = 0
  #aheadBytes = 0
  #peakBytes = 0

  constructor(budgetBytes: number, clock: Clock) {
    this.#budgetBytes = budgetBytes
    this.#clock = clock
    this.longestRunBytes = alignDown(budgetBytes / LONGEST_SHARE, UNIT_BYTES)
    assert(this.longestRunBytes > 0, 'cold reads need half a MiB of memory')
    this.longestWindowBytes = Math.min(LONGEST_WINDOW_BYTES, this.longestRunBytes / 2)
    this.#shared = new ColdMemory(budgetBytes - this.longestRunBytes)
  }

  /** Of all runs, used or kept. */
  get takenBytes(): number {
    return this.#shared.usedBytes + (this.#spare?.memory.usedBytes ?? 0)
  }

  get peakBytes(): number {
    return this.#peakBytes
  }

  /**
   * How much to read at a time for each of so many who go forward: what one of them reads now and
   * what comes next must stay until it is used. 0 when that is too little to be worth it.
   */
  windowFor(readers: number, headBytes: number): number {
    const share = this.#shared.limitBytes / readers / 2 - headBytes
    if (share < LEAST_WINDOW_BYTES) return 0
    return Math.min(this.longestWindowBytes, share)
  }

  isLong(run: ColdRun): boolean {
    return run.memoryBytes > this.longestRunBytes
  }

  /** Memory for a run that readers wait for. @returns false when others hold it all. */
  takeFor(run: ColdRun, canWait: boolean): boolean {
    if (!this.isLong(run) && this.#takeShared(run, this.#victims(true))) return true
    if (this.#spare !== undefined) return false
    if (this.isLong(run)) this.#makeRoom(run.memoryBytes)
    else if (!canWait) return false
    const memory = new ColdMemory(alignUp(run.memoryBytes, UNIT_BYTES))
    run.piece = memory.take(run.memoryBytes)
    this.#spare = { run, memory }
    this.#notePeak()
    return true
  }

  /** Memory for a run that nobody asked for: never at the cost of others like it. */
  takeAhead(run: ColdRun): boolean {
    if (this.#aheadBytes + run.memoryBytes > this.#budgetBytes / 2) return false
    if (!this.#takeShared(run, this.#victims(false))) return false
    this.#aheadBytes += run.memoryBytes
    run.aheadUntilMs = this.#clock.monotonicMs() + AHEAD_MS
    return true
  }

  /** Somebody wants a run that was read ahead. */
  wanted(run: ColdRun): void {
    if (!run.isAhead) return
    run.isAhead = false
    if (run.piece !== undefined) this.#aheadBytes -= run.memoryBytes
  }

  /** Whether others may have to wait for this memory, if it is not given back soon. */
  isScarce(run: ColdRun): boolean {
    const busyBytes = this.#shared.usedBytes - this.#idleBytes
    return run === this.#spare?.run || busyBytes > this.#shared.limitBytes * SCARCE_SHARE
  }

  use(run: ColdRun): void {
    this.wanted(run)
    this.#rouse(run)
    run.uses += 1
  }

  /** Nobody uses it now. */
  keep(run: ColdRun): void {
    assert(run.uses === 0 && run.state === 'filled', 'only what nobody uses is kept')
    const isOfUse = !run.isShort && !run.source.isForgotten
    if (!isOfUse || run === this.#spare?.run) return this.drop(run)
    this.#idle.add(run)
    this.#idleBytes += pieceBytes(run)
  }

  /** Gives up a run in any state that has no users, and is not being read. */
  drop(run: ColdRun): void {
    this.wanted(run)
    run.state = 'dropped'
    this.#rouse(run)
    const at = run.source.runs.indexOf(run)
    if (at >= 0) run.source.runs.splice(at, 1)
    run.source.closeIfForgotten()
    if (run.piece === undefined) return
    if (run === this.#spare?.run) {
      this.#spare.memory.give(run.piece)
      this.#spare.memory.shrink()
      this.#spare = undefined
    } else this.#shared.give(run.piece)
    run.piece = undefined
  }

  /** Runs that `run` has all bytes of. */
  dropCovered(run: ColdRun): void {
    for (const other of run.source.runs.slice()) {
      if (other === run || !this.#idle.has(other)) continue
      if (other.firstBytes >= run.startBytes && other.endBytes <= run.endBytes) this.drop(other)
    }
  }

  /** Back to the system goes what nobody uses. */
  dropIdle(): void {
    for (const run of this.#idle) this.drop(run)
    this.#shared.shrink()
  }

  #rouse(run: ColdRun): void {
    if (this.#idle.delete(run)) this.#idleBytes -= pieceBytes(run)
  }

  /** Runs to give up, in that order. */
  *#victims(withAhead: boolean): Iterable<ColdRun> {
    const nowMs = this.#clock.monotonicMs()
    for (const run of this.#idle) if (!run.isAhead || run.aheadUntilMs < nowMs) yield run
    if (withAhead) yield* this.#idle
  }

  #takeShared(run: ColdRun, mayGo: Iterable<ColdRun>): boolean {
    run.piece = this.#shared.take(run.memoryBytes)
    if (run.piece === undefined) {
      for (const idle of mayGo) {
        this.drop(idle)
        run.piece = this.#shared.take(run.memoryBytes)
        if (run.piece !== undefined) break
      }
    }
    this.#notePeak()
    return run.piece !== undefined
  }

  #makeRoom(bytes: number): void {
    for (const idle of this.#victims(true)) {
      if (this.takenBytes + bytes <= this.#budgetBytes) return
      this.drop(idle)
    }
  }

  #notePeak(): void {
    this.#peakBytes = Math.max(this.#peakBytes, this.takenBytes)
  }
}

function pieceBytes({ piece }: ColdRun): number {
  return piece === undefined ? 0 : piece.toBytes - piece.fromBytes
}
