import { asError } from '../files/as-error.ts'
import type { EngineHost } from './engine-host.ts'
import type { RoundPlace } from './journal.ts'
import type { CheckpointedLog } from './journal-checkpoint.ts'
import { type ReplayParts, replayStranded } from './replay.ts'
import type { RingFile } from './ring-file.ts'
import { RingScan } from './ring-scan.ts'
import { keyOf, type StrandedJournals } from './stranded-journals.ts'

/** At a start: what was set aside for logs whose dir was offline, and what is to be now. */
export class StrandedReplay {
  readonly #stranded: StrandedJournals
  readonly #host: EngineHost
  readonly #folders: readonly string[]
  /** Of which not all could be read. */
  readonly #broken = new Set<string>()

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

  /** A log dir is offline: what only the ring has of its logs is for the start that finds it. */
  async setMissingAside(ring: RingFile, ringId: Buffer, from: RoundPlace): Promise<void> {
    if (this.#host.isComplete()) return
    const { logs, sequence } = await findMissing(new RingScan(ring, ringId, from), this.#host)
    if (logs.length === 0) return
    await this.#stranded.setAside({ ring, ringId, from, sequence, logs })
    this.#host.logger.warn('journal-set-aside', { partitions: logs.length })
  }

  /** Unless a log dir is offline, or failed again: then they are for the next start. */
  async drop(checkpoint: () => Promise<void>): Promise<void> {
    if (this.isEmpty) return
    const { logger, isComplete } = this.#host
    try {
      await checkpoint()
      if (!isComplete()) return
      for (const folder of this.#folders) {
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
async function findMissing(scan: RingScan, { find }: EngineHost): Promise<Missing> {
  const logs = new Map<string, CheckpointedLog>()
  for (let found = await scan.next(); found !== undefined; found = await scan.next()) {
    for (const { topicId, partition, ...entry } of found.round.items) {
      const key = keyOf(topicId, partition)
      if (logs.has(key) || find(topicId.toString('latin1'), partition) !== undefined) continue
      const { segmentBaseOffset, positionBytes, baseOffset: offset } = entry
      const place = { segmentBaseOffset, positionBytes, offset }
      logs.set(key, { topicId, partition, place, isNamed: false, producers: undefined })
    }
  }
  return { logs: [...logs.values()], sequence: scan.previous }
}

interface Missing {
  readonly logs: readonly CheckpointedLog[]
  readonly sequence: number
}
