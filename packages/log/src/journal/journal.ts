import { randomInt } from 'node:crypto'

import {
  assert,
  type Clock,
  KIB,
  type Logger,
  SECOND_MS,
  StorageError,
  type Timer,
} from '@pafka/base'

import { asError } from '../files/as-error.ts'
import { DIRECT_BLOCK_BYTES } from '../files/file-system.ts'
import { alignDown } from '../memory/aligned-memory.ts'
import type { TailMemory } from '../memory/tail-memory.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import type { HeldRound } from './held-round.ts'
import { JournalFigures } from './journal-figures.ts'
import type { Barrier, RingFile } from './ring-file.ts'
import { RingGrowth } from './ring-growth.ts'
import { RingSpace } from './ring-space.ts'
import { Round, type RoundOwner } from './round.ts'
import { RoundBound } from './round-bound.ts'
import type { RoundEntry } from './round-format.ts'
import { RoundPace } from './round-pace.ts'
import { WrittenRounds } from './written-rounds.ts'

/**
 * A restart leaves out a random count of numbers up to this: rounds may lie in the ring that it did
 * not find, since the one before them was lost, and they must not follow what is written now.
 */
const RESTART_JUMP = 2 ** 32
/** A checkpoint is due when rounds fill this part of the ring. */
const CHECKPOINT_SHARE = 4
/** Rounds of a ring: its largest round is a quarter of it. */
const LEAST_ROUNDS = 4
/** Without rounds for so long nothing is left to them: a stop would take minutes. */
const IDLE_MS = SECOND_MS / 2
/** What a timer cannot tell. */
const LEAST_WAIT_MS = 1

function largestRoundBytes(limitBytes: number): number {
  return alignDown(limitBytes / LEAST_ROUNDS, DIRECT_BLOCK_BYTES)
}

/** Of a batch, in a ring with such a limit: a round has a header and an entry besides. */
export function largestBatchBytes(limitBytes: number): number {
  return largestRoundBytes(limitBytes) - DIRECT_BLOCK_BYTES
}

export interface JournalStart {
  readonly ringId: Buffer
  readonly sequence: number
  readonly headBytes: number
}

/** Where the run of rounds begins that a checkpoint does not cover. */
export interface RoundPlace {
  readonly positionBytes: number
  /** The sequence that its first round follows. */
  readonly previous: number
}

export interface JournalParts {
  readonly file: RingFile
  readonly memory: TailMemory
  readonly clock: Clock
  readonly logger: Logger
  /** Bytes that the ring may grow to. */
  readonly limitBytes: number
  /** Whether the ring may grow by so many; any when absent. */
  readonly hasRoomFor?: ((bytes: number) => Promise<boolean>) | undefined
}

/** Who is told what the journal needs or lost. */
export interface JournalHost {
  /** Space or memory runs low: segments are to be written and a checkpoint made. */
  roomWanted(): void
  failed(error: StorageError): void
}

/**
 * Makes the appends of all logs durable: what arrives while one round is being written forms the
 * next. One round is in flight, or two when the second is full; none waits for a timer, but on a
 * device that has used up its operations.
 */
export class Journal {
  readonly memory: TailMemory
  readonly space: RingSpace
  readonly written: WrittenRounds
  readonly ringId: Buffer
  readonly figures: JournalFigures = new JournalFigures()
  error: StorageError | undefined
  readonly #parts: JournalParts
  readonly #host: JournalHost
  readonly #bound: RoundBound
  readonly #pace = new RoundPace()
  readonly #growth: RingGrowth
  #waiting: Timer | undefined
  #sequence: number
  /** Numbers that are left out before the first round. */
  #jump: number = randomInt(RESTART_JUMP)
  #open: Round | undefined
  #closed: Round[] = []
  /** In flight, oldest first; they end in any order and count in this one. */
  #writing: Round[] = []
  #idle: (() => void)[] = []
  #queuedBytes = 0
  /** A round was written without a barrier, and none with one since. */
  #isLoose = true

  constructor(parts: JournalParts, start: JournalStart, host: JournalHost) {
    this.#parts = parts
    this.#host = host
    this.#bound = new RoundBound(largestRoundBytes(parts.limitBytes))
    this.memory = parts.memory
    this.ringId = start.ringId
    this.#sequence = start.sequence
    this.space = new RingSpace(parts.file.preparedBytes, start.headBytes)
    this.written = new WrittenRounds(this.space)
    this.#growth = new RingGrowth({ ...parts, space: this.space }, () => this.#grown())
  }

