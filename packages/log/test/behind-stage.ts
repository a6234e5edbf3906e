import { MIB } from '@pafka/base'
import { ManualClock } from '@pafka/testing'

import { BehindQueue, type BehindUser } from '../src/journal/behind-queue.ts'

export const COMFORTABLE_BYTES: number = 4 * MIB
export const LIMIT_BYTES: number = 16 * MIB
export const AGE_MS = 5000

/** Bytes of one round. */
interface Waiting {
  readonly sequence: number
  readonly bytes: number
}

/** A log whose stores end when the test says so. */
export class BehindLog implements BehindUser {
  readonly name: string
  waiting: Waiting[] = []
  isStoring = false
  /** What each store was to store to the last byte. */
  wanted: number[] = []
  readonly #stage: BehindStage
  #done: ((storedBytes: number) => void) | undefined

  constructor(stage: BehindStage, name: string) {
    this.#stage = stage
    this.name = name
  }

  get oldestSequence(): number {
    return this.waiting[0]?.sequence ?? Number.POSITIVE_INFINITY
  }

  get waitingBytes(): number {
    return this.waiting.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  store(wanted: number, done: (storedBytes: number) => void): void {
    if (this.isStoring) throw new Error('a log is stored by one write at a time')
    this.isStoring = true
    this.wanted.push(wanted)
    this.#stage.started.push(this.name)
    this.#done = done
    if (this.waiting.length === 0) this.finish(0)
  }

  again(): void {}

  /** Bytes of its oldest `count` rounds are stored. */
  finish(count: number = this.waiting.length): void {
    const done = this.#done
    if (done === undefined) throw new Error('nothing is being stored')
    this.#done = undefined
    this.isStoring = false
    const stored = this.waiting.splice(0, count)
    done(stored.reduce((sum, { bytes }) => sum + bytes, 0))
  }

  /** Has bytes of the next round. */
  add(bytes: number): void {
    this.#stage.sequence += 1
    this.waiting.push({ sequence: this.#stage.sequence, bytes })
    this.#stage.queue.add(this, bytes)
  }
}

/** A queue, its clock, and logs for it. */
export class BehindStage {
  readonly clock: ManualClock = new ManualClock()
  sequence = 0
  /** Names of logs, in the order in which their stores began. */
  readonly started: string[] = []
  readonly queue: BehindQueue

  /** @param lanes when it is crowded; by default as many as when it is not */
  restMs = 0

  constructor(lanes = 2) {
    this.queue = new BehindQueue({
      clock: this.clock,
      lanes,
      comfortableBytes: COMFORTABLE_BYTES,
      limitBytes: LIMIT_BYTES,
      ageMs: AGE_MS,
      newest: () => this.sequence,
      restMs: () => this.restMs,
    })
  }

  log(name: string): BehindLog {
    return new BehindLog(this, name)
  }

  logs(names: string): BehindLog[] {
    return Array.from(names, (name) => this.log(name))
  }
}

/** Whether a promise has resolved by now. */
export function watch(promise: Promise<void>): () => Promise<boolean> {
  let isResolved = false
  void promise.then(() => {
    isResolved = true
  })
  return async () => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    return isResolved
  }
}
