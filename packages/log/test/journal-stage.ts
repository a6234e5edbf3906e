import { KIB, type Logger, MIB, silentLogger, type StorageError } from '@pafka/base'
import { SimulatedDisk } from '@pafka/log'
import { ManualClock } from '@pafka/testing'
import { vi } from 'vitest'

import { Journal, type JournalHost } from '../src/journal/journal.ts'
import { type Barrier, RingFile } from '../src/journal/ring-file.ts'
import { decodeRound, type DecodedRound, readRoundHead } from '../src/journal/round-format.ts'
import { TailMemory } from '../src/memory/tail-memory.ts'
import type { LogSegment } from '../src/segment/log-segment.ts'
import { TIME_MS } from './test-batches.ts'
import { appendAt, type AppendOptions, RING_ID } from './test-rounds.ts'
import { segmentAt } from './test-segment.ts'

export const PIECE: number = 64 * KIB
const RING: number = 64 * PIECE

export interface RingWrite {
  readonly round: DecodedRound
  readonly positionBytes: number
  readonly barrier: Barrier
  readonly done: (error: Error | null) => void
}

/** A journal whose ring is written when the test says so. */
export class JournalStage implements JournalHost {
  readonly file: RingFile
  readonly journal: Journal
  readonly clock: ManualClock = new ManualClock(TIME_MS)
  readonly told: string[] = []
  readonly segment: LogSegment = segmentAt(0)
  /** All that reached the ring. */
  readonly writes: RingWrite[] = []
  /** End offsets, in the order in which owners were told. */
  readonly acks: number[] = []
  readonly failures: StorageError[] = []
  readonly warnings: string[] = []
  roomCalls = 0
  readonly #inFlight: RingWrite[] = []
  #nextOffset = 0

  constructor(limitBytes: number = RING, preparedBytes: number = limitBytes) {
    const disk = SimulatedDisk.create()
    disk.makeFolder('/journal')
    disk.open('/journal/ring', 'write').writeNow([Buffer.alloc(preparedBytes)], 0)
    this.file = new RingFile(disk, '/journal/ring', PIECE)
    vi.spyOn(this.file, 'write').mockImplementation((bytes, positionBytes, barrier, done) => {
      if (this.#inFlight.length > 1) throw new Error('two rounds are in flight at most')
      const write = { round: decoded(bytes), positionBytes, barrier, done }
      this.writes.push(write)
      this.#inFlight.push(write)
    })
    const memory = new TailMemory(4 * MIB, MIB)
    const logger: Logger = {
      ...silentLogger,
      warn: (event) => void this.warnings.push(event),
      info: (event) => void this.told.push(event),
    }
    const parts = { file: this.file, memory, clock: this.clock, logger, limitBytes }
    this.journal = new Journal(parts, { ringId: RING_ID, sequence: 50, headBytes: 0 }, this)
  }

  roomWanted(): void {
    this.roomCalls += 1
  }

  failed(error: StorageError): void {
    this.failures.push(error)
  }

  /** Adds an append. @returns its end offset. */
  add(options: AppendOptions = {}): number {
    const { batches, entry } = appendAt(this.#nextOffset, options)
    this.#nextOffset = entry.endOffset
    const owner = { durable: (_: LogSegment, __: number, end: number) => void this.acks.push(end) }
    this.journal.add(owner, this.segment, batches, entry)
    return entry.endOffset
  }

  /** Adds an append that needs its barrier, and asks for the write. */
  send(options: AppendOptions = {}): number {
    const end = this.add(options)
    this.journal.needBarrier()
    this.journal.flush()
    return end
  }

  /** End offsets of all rounds that reached the ring. */
  get rounds(): number[][] {
    return this.writes.map(({ round }) => round.items.map(({ endOffset }) => endOffset))
  }

  get isWriting(): boolean {
    return this.#inFlight.length > 0
  }

  get inFlight(): number {
    return this.#inFlight.length
  }

  /** A write in flight ends, the older one unless it is said otherwise. */
  endWrite(error?: Error, at = 0): void {
    const [write] = this.#inFlight.splice(at, 1)
    if (write === undefined) throw new Error('no round is in flight')
    write.done(error ?? null)
  }

  /** All writes end, also those that follow. */
  endAll(): void {
    while (this.isWriting) this.endWrite()
  }
}

function decoded(bytes: Buffer): DecodedRound {
  const copy = Buffer.from(bytes)
  const head = readRoundHead(copy, RING_ID)
  const round = head === undefined ? undefined : decodeRound(copy, head)
  if (round === undefined) throw new Error('what was written is no round')
  return round
}
