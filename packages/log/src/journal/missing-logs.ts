import type { LogFields } from '@pafka/base'

import type { JournaledPlace } from '../recovery/place-recovery.ts'
import type { EngineHost, Known } from './engine-host.ts'
import type { CheckpointedLog } from './journal-checkpoint.ts'
import type { RingScan } from './ring-scan.ts'
import { keyOf } from './stranded-journals.ts'

/** Names of them that are told. */
const TOLD = 3

type LogId = Pick<CheckpointedLog, 'topicId' | 'partition'>

/** Logs that a journal has records of, and no log dir that is online a folder. */
export class MissingLogs {
  /** Those that are to be set aside, with the place of the first that there is of them. */
  readonly logs: CheckpointedLog[] = []
  /** Those of them that a catalog knows, by `keyOf`: anew they would be empty for good. */
  readonly missed: Set<string> = new Set()
  readonly #host: EngineHost
  readonly #placeOf: (topicId: Buffer, partition: number) => JournaledPlace | undefined
  /** Of folders that are gone, not of log dirs that are offline: that is said already. */
  readonly #gone: string[] = []
  /** Of which all but the end is lost. */
  readonly #lost: string[] = []

  constructor(
    host: EngineHost,
    placeOf: (topicId: Buffer, partition: number) => JournaledPlace | undefined,
  ) {
    this.#host = host
    this.#placeOf = placeOf
  }

  /** @param isBroken some rounds are missing */
  async find(scan: RingScan, isBroken: boolean): Promise<void> {
    scan.passesGaps = isBroken
    const seen = new Set<string>()
    for (let found = await scan.next(); found !== undefined; found = await scan.next()) {
      for (const { topicId, partition, ...entry } of found.round.items) {
        const key = keyOf(topicId, partition)
        if (seen.has(key)) continue
        seen.add(key)
        const { segmentBaseOffset, positionBytes, baseOffset: offset } = entry
        const place = { segmentBaseOffset, positionBytes, offset }
        this.#look({ topicId, partition, place, isNamed: false, producers: undefined }, isBroken)
      }
    }
  }

  /** What was set aside for them before. @returns whether any is still missing */
  expect(logs: readonly CheckpointedLog[]): boolean {
    const before = this.missed.size
    for (const log of logs) this.#look(log, false)
    return this.missed.size > before
  }

  /** @param folder where the records that there are of them are kept */
  tell(folder: string | undefined): void {
    const { logger } = this.#host
    if (this.logs.length > 0 && folder !== undefined) {
      logger.warn('journal-set-aside', { partitions: this.logs.length, folder })
    }
    if (this.#gone.length > 0) logger.error('partition-folders-missing', told(this.#gone, folder))
    if (this.#lost.length > 0) logger.error('partition-records-lost', told(this.#lost, undefined))
  }

  #look(log: CheckpointedLog, isBroken: boolean): void {
    const { find, isComplete, known } = this.#host
    const { topicId, partition } = log
    if (find(topicId.toString('latin1'), partition) !== undefined) return
    const topic = known(topicId, partition)
    if (topic === undefined && isComplete()) return // it was deleted
    if (topic !== undefined && this.#isLost(log, topic, isBroken)) {
      this.#lost.push(`${topic.topic}-${partition}`)
      return
    }
    this.logs.push(log)
    if (topic === undefined) return
    this.missed.add(keyOf(topicId, partition))
    if (topic.isHere) this.#gone.push(`${topic.topic}-${partition}`)
  }

  /**
   * Its folder was never durable, or removed, and its first records went with the rounds that are
   * missing: nothing of it was acknowledged, or nothing fits to what is left.
   */
  #isLost({ topicId, partition }: LogId, { isHere }: Known, isBroken: boolean): boolean {
    return isBroken && isHere && this.#placeOf(topicId, partition)?.isNamed !== true
  }
}

function told(names: readonly string[], folder: string | undefined): LogFields {
  return { partitions: names.length, first: names.slice(0, TOLD).join(' '), folder }
}
