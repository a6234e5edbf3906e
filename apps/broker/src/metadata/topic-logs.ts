import { setImmediate as immediate } from 'node:timers/promises'

import { firstNames, type Logger, messageOf, StorageError } from '@pafka/base'
import {
  type CatalogRecord,
  isOutOfSpace,
  type LogConfig,
  type LogStore,
  type PartitionLog,
} from '@pafka/log'

import type { CatalogLog } from './catalog-log.ts'
import type { TopicDescription } from './catalog-state.ts'
import { forgetDeleted } from './topic-recovery.ts'
import type { Partition, Topic } from './topic.ts'

/** So many partitions are made or removed, in some 10 ms, before others have their turn. */
const STEPS_PER_TURN = 128

export interface TopicLogsOptions {
  readonly log: CatalogLog
  readonly logs: LogStore
  readonly logger: Logger
}

interface OpenOptions {
  readonly first: number
  readonly config: LogConfig
}

/** Makes and removes the logs of topics as the catalog says. */
export class TopicLogs {
  readonly #catalog: CatalogLog
  readonly #logs: LogStore
  readonly #logger: Logger
  #steps = 0
  #loading = true
  /** Partitions whose folder was not found. */
  readonly #anew: string[] = []

  constructor({ log, logs, logger }: TopicLogsOptions) {
    this.#catalog = log
    this.#logs = logs
    this.#logger = logger
  }

