import { type Clock, type Logger, SECOND_MS } from '@pafka/base'

import { asError, failureName } from '../files/as-error.ts'
import { noRoom, type RingFile } from './ring-file.ts'
import type { RingSpace } from './ring-space.ts'

/** At rest it grows to so many times what was used of it, up to a part of its limit. */
const READY_TIMES = 8
const READY_SHARE = 4
/** Until more room is tried for that there was none for; what waits for it asks each second. */
const RETRY_MS = SECOND_MS / 2

export interface RingGrowthParts {
  readonly file: RingFile
  readonly space: RingSpace
  readonly clock: Clock
  readonly logger: Logger
  /** Bytes that the ring may grow to. */
  readonly limitBytes: number
  /** As far as the disk is meant for it; any when absent. */
  readonly hasRoomFor?: ((bytes: number) => Promise<boolean>) | undefined
}

/** Makes a ring larger, a piece at a time: at rest too, so that what comes next need not wait. */
export class RingGrowth {
  readonly #parts: RingGrowthParts
  readonly #grown: () => void
  #isPreparing = false
  /** Not before: rounds on a full disk would each try to make room. */
  #againMs = Number.NEGATIVE_INFINITY
  /** Why it did not grow when it was tried last; said once. */
  #failure: string | undefined

  /** @param grown is called after each piece */
  constructor(parts: RingGrowthParts, grown: () => void) {
    this.#parts = parts
    this.#grown = grown
  }

  /** It failed when it was tried last. */
  get isStuck(): boolean {
    return this.#failure !== undefined
  }

  /** What is used needs as much again. */
  get isWanted(): boolean {
    const { file, space, limitBytes } = this.#parts
    return file.preparedBytes < limitBytes && space.usedBytes * 2 > file.preparedBytes
  }

  /** As much as came once, and several times that, would make it grow while it is needed. */
  get isWantedAtRest(): boolean {
    const { file, space, limitBytes } = this.#parts
    return (
      file.preparedBytes < Math.min(READY_TIMES * space.mostUsedBytes, limitBytes / READY_SHARE)
    )
  }

  /** By one piece, unless it is being done or has come to its limit. */
  grow(): void {
    const { file, limitBytes, clock, hasRoomFor } = this.#parts
    if (this.#isPreparing || file.preparedBytes >= limitBytes) return
    if (clock.monotonicMs() < this.#againMs) return
    this.#isPreparing = true
    const { growthBytes } = file
    if (hasRoomFor === undefined || growthBytes === 0) return this.#prepare()
    hasRoomFor(growthBytes).then(
      (hasRoom) => {
        if (file.isClosed) return
        if (hasRoom) this.#prepare()
        else this.#ended(noRoom())
      },
      (error: unknown) => this.#ended(asError(error)),
    )
  }

  #prepare(): void {
    this.#parts.file.prepare((error) => this.#ended(error))
  }

  #ended(error: Error | null): void {
    const { file, space, clock, logger } = this.#parts
    this.#isPreparing = false
    if (file.isClosed) return
    if (error === null) {
      this.#failure = undefined
      space.capacityBytes = file.preparedBytes
      return this.#grown()
    }
    this.#againMs = clock.monotonicMs() + RETRY_MS
    const name = failureName(error)
    if (name !== this.#failure) {
      logger.warn('journal-not-grown', { path: file.path, cause: error.message })
    }
    this.#failure = name
  }
}
