import { dirname } from 'node:path'

import {
  type FoundRound,
  type JournalCheckpoint,
  readRoundHead,
  RingScan,
  ROUND_HEADER_BYTES,
  scanAside,
} from '@pafka/log'

import type { DumpFile } from './dump-file.ts'
import { isSetAside } from './journal-folder.ts'

/** A broker may write faster than it is read: so often the end of the run is looked at anew. */
const MOST_LOOKS = 3

/** The rounds of a ring that a recovery would take. A broker may be writing to it meanwhile. */
export class RingRun {
  readonly checkpoint: JournalCheckpoint
  count = 0
  /** Sequence of a sound round beyond the end that tells of damage; known when the run ended. */
  younger: number | undefined
  readonly #file: DumpFile
  #scan: RingScan
  #found: FoundRound | undefined

  private constructor(file: DumpFile, checkpoint: JournalCheckpoint) {
    this.#file = file
    this.checkpoint = checkpoint
    const { ringId, from } = checkpoint
    const isAside = isSetAside(dirname(file.path))
    this.#scan = isAside ? scanAside(file, ringId, from) : new RingScan(file, ringId, from)
  }

  static async open(file: DumpFile, checkpoint: JournalCheckpoint): Promise<RingRun> {
    const run = new RingRun(file, checkpoint)
    run.#found = await run.#scan.next()
    return run
  }

  get isEmpty(): boolean {
    return this.#found === undefined
  }

  /** Where it ends, once all rounds were asked for. */
  get positionBytes(): number {
    return this.#scan.positionBytes
  }

  /** Of rounds that were set aside: some are damaged, or were when that was done. */
  get hasGaps(): boolean {
    return this.#scan.hasGaps
  }

  get lastSequence(): number {
    return this.#scan.previous
  }

  /** Each is valid until the next one is asked for. */
  async *rounds(): AsyncGenerator<FoundRound, void, undefined> {
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      for (let found = this.#found; found !== undefined; found = await this.#scan.next()) {
        this.count += 1
        yield found
      }
      this.younger = (await this.#scan.youngerBeyond())[1]
      if (this.younger === undefined) return
      // what is missing may have been written since it was read
      const { positionBytes, lastSequence: previous } = this
      const fresh = new RingScan(this.#file, this.checkpoint.ringId, { positionBytes, previous })
      this.#found = await fresh.next()
      if (this.#found === undefined) return
      this.#scan = fresh
    }
    this.younger = undefined
  }

  /** Where a round that would be the next begins, but is not whole, and its sequence. */
  async torn(): Promise<{ readonly positionBytes: number; readonly sequence: number } | undefined> {
    for (const positionBytes of [this.positionBytes, 0]) {
      const header = await this.#file.bytes(positionBytes, ROUND_HEADER_BYTES)
      if (header.length < ROUND_HEADER_BYTES) continue
      const head = readRoundHead(header, this.checkpoint.ringId)
      if (head?.previous === this.lastSequence && head.sequence > head.previous) {
        return { positionBytes, sequence: head.sequence }
      }
    }
    return undefined
  }
}