  /**
   * Logs of a topic's partitions from `first` on, made where they are missing. Those of a dir that
   * is offline are not, nor those that the journal has records of: they would be empty for good.
   * @throws {StorageError} also where a folder of somebody else has the name of one.
   */
  async open(topic: TopicDescription, { first, config }: OpenOptions): Promise<Partition[]> {
    const opened: Partition[] = []
    for (let index = first; index < topic.partitions; index += 1) {
      let log = this.#logs.get(topic.name, index)
      if (log === undefined) {
        log = this.#make(topic, index, config)
      } else if (log.topicId === topic.id || this.#loading) {
        log.setConfig(config)
      } else {
        throw new StorageError(`folder ${topic.name}-${index} is there already`)
      }
      const leaderEpoch = Math.max(this.#catalog.state.leaderEpoch, log?.latestEpoch ?? 0)
      opened.push({ index, leaderEpoch, log })
      await this.#breathe()
    }
    return opened
  }

  /** @returns undefined for one that lies, or may lie, in a dir that is offline, or is missed */
  #make(topic: TopicDescription, index: number, config: LogConfig): PartitionLog | undefined {
    const { name, id: topicId, places } = topic
    const place = places[index] ?? ''
    const dirs = this.#logs.dirs()
    const dir = dirs.find(({ directoryId, isOnline }) => isOnline && directoryId === place)
    if (this.#loading && !this.#logs.isHere(place)) return undefined
    if (this.#logs.isMissed(name, topicId, index)) return undefined
    const wanted = { topic: name, topicId, partition: index, dir: dir?.path }
    try {
      const log = this.#logs.create(wanted, config)
      if (this.#loading) this.#anew.push(`${name}-${index}`)
      return log
    } catch (error) {
      if (!this.#loading || !isOutOfSpace(error)) throw error
      this.#logger.error('partition-not-made', {
        topic: name,
        partition: index,
        cause: String(error),
      })
      return undefined // what else there is can be read
    }
  }

  /** Deletes all records: the topics are to go, and there is no room to write that down. */
  async empty(topics: readonly Topic[]): Promise<void> {
    for (const { log } of topics.flatMap(({ partitions }) => partitions)) {
      await log?.deleteRecordsBefore(log.highWatermark)
    }
  }

  /**
   * All topics have their logs. Notes where they were found, and tells of those that were not. From
   * now on a log that is there already is not one of the topic made.
   */
  async loaded(topics: readonly Topic[]): Promise<void> {
    this.#loading = false
    const { state } = this.#catalog
    const ids = this.#ids()
    // where they lie, or what they lack
    const offline = new Map<string, { path: string | undefined; partitions: number }>()
    const records: CatalogRecord[] = []
    for (const { id, name, partitions } of topics) {
      const before = state.topics.get(id)?.places ?? []
      const places = partitions.map(({ log }, index) => {
        const known = before[index] ?? ''
        if (log !== undefined) return ids.get(log.dir) ?? known
        const { directoryId, path } = this.#logs.missingPlaceOf(name, id, index) ?? {}
        const others = offline.get(directoryId ?? known)?.partitions ?? 0
        offline.set(directoryId ?? known, { path, partitions: others + 1 })
        return known
      })
      const isSame = places.every((place, index) => place === before[index])
      if (!isSame) records.push({ kind: 'partitions-placed', id, places })
    }
    for (const [directoryId, { path, partitions }] of offline) {
      const dir = path ?? state.dirs.find(({ id }) => id === directoryId)?.path ?? 'unknown'
      this.#logger.error('partitions-offline', { dir, directoryId, partitions })
    }
    if (this.#tellAnew()) await this.#settleAnew()
    if (records.length > 0) await this.#catalog.note(records)
    await this.#logs.moves.placesNoted()
  }

  /** Where the partitions of a topic lie by now. Rejects if that may not be durable. */
  async notePlaces(topic: Topic | undefined): Promise<void> {
    if (topic === undefined) return
    const { id, partitions } = topic
    const before = this.#catalog.state.topics.get(id)?.places ?? []
    const ids = this.#ids()
    const places = partitions.map(({ log }, index) => {
      return (log && ids.get(log.dir)) ?? before[index] ?? ''
    })
    await this.#catalog.append([{ kind: 'partitions-placed', id, places }])
  }

  /** Of log dirs, by path. */
  #ids(): ReadonlyMap<string, string> {
    return new Map(this.#logs.dirs().map(({ path, directoryId }) => [path, directoryId]))
  }

  /** Power loss may take a folder of which nothing was acknowledged; else somebody removed it. */
  #tellAnew(): boolean {
    const names = this.#anew.splice(0)
    if (names.length === 0) return false
    const fields = { partitions: names.length, first: firstNames(names) }
    this.#logger.warn('partitions-made-anew', fields)
    return true
  }

  /** Before they are appended to: the journal's checkpoint still tells of those that are gone. */
  async #settleAnew(): Promise<void> {
    await this.#logs.checkpoint().catch((error: unknown) => {
      if (!isOutOfSpace(error)) throw error // until there is room nothing is appended
    })
  }

  /** Removes what there is of a topic that could not be made. @throws {StorageError} */
  async discard({ id, name, partitions }: TopicDescription): Promise<void> {
    const made: PartitionLog[] = []
    for (let partition = 0; partition < partitions; partition += 1) {
      const log = this.#logs.get(name, partition)
      if (log?.topicId === id) made.push(log)
    }
    await this.#logs.delete(made)
  }

  /** The topics are gone whatever happens here; a restart removes the rest. */
  async remove(topics: readonly Topic[]): Promise<void> {
    try {
      const partitions = topics.flatMap((topic) => topic.partitions)
      await this.#logs.delete(partitions.flatMap(({ log }) => log ?? []))
      const ids = topics.map(({ id }) => id)
      await forgetDeleted(this.#catalog, this.#logs, ids)
    } catch (error) {
      const cause = messageOf(error)
      this.#logger.error('deleted-topics-left-over', { topics: topics.length, cause })
    }
  }

  /** Lets others have their turn: thousands of partitions take a while. */
  async #breathe(): Promise<void> {
    this.#steps += 1
    if (this.#steps % STEPS_PER_TURN === 0) await immediate()
  }
}

export function configureLogs({ partitions }: Topic, config: LogConfig): void {
  for (const { log } of partitions) log?.setConfig(config)
}
