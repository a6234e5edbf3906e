import { firstNames, type LogFields } from '@pafka/base'

import type { EngineHost } from './engine-host.ts'
import { type CheckpointedLog, keyOf } from './journal-checkpoint.ts'
import type { RingScan } from './ring-scan.ts'

/** Whether the folder of a log was durable at the last checkpoint. */
type WasNamed = (topicId: Buffer, partition: number) => boolean

/** Logs that a journal has records of, and no log dir that is online a folder. */
export class MissingLogs {
  /** Those that are to be kept for, with the place of the first record that there is of them. */
  readonly logs: CheckpointedLog[] = []
  /** Those of them that a catalog knows, by `keyOf`: anew they would be empty for good. */
  readonly missed: Set<string> = new Set()
  readonly #host: EngineHost
  /** Of folders that are gone, not of log dirs that are offline: that is said already. */
  readonly #gone: string[] = []
  /** Of which all but the end is lost. */
  readonly #lost: string[] = []

  constructor(host: EngineHost) {
    this.#host = host
  }

  /** @param wasNamed asked where rounds are missing: one that was not is lost with its first */
  async find(scan: RingScan, wasNamed: WasNamed = () => true): Promise<void> {
    const seen = new Set<string>()
    for (let found = await scan.next(); found !== undefined; found = await scan.next()) {
      for (const { topicId, partition, ...entry } of found.round.items) {
        const key = keyOf(topicId, partition)
        if (seen.has(key)) continue
        seen.add(key)
        const { segmentBaseOffset, positionBytes, baseOffset: offset } = entry
        const place = { segmentBaseOffset, positionBytes, offset }
        this.#look({ topicId, partition, place, isNamed: false, producers: undefined }, wasNamed)
      }
    }
  }

  /** Those of which something was set aside before. */
  expect(logs: readonly CheckpointedLog[]): void {
    for (const log of logs) this.#look(log, () => true)
  }

  /** @param folder where the records that there are of them are kept */
  tell(folder: string | undefined): void {
    const { logger } = this.#host
    if (this.#gone.length > 0) logger.error('partition-folders-missing', told(this.#gone, folder))
    if (this.#lost.length > 0) logger.error('partition-records-lost', told(this.#lost, undefined))
  }

  #look(log: CheckpointedLog, wasNamed: WasNamed): void {
    const { find, isComplete, known } = this.#host
    const { topicId, partition } = log
    if (find(topicId.toString('latin1'), partition) !== undefined) return
    const found = known(topicId, partition)
    if (found === undefined) {
      if (!isComplete()) this.logs.push(log) // else it was deleted
      return
    }
    const name = `${found.topic}-${partition}`
    // its folder was never durable, or removed: nothing was acknowledged, or nothing fits
    if (found.isHere && !wasNamed(topicId, partition)) return void this.#lost.push(name)
    this.logs.push(log)
    this.missed.add(keyOf(topicId, partition))
    if (found.isHere) this.#gone.push(name)
  }
}

/** Those that are not there, and were not deleted: their log dir is offline, or not open. */
export function awayLogs(
  logs: readonly CheckpointedLog[],
  { find, known, isComplete }: EngineHost,
): CheckpointedLog[] {
  return logs.filter(({ topicId, partition }) => {
    if (find(topicId.toString('latin1'), partition) !== undefined) return false
    return known(topicId, partition) !== undefined || !isComplete()
  })
}

function told(names: readonly string[], folder: string | undefined): LogFields {
  return { partitions: names.length, first: firstNames(names), folder }
}
