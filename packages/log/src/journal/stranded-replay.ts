import { errnoOf, StorageError } from '@pafka/base'

import { asError, isDiskError } from '../files/as-error.ts'
import type { EngineHost } from './engine-host.ts'
import { MissingLogs } from './missing-logs.ts'
import { type ReplayParts, replayStranded } from './replay.ts'
import type { StrandedJournal, StrandedJournals } from './stranded-journals.ts'

/** The file is not there, or another kind of thing. */
const GONE = /^(ENOENT|EISDIR|ENOTDIR)$/

/** At a start: what was set aside for logs that were not there. */
export class StrandedReplay {
  /** Logs that a catalog knows and no log dir that is online has, by `keyOf`. */
  readonly missed: Set<string> = new Set()
  readonly #stranded: StrandedJournals
  readonly #host: EngineHost
  readonly #folders: readonly string[]
  /** Of which not all could be read. */
  readonly #broken = new Set<string>()
  /** Which logs need that are missed. */
  readonly #needed = new Set<string>()

  constructor(stranded: StrandedJournals, host: EngineHost) {
    this.#stranded = stranded
    this.#host = host
    this.#folders = stranded.folders()
  }

  get isEmpty(): boolean {
    return this.#folders.length === 0
  }

  async replay(parts: ReplayParts): Promise<void> {
    for (const folder of this.#folders) await this.#replayOne(folder, parts)
  }

  async #replayOne(folder: string, parts: ReplayParts): Promise<void> {
    const found = this.#open(folder, parts)
    if (found === undefined) return
    const { logs, scan, sizeBytes } = found
    try {
      await replayStranded(found, parts)
      const missing = new MissingLogs(this.#host)
      missing.expect(logs)
      missing.tell(folder)
      if (missing.missed.size > 0) this.#needed.add(folder)
      for (const key of missing.missed) this.missed.add(key)
      const { positionBytes, hasGaps } = scan
      if (positionBytes === sizeBytes && !hasGaps) return
      this.#broken.add(folder)
      this.#host.logger.error('stranded-journal-broken-off', { folder, positionBytes, sizeBytes })
    } catch (error) {
      this.#breakOff(folder, error)
    } finally {
      found.close()
    }
  }

  /** One that says not whose it is is of no use to anybody but people. */
  #open(folder: string, { memory }: ReplayParts): StrandedJournal | undefined {
    try {
      return this.#stranded.open(folder, memory)
    } catch (error) {
      this.#breakOff(folder, error)
      return undefined
    }
  }

  /** Rethrows what is no failure of its files. */
  #breakOff(folder: string, error: unknown): void {
    const cause = asError(error).message
    if (!(error instanceof StorageError) && !GONE.test(errnoOf(error) ?? '')) {
      if (!isDiskError(error)) throw error
      // it may be whole: without it what comes after would be given its offsets
      throw new StorageError(`what was set aside in ${folder} cannot be read: ${cause}`, {
        cause: error,
      })
    }
    this.#broken.add(folder)
    this.#host.logger.error('stranded-journal-broken-off', { folder, cause })
  }

  /** Unless a log is missing, or its dir failed again: then they are for the next start. */
  async drop(checkpoint: () => Promise<void>): Promise<void> {
    if (this.isEmpty) return
    const { logger, isComplete } = this.#host
    try {
      await checkpoint()
      if (!isComplete()) return
      for (const folder of this.#folders) {
        if (this.#needed.has(folder)) continue
        if (this.#broken.has(folder)) await this.#stranded.giveUp(folder)
        else await this.#stranded.remove(folder)
      }
    } catch (error) {
      logger.error('stranded-journal-kept', { cause: asError(error).message })
    }
  }
}
