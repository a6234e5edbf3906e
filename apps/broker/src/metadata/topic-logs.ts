import { setImmediate as immediate } from 'node:timers/promises'

import { type Logger, StorageError } from '@pafka/base'
import type { LogConfig, LogStore } from '@pafka/log'

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

  constructor({ log, logs, logger }: TopicLogsOptions) {
    this.#catalog = log
    this.#logs = logs
    this.#logger = logger
  }

  /**
   * Logs of a topic's partitions from `first` on, made where they are missing.
   * @throws {StorageError} also where a folder of somebody else has the name of one.
   */
  async open(topic: TopicDescription, { first, config }: OpenOptions): Promise<Partition[]> {
    const opened: Partition[] = []
    for (let index = first; index < topic.partitions; index += 1) {
      let log = this.#logs.get(topic.name, index)
      if (log === undefined) {
        const wanted = { topic: topic.name, topicId: topic.id, partition: index }
        log = this.#logs.create(wanted, config)
      } else if (log.topicId === topic.id || this.#loading) {
        log.setConfig(config)
      } else {
        throw new StorageError(`folder ${topic.name}-${index} is there already`)
      }
      const leaderEpoch = Math.max(this.#catalog.state.leaderEpoch, log.latestEpoch)
      opened.push({ index, leaderEpoch, log })
      await this.#breathe()
    }
    return opened
  }

  /** From now on a log that is there already is not one of the topic made. */
  loaded(): void {
    this.#loading = false
  }

  /** Removes what there is of a topic that could not be made. @throws {StorageError} */
  async discard({ id, name, partitions }: TopicDescription): Promise<void> {
    for (let partition = 0; partition < partitions; partition += 1) {
      const log = this.#logs.get(name, partition)
      if (log?.topicId === id) await this.#logs.delete(log)
    }
  }

  /** The topics are gone whatever happens here; a restart removes the rest. */
  async remove(topics: readonly Topic[]): Promise<void> {
    try {
      for (const partition of topics.flatMap((topic) => topic.partitions)) {
        await this.#logs.delete(partition.log)
        await this.#breathe()
      }
      const ids = topics.map(({ id }) => id)
      await forgetDeleted(this.#catalog, this.#logs, ids)
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
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
  for (const { log } of partitions) log.setConfig(config)
}
