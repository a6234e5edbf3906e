import { asError } from '../files/as-error.ts'
import type { EngineHost } from './engine-host.ts'
import type { RoundPlace } from './journal.ts'
import type { CheckpointedLog } from './journal-checkpoint.ts'
import { type ReplayParts, replayStranded } from './replay.ts'
import type { RingFile } from './ring-file.ts'
import { RingScan } from './ring-scan.ts'
import { keyOf, type StrandedJournals } from './stranded-journals.ts'

/** Names of them that are told. */
const TOLD = 3

/** At a start: what was set aside for logs that were not there, and what is to be now. */
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
    const found = this.#stranded.open(folder, parts.memory)
    if (found === undefined) return
    try {
      await replayStranded(found, parts)
      if (this.#miss(folder, found.logs)) this.#needed.add(folder)
      const { sizeBytes } = found
      const { positionBytes } = found.scan
      if (positionBytes === sizeBytes) return
      this.#broken.add(folder)
      const where = { folder, positionBytes, sizeBytes }
      this.#host.logger.error('stranded-journal-broken-off', where)
    } finally {
      found.close()
    }
  }

  /**
   * A log dir is offline, or lacks a folder: what only the ring has of its logs is for the start
   * that finds them.
   */
  async setMissingAside(ring: RingFile, ringId: Buffer, from: RoundPlace): Promise<void> {
    const { logs, sequence } = await findMissing(new RingScan(ring, ringId, from), this.#host)
    if (logs.length === 0) return
    const folder = await this.#stranded.setAside({ ring, ringId, from, sequence, logs })
    this.#host.logger.warn('journal-set-aside', { partitions: logs.length })
    this.#miss(folder, logs)
  }

  /** @returns whether there are any that a catalog knows */
  #miss(folder: string, logs: readonly CheckpointedLog[]): boolean {
    const { isComplete, logger, topicOf } = this.#host
    const names: string[] = []
    for (const { topicId, partition } of logs.filter((log) => isMissing(log, this.#host))) {
      const topic = topicOf(topicId, partition)
      if (topic === undefined) continue
      names.push(`${topic}-${partition}`)
      this.missed.add(keyOf(topicId, partition))
    }
    const first = names.slice(0, TOLD).join(' ')
    // of a dir that is offline that is said already
    const isSaid = names.length === 0 || !isComplete()
    if (!isSaid) {
      logger.error('partition-folders-missing', { partitions: names.length, first, folder })
    }
    return names.length > 0
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

/**
 * The logs that a run of rounds is about and that are not there, as far as it tells where their
 * files end; with the sequence that the run ends with.
 */
async function findMissing(scan: RingScan, host: EngineHost): Promise<Missing> {
  const logs = new Map<string, CheckpointedLog>()
  for (let found = await scan.next(); found !== undefined; found = await scan.next()) {
    for (const { topicId, partition, ...entry } of found.round.items) {
      const key = keyOf(topicId, partition)
      if (logs.has(key) || !isMissing({ topicId, partition }, host)) continue
      const { segmentBaseOffset, positionBytes, baseOffset: offset } = entry
      const place = { segmentBaseOffset, positionBytes, offset }
      logs.set(key, { topicId, partition, place, isNamed: false, producers: undefined })
    }
  }
  return { logs: [...logs.values()], sequence: scan.previous }
}

/** Not found, but not deleted either, as far as is known. */
function isMissing(
  { topicId, partition }: Pick<CheckpointedLog, 'topicId' | 'partition'>,
  { find, isComplete, topicOf }: EngineHost,
): boolean {
  if (find(topicId.toString('latin1'), partition) !== undefined) return false
  return !isComplete() || topicOf(topicId, partition) !== undefined
}

interface Missing {
  readonly logs: readonly CheckpointedLog[]
  readonly sequence: number
}
