import { type Clock, type Logger, SECOND_MS, type Timer } from '@pafka/base'

import { asError, failureName } from '../files/as-error.ts'
import type { DiskRoom } from './engine-host.ts'
import type { Journal } from './journal.ts'
import type { JournalCheckpointer } from './journal-checkpointer.ts'

/** Until a checkpoint is tried again that failed, or let nothing go. */
const RETRY_MS = SECOND_MS
/** After so long something is done about who keeps them from it. */
const PATIENCE_MS = 5 * SECOND_MS

export interface WantedCheckpointsParts {
  readonly checkpointer: JournalCheckpointer
  readonly journal: Journal
  readonly clock: Clock
  readonly logger: Logger
  readonly room: DiskRoom
  /** Called while checkpoints go on to let nothing go. */
  readonly stuck: () => void
}

/** Checkpoints that nobody waits for: made while somebody wants the room that they let go. */
export class WantedCheckpoints {
  readonly #parts: WantedCheckpointsParts
  #isMoreWanted = false
  /** Since when checkpoints have let nothing go of a ring that is much used. */
  #stuckSinceMs: number | undefined
  #retry: Timer | undefined
  /** The last one failed, and so; the next waits for its time. */
  #failure: string | undefined
  #isClosed = false

  constructor(parts: WantedCheckpointsParts) {
    this.#parts = parts
  }

  /** Who asks while a checkpoint runs may want more than it lets go: then another one follows. */
  want(): void {
    if (this.#failure !== undefined) return
    this.#run()
  }

  /** Something that held checkpoints back, or let one fail, is done. */
  goOn(): void {
    if (this.#isMoreWanted || this.#failure !== undefined) this.#run()
  }

  close(): void {
    this.#isClosed = true
    this.#retry?.cancel()
  }

  #run(): void {
    const { checkpointer, journal } = this.#parts
    if (this.#isClosed || journal.error !== undefined) return
    if (checkpointer.isBusy) {
      this.#isMoreWanted = true
      this.#runLater() // what is busy may be somebody else's, and fail
      return
    }
    this.#isMoreWanted = false
    this.#retry?.cancel()
    checkpointer.run(false).then(
      (released) => {
        this.#failure = undefined
        if (released === 0) return this.#letNothingGo()
        this.#stuckSinceMs = undefined
        if (this.#isMoreWanted) this.#run()
      },
      (error: unknown) => this.#failed(asError(error)),
    )
  }

  /** Who waits for room need not ask for it again: it is held back. */
  #letNothingGo(): void {
    const { journal, clock, stuck } = this.#parts
    if (journal.isMuchUsed) {
      const nowMs = clock.monotonicMs()
      this.#stuckSinceMs ??= nowMs
      if (nowMs - this.#stuckSinceMs >= PATIENCE_MS) stuck()
    } else this.#stuckSinceMs = undefined
    if (journal.isMuchUsed || this.#isMoreWanted) this.#runLater()
  }

  #failed(error: Error): void {
    const { logger, room } = this.#parts
    const name = failureName(error)
    if (name !== this.#failure && !room.isShort) {
      logger.error('journal-checkpoint-failed', { cause: error.message })
    }
    this.#failure = name
    this.#runLater()
  }

  #runLater(): void {
    this.#retry?.cancel()
    if (this.#isClosed) return
    this.#retry = this.#parts.clock.setTimer(RETRY_MS, () => this.#run())
  }
}
