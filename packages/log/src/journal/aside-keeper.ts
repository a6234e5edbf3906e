import { type Clock, type Logger, SECOND_MS, type Timer } from '@pafka/base'

import { asError, failureName } from '../files/as-error.ts'
import type { DiskRoom } from './engine-host.ts'
import type { Journal } from './journal.ts'
import type { CheckpointedLog } from './journal-checkpoint.ts'
import type { JournalCheckpointer } from './journal-checkpointer.ts'
import type { RingBytes } from './ring-pieces.ts'
import { RingUnreadable, type StrandedJournals } from './stranded-journals.ts'

/** Until it is tried again to set aside what found no room, or could not be read. */
const RETRY_MS = SECOND_MS
/** So often, if it is not for want of room: the others wait for the ring's. */
const MOST_FAILURES = 3

export interface AsideKeeperParts {
  readonly stranded: StrandedJournals
  readonly ring: RingBytes
  readonly journal: Journal
  readonly checkpointer: JournalCheckpointer
  readonly room: DiskRoom
  readonly clock: Clock
  readonly logger: Logger
  /** Called when the ring need not keep what was set aside. */
  readonly letGo: () => void
}

interface Aside {
  readonly logs: readonly CheckpointedLog[]
  /** Of the last round. */
  readonly sequence: number
  /** Some of the rounds are missing. */
  readonly isBroken: boolean
  readonly failures: number
}

/**
 * Sets aside what only the ring has of logs that are not there. Where that fails the ring keeps it,
 * and it is tried again.
 */
export class AsideKeeper {
  readonly #parts: AsideKeeperParts
  #failure: string | undefined
  readonly #retries = new Set<Timer>()
  #isClosed = false

  constructor(parts: AsideKeeperParts) {
    this.#parts = parts
  }

  /**
   * All rounds so far, of logs that are not there. Resolves after the first try, with the folder if
   * it worked: until then no checkpoint lets them go.
   */
  async keep(logs: readonly CheckpointedLog[], isBroken: boolean): Promise<string | undefined> {
    const { oldest, newest } = this.#parts.journal.written
    if (oldest === undefined || logs.length === 0) return undefined
    oldest.hold(1)
    return this.#try({ logs, sequence: newest, isBroken, failures: 0 }, () => {
      oldest.stored(1)
      this.#parts.letGo()
    })
  }

  async #try(aside: Aside, letGo: () => void): Promise<string | undefined> {
    const { stranded, ring, journal, checkpointer, room } = this.#parts
    try {
      const folder = await checkpointer.alone(() => {
        const { ringId } = journal
        const from = journal.placeAfter(0)
        return room.write(() => stranded.setAside({ ring, ringId, from, ...aside }), 'set-aside')
      })
      this.#failure = undefined
      this.#parts.logger.warn('journal-set-aside', { partitions: aside.logs.length, folder })
      letGo()
      return folder
    } catch (error) {
      if (error instanceof RingUnreadable) this.#unreadable(aside, error, letGo)
      else {
        this.#tell(asError(error))
        this.#later(aside, letGo)
      }
      return undefined
    }
  }

  /** What can be read is set aside; where nothing can, the others go on without it. */
  #unreadable(aside: Aside, cause: Error, letGo: () => void): void {
    const failures = aside.failures + 1
    const isGivenUp = failures === MOST_FAILURES
    const partitions = aside.logs.length
    const { logger } = this.#parts
    logger.error('journal-not-set-aside', { cause: cause.message, partitions, isGivenUp })
    if (isGivenUp) letGo()
    else this.#later({ ...aside, isBroken: true, failures }, letGo)
  }

  /** What is not set aside yet stays in the ring, for the next start. */
  close(): void {
    this.#isClosed = true
    for (const retry of this.#retries) retry.cancel()
  }

  #tell(error: Error): void {
    const name = failureName(error)
    if (name === this.#failure) return
    this.#failure = name
    this.#parts.logger.error('journal-not-set-aside', { cause: error.message })
  }

  #later(aside: Aside, letGo: () => void): void {
    if (this.#isClosed || this.#parts.journal.error !== undefined) return
    const retry = this.#parts.clock.setTimer(RETRY_MS, () => {
      this.#retries.delete(retry)
      void this.#try(aside, letGo)
    })
    this.#retries.add(retry)
  }
}
