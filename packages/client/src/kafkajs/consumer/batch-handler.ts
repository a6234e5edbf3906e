import { ErrorCode } from '@pafka/protocol'

import { asError } from '../../errors/as-error.ts'
import { KafkaJSError } from '../errors/kafkajs-error.ts'
import { protocolErrorOf } from '../errors/protocol-error-of.ts'
import type { EventEmitter } from '../events/emitter.ts'
import type { Logger } from '../logger-types.ts'
import { CONSUMER_EVENTS } from './consumer-events.ts'
import type { ConsumerRunConfig } from './consumer-types.ts'
import type { MessageBatch } from './message-batch.ts'
import type { OffsetKeeper } from './offset-keeper.ts'
import type { OwnedPartition } from './owned-partition.ts'

export interface BatchHandlerOptions {
  readonly config: ConsumerRunConfig
  readonly offsets: OffsetKeeper
  readonly events: EventEmitter
  readonly logger: Logger
  readonly isRunning: () => boolean
  readonly isPaused: (own: OwnedPartition) => boolean
  /** @returns resumes it */
  readonly pause: (own: OwnedPartition) => () => void
}

/** Hands batches, or their messages, to the program, and keeps account of what it resolves. */
export class BatchHandler {
  readonly #options: BatchHandlerOptions

  constructor(options: BatchHandlerOptions) {
    this.#options = options
  }

  /** @throws what the program throws, when what it resolved before is committed */
  async handle(own: OwnedPartition, batch: MessageBatch): Promise<void> {
    const { config, events, offsets } = this.#options
    const event = batch.toEvent()
    const beganMs = Date.now()
    events.emit(CONSUMER_EVENTS.START_BATCH_PROCESS, event)
    if (batch.isEmpty()) offsets.ledger.resolve(own.place, Number(batch.lastOffset()))
    else if (config.eachMessage !== undefined) await this.#eachMessage(own, batch)
    else if (config.eachBatch !== undefined) await this.#eachBatch(own, batch)
    const duration = Date.now() - beganMs
    events.emit(CONSUMER_EVENTS.END_BATCH_PROCESS, { ...event, duration })
    await offsets.autoCommit()
  }

  async #eachMessage(own: OwnedPartition, batch: MessageBatch): Promise<void> {
    const { config, offsets, isRunning, isPaused, pause } = this.#options
    const { topic, partition } = batch
    const last = batch.messages.at(-1)
    for (const message of batch.messages) {
      if (!isRunning() || own.isSought || own.isEnded) return
      try {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await config.eachMessage?.({
          ...{ topic, partition, message },
          heartbeat: async () => this.#heartbeat(own),
          pause: () => pause(own),
        })
      } catch (error) {
        // oxlint-disable-next-line no-await-in-loop -- the loop ends here
        await this.#failed(own, error, message.offset)
        throw error
      }
      if (own.isSought) return
      // what is left out after the last one is behind it
      const resolved = message === last ? batch.lastOffset() : message.offset
      offsets.ledger.resolve(own.place, Number(resolved))
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await offsets.commitIfNecessary()
      if (isPaused(own)) return
    }
  }

  async #eachBatch(own: OwnedPartition, batch: MessageBatch): Promise<void> {
    const { config, offsets, isRunning, pause } = this.#options
    const { ledger } = offsets
    const last = batch.messages.at(-1)?.offset
    try {
      await config.eachBatch?.({
        batch,
        resolveOffset: (offset) => {
          if (own.isSought) return
          ledger.resolve(own.place, Number(offset === last ? batch.lastOffset() : offset))
        },
        heartbeat: async () => this.#heartbeat(own),
        pause: () => pause(own),
        commitOffsetsIfNecessary: async (given) => {
          if (given === undefined || given === null) await offsets.commitIfNecessary()
          else await offsets.commitTopics(given.topics)
        },
        uncommittedOffsets: () => ({ topics: offsets.uncommittedTopics() }),
        isRunning,
        isStale: () => own.isSought || own.isEnded,
      })
    } catch (error) {
      await this.#failed(own, error, batch.firstOffset())
      throw error
    }
    const resolvesAll = config.eachBatchAutoResolve ?? true
    if (resolvesAll && !own.isSought) ledger.resolve(own.place, Number(batch.lastOffset()))
  }

  async #heartbeat({ isEnded }: OwnedPartition): Promise<void> {
    if (!isEnded) return
    await this.#options.offsets.autoCommit()
    throw protocolErrorOf(ErrorCode.REBALANCE_IN_PROGRESS)
  }

  /** What was resolved before it is committed, whatever comes next. */
  async #failed({ place }: OwnedPartition, error: unknown, offset: string | null): Promise<void> {
    const { logger, offsets } = this.#options
    if (!(error instanceof KafkaJSError)) {
      const { message, stack } = asError(error)
      logger.error(`The program failed on a message: ${message}`, { ...place, offset, stack })
    }
    await offsets.autoCommit().catch(() => {})
  }
}
