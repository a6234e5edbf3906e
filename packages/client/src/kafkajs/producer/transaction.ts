import type { GroupProgress } from '../../consumer/group/group-progress.ts'
import type { Transaction as EngineTransaction } from '../../producer/transactions/transaction.ts'
import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import { toKafkaJSError } from '../errors/to-kafkajs-error.ts'
import type { ProducerBatch, RecordMetadata } from '../topic-types.ts'
import type { Transaction } from './producer-types.ts'

const NO_MEMBER = { memberId: '', generationId: -1, instanceId: null }

export interface TransactionParts {
  readonly transaction: EngineTransaction
  readonly send: (batch: ProducerBatch) => Promise<RecordMetadata[]>
  readonly ended: () => void
}

/** Programs take its methods apart: none of them needs `this`. */
export class FacadeTransaction implements Transaction {
  readonly #parts: TransactionParts
  #isActive = true

  constructor(parts: TransactionParts) {
    this.#parts = parts
  }

  readonly isActive: Transaction['isActive'] = () => this.#isActive

  readonly send: Transaction['send'] = async ({ topic, messages, ...terms }) => {
    return this.sendBatch({ ...terms, topicMessages: [{ topic, messages }] })
  }

  readonly sendBatch: Transaction['sendBatch'] = async (batch) => {
    this.#check()
    return this.#parts.send(batch)
  }

  readonly sendOffsets: Transaction['sendOffsets'] = async ({ consumerGroupId, topics }) => {
    this.#check()
    if (typeof consumerGroupId !== 'string' || consumerGroupId === '') {
      throw new KafkaJSNonRetriableError('consumerGroupId: a group has a name')
    }
    // nothing is said of its members: nobody but the program knows who has the partitions
    const group: GroupProgress = {
      ...{ groupId: consumerGroupId, member: NO_MEMBER },
      committed: () => {},
    }
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset: Number(offset) })),
    )
    this.#parts.transaction.ackOffsets(group, offsets)
  }

  readonly commit: Transaction['commit'] = async () => {
    this.#check()
    await this.#end(async () => this.#parts.transaction.commit())
  }

  readonly abort: Transaction['abort'] = async () => {
    this.#check()
    await this.#end(async () => this.#parts.transaction.abort())
  }

  async #end(ending: () => Promise<void>): Promise<void> {
    this.#isActive = false
    try {
      await ending()
    } catch (error) {
      throw toKafkaJSError(error)
    } finally {
      this.#parts.ended()
    }
  }

  #check(): void {
    if (this.#isActive) return
    throw new KafkaJSNonRetriableError('The transaction has ended: begin another one')
  }
}