  /** Of the newest round that was begun. */
  get sequence(): number {
    return this.#sequence
  }

  get limitBytes(): number {
    return this.#parts.limitBytes
  }

  /** Bytes of batches that no barrier covers yet. */
  get queuedBytes(): number {
    return this.#queuedBytes
  }

  /** Largest part of an append that goes into one round. */
  get largestBytes(): number {
    return this.#bound.leastBytes - 4 * KIB
  }

  get isIdle(): boolean {
    return this.#writing.length === 0 && this.#closed.length === 0 && this.#open === undefined
  }

  /**
   * Copies batches into the round that is being filled. Nothing is written before `flush`.
   * @returns their round, and where they lie in its block
   */
  add(
    owner: RoundOwner,
    segment: LogSegment,
    batches: Uint8Array,
    entry: RoundEntry,
  ): { readonly round: Round; readonly start: number } {
    let round = this.#open
    if (round !== undefined && batches.length > round.roomBytes) {
      this.#close(round)
      round = undefined
    }
    round ??= new Round(this.memory, this.#bound.bytesFor(this.#closed.length > 0), batches.length)
    this.#open = round
    this.#queuedBytes += batches.length
    return { round, start: round.add(owner, segment, batches, entry) }
  }

  /** The round that is being filled needs its barrier before it counts. */
  needBarrier(): void {
    if (this.#open !== undefined) this.#open.needsBarrier = true
  }

  /** How long rounds should have the device for themselves after each write of somebody else. */
  get restMs(): number {
    const { spacingMs, startedMs } = this.#pace
    if (spacingMs === 0) return 0 // asked for each append
    const isRoomy = this.space.usedBytes * CHECKPOINT_SHARE < this.#parts.limitBytes
    const idleMs = this.#parts.clock.monotonicMs() - startedMs
    return isRoomy && idleMs < IDLE_MS ? 2 * spacingMs : 0
  }

  /** Starts to write what was added, unless a round is in flight: its end starts the next. */
  flush(): void {
    if (this.error !== undefined) return
    if (this.#writing.length === 0) {
      if (this.#closed.length === 0 && this.#open !== undefined) {
        if (this.#isTooSoon()) return
        this.#close(this.#open)
      }
      const [round] = this.#closed
      if (round === undefined) return this.#rest()
      this.#start(round)
    }
    // a round that is full gains nothing by waiting
    const [next] = this.#closed
    if (next !== undefined && this.#mayOverlap(next)) this.#start(next)
  }

  /** Whether a round that is not full is to wait; then it is tried again. */
  #isTooSoon(): boolean {
    if (this.#idle.length > 0) return false // somebody waits for all of it
    if (this.#waiting !== undefined) return true
    const { clock } = this.#parts
    const waitMs = this.#pace.waitMs(clock.monotonicMs())
    if (waitMs < LEAST_WAIT_MS) return false
    this.#waiting = clock.setTimer(waitMs, () => {
      this.#waiting = undefined
      this.flush()
    })
    return true
  }

  /** Whether a round may be in flight beside another one: each is durable by its own write. */
  #mayOverlap(next: Round): boolean {
    const isOwn = next.needsBarrier && !this.#isLoose && this.#parts.file.io === 'direct'
    return isOwn && this.#writing.length === 1
  }

  #start(round: Round): void {
    const position = this.#place(round)
    if (position < 0) return
    this.#closed.shift()
    this.#writing.push(round)
    const previous = this.#sequence
    this.#sequence += 1 + this.#jump
    this.#jump = 0
    const bytes = round.seal({
      ringId: this.ringId,
      sequence: this.#sequence,
      previous,
      timestampMs: this.#parts.clock.nowMs(),
    })
    const fromMs = this.#parts.clock.monotonicMs()
    this.#parts.file.write(bytes, position, this.#barrierOf(round), (error) => {
      this.#wrote(round, fromMs, error)
    })
  }

  /**
   * What was written without a barrier survives power loss after it. Rejects when the journal
   * failed, or fails by it.
   */
  async settleLoose(): Promise<void> {
    this.#throwFailure()
    if (!this.#isLoose) return
    const sequence = this.#writing.length === 0 ? this.#sequence : -1
    await this.#parts.file.sync().catch((error: unknown) => this.fail(asError(error)))
    this.#throwFailure()
    if (this.#sequence === sequence) this.#isLoose = false
  }

  #throwFailure(): void {
    if (this.error !== undefined) throw this.error
  }

  /** Resolves when nothing is queued or in flight. */
  whenIdle(): Promise<void> {
    if (this.isIdle || this.error !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#idle.push(resolve)
      this.flush()
    })
  }

  /** A round that was found in the ring at the start, and is in memory again. */
  adopt(round: HeldRound, positionBytes: number): void {
    this.space.take({ positionBytes, sizeBytes: round.totalBytes })
    this.written.add(round)
    this.#sequence = round.sequence
  }

  /** The run that was found in the ring ends there. */
  resume(sequence: number, headBytes: number): void {
    this.#sequence = sequence
    this.space.startAt(headBytes)
  }

  /** Where the oldest round lies, or will, that is left when `count` are gone. */
  placeAfter(count: number): RoundPlace {
    const positionBytes = this.space.positionAfter(count)
    if (count > 0) return { positionBytes, previous: this.written.sequenceOf(count) }
    const next = this.written.oldest ?? this.#writing[0]
    return { positionBytes, previous: next?.previous ?? this.#sequence }
  }

  /** A checkpoint covers the oldest `count` rounds. */
  release(count: number): void {
    this.written.release(count)
    this.flush()
  }

  /** Nothing must be in flight or be added after. */
  close(): void {
    this.#parts.file.close()
  }

  /** Where the ring cannot grow a checkpoint comes before appends wait for it. */
  get isMuchUsed(): boolean {
    const { usedBytes, capacityBytes } = this.space
    if (this.#growth.isStuck && usedBytes * 2 > capacityBytes) return true
    return usedBytes * CHECKPOINT_SHARE > this.#parts.limitBytes
  }

  #grown(): void {
    if (this.error !== undefined) return
    const growth = this.#growth
    if (growth.isWanted || (this.isIdle && growth.isWantedAtRest)) growth.grow()
    this.flush()
  }

  #close(round: Round): void {
    round.close()
    this.#closed.push(round)
    this.#open = undefined
  }

  #barrierOf(round: Round): Barrier {
    if (!round.needsBarrier) {
      this.#isLoose = true
      return 'none'
    }
    // the run of rounds must not break before one that is acknowledged as durable
    const barrier = this.#isLoose ? 'all' : 'own'
    this.#isLoose = false
    return barrier
  }

  /** @returns -1 while there is no room; what makes room flushes. */
  #place(round: Round): number {
    assert(round.totalBytes * LEAST_ROUNDS <= this.#parts.limitBytes, 'a round fits its ring')
    const position = this.space.place(round.totalBytes)
    if (this.#growth.isWanted || position < 0) this.#growth.grow()
    if (position < 0) this.#host.roomWanted()
    return position
  }

  #wrote(round: Round, fromMs: number, error: Error | null): void {
    round.ended()
    if (error !== null) this.fail(error)
    if (this.error !== undefined) {
      this.#writing = this.#writing.filter((one) => one !== round)
      return
    }
    this.#queuedBytes -= round.batchBytes
    const tookMs = this.#parts.clock.monotonicMs() - fromMs
    this.figures.wrote(round.totalBytes, round.batchBytes, tookMs)
    this.#bound.wrote(round.totalBytes, tookMs)
    if (round.needsBarrier && this.#pace.wrote(round.totalBytes, fromMs, tookMs)) {
      const { spacingMs } = this.#pace
      this.#parts.logger.info('journal-paced', { path: this.#parts.file.path, spacingMs })
    }
    if (this.isMuchUsed) this.#host.roomWanted()
    const counted = this.#counted()
    this.written.add(...counted)
    this.flush() // the next one is on its way while the acks of these are sent
    for (const one of counted) one.settle()
    if (!this.isIdle) return
    this.#rest()
    if (this.#growth.isWantedAtRest) this.#growth.grow()
  }

  /** Takes the rounds that ended, as far as all before them did. */
  #counted(): Round[] {
    const inFlight = this.#writing.findIndex(({ isInFlight }) => isInFlight)
    return this.#writing.splice(0, inFlight < 0 ? this.#writing.length : inFlight)
  }

  /** No round is acknowledged any more: what the medium has is unknown until the next start. */
  fail(cause: Error): void {
    if (this.error !== undefined) return
    const { path } = this.#parts.file
    this.error = new StorageError(`the journal ${path} failed: ${cause.message}`, { cause })
    this.#open = undefined
    this.#closed = []
    this.#waiting?.cancel()
    this.#host.failed(this.error)
    this.#rest()
  }

  #rest(): void {
    const idle = this.#idle
    if (idle.length === 0) return
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}
