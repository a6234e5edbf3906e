import { type Clock, type Logger, type Timer, ToldOnce } from '@pafka/base'
import type { MarkerType } from '@pafka/log'
import { ErrorCode } from '@pafka/protocol'

import type { TopicCatalog } from '../metadata/topic-catalog.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import { appendMarker } from './append-marker.ts'
import { type TransactionMetadata, TransactionState } from './transaction-metadata.ts'

/** A partition whose log dir is offline or full takes no marker: it is tried again so often. */
const RETRY_MS = 1000

interface MarkerWriterOptions {
  readonly topics: Pick<TopicCatalog, 'byName'>
  readonly clock: Clock
  readonly logger: Logger
  /** A transaction has ended in a partition: its marker is committed there. */
  readonly ended: (place: TopicPartition, producerId: number, how: MarkerType) => void
}

/** Tells the partitions of a transaction how it ended. */
export class MarkerWriter {
  readonly #options: MarkerWriterOptions
  readonly #told = new ToldOnce()
  /** Of those who wait to try again. */
  readonly #retries = new Map<Timer, () => void>()
  #isStopped = false

  constructor(options: MarkerWriterOptions) {
    this.#options = options
  }

  /** Whoever waits for a partition is told that its marker is not written. */
  stop(): void {
    this.#isStopped = true
    for (const [timer, giveUp] of this.#retries) {
      timer.cancel()
      giveUp()
    }
    this.#retries.clear()
  }

  /** @returns whether every partition that there is has its marker: false only after `stop` */
  async write(metadata: TransactionMetadata, coordinatorEpoch: number): Promise<boolean> {
    const { partitions } = metadata
    const written = await Promise.all(
      partitions.map((place) => this.#writeTo(place, metadata, coordinatorEpoch)),
    )
    return written.every(Boolean)
  }

  async #writeTo(
    place: TopicPartition,
    metadata: TransactionMetadata,
    coordinatorEpoch: number,
  ): Promise<boolean> {
    const { topics, clock, ended } = this.#options
    const { producerId, producerEpoch } = metadata
    const isCommit = metadata.state === TransactionState.PrepareCommit
    while (!this.#isStopped) {
      const partition = topics.byName(place.topic)?.partitions[place.partition]
      if (partition === undefined) return true // deleted, and what was written with it
      const nowMs = clock.nowMs()
      const marker = { producerId, producerEpoch, coordinatorEpoch, isCommit, nowMs }
      // oxlint-disable-next-line no-await-in-loop -- tried until it is written
      const errorCode = await appendMarker(partition, marker, () =>
        ended(place, producerId, isCommit ? 'commit' : 'abort'),
      )
      if (!mayRetry(errorCode)) return true
      this.#tell(place, errorCode)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await this.#pause()
    }
    return false
  }

  #tell({ topic, partition }: TopicPartition, errorCode: ErrorCode): void {
    if (!this.#told.isNew(`${topic}-${partition} ${errorCode}`)) return
    this.#options.logger.error('transaction-marker-not-written', { topic, partition, errorCode })
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(RETRY_MS, () => {
        this.#retries.delete(timer)
        resolve()
      })
      this.#retries.set(timer, resolve)
      if (this.#isStopped) this.stop()
    })
  }
}

/** Who was fenced in the partition has nothing to end there any more. */
function mayRetry(errorCode: ErrorCode): boolean {
  return (
    errorCode !== ErrorCode.NONE &&
    errorCode !== ErrorCode.INVALID_PRODUCER_EPOCH &&
    errorCode !== ErrorCode.TRANSACTION_COORDINATOR_FENCED
  )
}
