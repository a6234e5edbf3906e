import type { Producer as EngineProducer } from '../../producer/producer.ts'
import type { ClientParts } from '../client-parts.ts'
import { ClientSession } from '../client-session.ts'
import { KafkaJSError, KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import { afterRetries } from '../errors/to-kafkajs-error.ts'
import { EventEmitter } from '../events/emitter.ts'
import type { Logger } from '../logger-types.ts'
import type { ProducerBatch, RecordMetadata } from '../topic-types.ts'
import { checkBatch, mergeTopics } from './check-batch.ts'
import { MessageSender, type MessageWriter } from './message-sender.ts'
import { Partitioners } from './partitioners.ts'
import type { PartitionerArgs, Producer, ProducerConfig, ProducerEvents } from './producer-types.ts'
import { FacadeTransaction } from './transaction.ts'

const EVENTS: ProducerEvents = {
  CONNECT: 'producer.connect',
  DISCONNECT: 'producer.disconnect',
  REQUEST: 'producer.network.request',
  REQUEST_TIMEOUT: 'producer.network.request_timeout',
  REQUEST_QUEUE_SIZE: 'producer.network.request_queue_size',
}
const DEFAULT_RETRIES = 5

/** Programs take its methods apart: none of them needs `this`. */
export class FacadeProducer implements Producer {
  readonly events: ProducerEvents = EVENTS
  readonly #config: ProducerConfig
  readonly #logger: Logger
  readonly #emitter: EventEmitter
  readonly #session: ClientSession
  readonly #partitioner: (args: PartitionerArgs) => number
  #sender: MessageSender | undefined
  #transactions: EngineProducer | undefined
  #isInTransaction = false
  #isDisconnecting = false

  /** @throws {KafkaJSNonRetriableError} */
  constructor({ kafka, logger }: ClientParts, config: ProducerConfig) {
    const { createPartitioner = Partitioners.DefaultPartitioner, idempotent = false } = config
    const retries = idempotent ? Number.MAX_SAFE_INTEGER : DEFAULT_RETRIES
    const retry = { retries, ...kafka.retry, ...config.retry }
    if (idempotent && retry.retries < 1) {
      throw new KafkaJSNonRetriableError('An idempotent producer retries: `retries` is 1 or more')
    }
    this.#config = config
    this.#partitioner = createPartitioner()
    this.#logger = logger.namespace('Producer')
    this.#emitter = new EventEmitter('producer', EVENTS, this.#logger)
    this.#session = new ClientSession({
      ...{ config: kafka, retry, events: this.#emitter, name: 'producer' },
      terms: { metadataMaxAge: config.metadataMaxAge, logger },
    })
  }

  readonly connect: Producer['connect'] = async () => {
    const connected = await this.#session.connect()
    this.#isDisconnecting = false
    if (this.#sender === undefined) {
      const { allowAutoTopicCreation = true, maxInFlightRequests } = this.#config
      this.#sender = new MessageSender({
        ...{ connected, partitioner: this.#partitioner, idempotent: this.isIdempotent() },
        ...{ createTopics: allowAutoTopicCreation, mostInFlight: maxInFlightRequests ?? undefined },
        // what waits behind others is not given up before they are
        deliveryTimeoutMs: Math.max(
          connected.options.requestTimeoutMs,
          this.#session.retry.totalMs,
        ),
      })
    }
    this.#emitter.emit(EVENTS.CONNECT)
  }

  readonly disconnect: Producer['disconnect'] = async () => {
    this.#isDisconnecting = true
    const sender = this.#sender
    await sender?.close()
    this.#sender = undefined
    this.#transactions = undefined
    this.#isInTransaction = false
    this.#session.disconnect()
    this.#isDisconnecting = false
    this.#emitter.emit(EVENTS.DISCONNECT)
  }

  readonly isIdempotent: Producer['isIdempotent'] = () => this.#config.idempotent ?? false

  readonly logger: Producer['logger'] = () => this.#logger

  readonly on: Producer['on'] = (name, listener) => this.#emitter.on(name, listener)

  readonly send: Producer['send'] = async ({ topic, messages, ...terms }) => {
    return this.sendBatch({ ...terms, topicMessages: [{ topic, messages }] })
  }

  readonly sendBatch: Producer['sendBatch'] = async (batch) => {
    checkBatch(batch, this.isIdempotent())
    return this.#sent(this.#connected(), batch)
  }

  readonly transaction: Producer['transaction'] = async () => {
    const { transactionalId, transactionTimeout } = this.#config
    if (transactionalId === undefined || transactionalId === '') {
      throw new KafkaJSNonRetriableError('A producer of transactions has a transactionalId')
    }
    if (this.#isInTransaction) {
      throw new KafkaJSNonRetriableError('There is a transaction already: end it before the next')
    }
    const sender = this.#connected()
    this.#isInTransaction = true
    try {
      this.#transactions ??= sender.transactional(transactionalId, transactionTimeout)
      const transaction = await this.#transactions.begin()
      return new FacadeTransaction({
        transaction,
        send: async (batch) => {
          checkBatch(batch, true)
          return this.#sent(sender, batch, transaction)
        },
        ended: () => {
          this.#isInTransaction = false
        },
      })
    } catch (error) {
      this.#isInTransaction = false
      throw this.#failed(error)
    }
  }

  #connected(): MessageSender {
    if (this.#isDisconnecting) {
      throw new KafkaJSNonRetriableError('The producer is disconnecting: it takes nothing more')
    }
    if (this.#sender === undefined) throw new KafkaJSError('The producer is disconnected')
    return this.#sender
  }

  async #sent(
    sender: MessageSender,
    batch: ProducerBatch,
    writer?: MessageWriter,
  ): Promise<RecordMetadata[]> {
    try {
      const topicMessages = mergeTopics(batch.topicMessages ?? [])
      return await sender.send({ ...batch, topicMessages }, writer)
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #failed(error: unknown): Error {
    const { retries, initialRetryTimeMs: retryTimeMs } = this.#session.retry
    const failure = afterRetries(error, { retries, retryTimeMs })
    this.#logger.error(failure.message, { retryCount: retries, retryTime: retryTimeMs })
    return failure
  }
}
