import type { KafkaMessage } from '../topic-types.ts'
import type { BatchProcessEvent } from './consumer-events.ts'
import type { Batch } from './consumer-types.ts'

export interface MessageBatchFields {
  readonly topic: string
  readonly partition: number
  readonly highWatermark: number
  /** Of the last record, of those that are left out too. */
  readonly lastOffset: number
  readonly messages: KafkaMessage[]
}

/** Messages of one partition that are handled together. */
export class MessageBatch implements Batch {
  readonly topic: string
  readonly partition: number
  readonly highWatermark: string
  readonly messages: KafkaMessage[]
  readonly #lastOffset: number

  constructor({ topic, partition, highWatermark, lastOffset, messages }: MessageBatchFields) {
    this.topic = topic
    this.partition = partition
    this.highWatermark = String(highWatermark)
    this.messages = messages
    this.#lastOffset = lastOffset
  }

  isEmpty(): boolean {
    return this.messages.length === 0
  }

  firstOffset(): string | null {
    return this.messages[0]?.offset ?? null
  }

  lastOffset(): string {
    return String(this.#lastOffset)
  }

  /** Records behind its last one. */
  offsetLag(): string {
    return String(Number(this.highWatermark) - 1 - this.#lastOffset)
  }

  /** Records behind its first one. */
  offsetLagLow(): string {
    const first = this.firstOffset()
    return first === null ? '0' : String(Number(this.highWatermark) - 1 - Number(first))
  }

  /** For those who listen. */
  toEvent(): BatchProcessEvent {
    return {
      topic: this.topic,
      partition: this.partition,
      highWatermark: this.highWatermark,
      offsetLag: this.offsetLag(),
      offsetLagLow: this.offsetLagLow(),
      batchSize: this.messages.length,
      firstOffset: this.firstOffset() ?? '',
      lastOffset: this.lastOffset(),
    }
  }
}
