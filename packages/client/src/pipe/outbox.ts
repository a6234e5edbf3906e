import type { ProducerRecord } from '../producer/producer-record.ts'
import { withTrace } from '../producer/traced-sends.ts'
import { writableTopic, type WritableTopic } from '../topic.ts'
import type { Tracing } from '../watch/tracing.ts'
import type { Emit } from './pipe-options.ts'

/** What takes records without a promise for each. */
export interface RecordQueue {
  enqueue<K, V>(topic: WritableTopic<K, V>, record: NoInfer<ProducerRecord<K, V>>): boolean
  ready(): Promise<void>
}

interface Emitted {
  readonly topic: WritableTopic<never, never>
  readonly record: ProducerRecord<never, never>
}

/** What was emitted, and is not on its way. */
export class Outbox<K, V> {
  readonly emit: Emit<K, V>
  #emitted: Emitted[] = []

  /** @param tracing of the records that are processed when others are emitted */
  constructor(given: string | WritableTopic<K, V>, tracing: Tracing | undefined) {
    const to = writableTopic(given)
    this.emit = (...[first, second]: readonly unknown[]) => {
      const isElsewhere = second !== undefined
      const emitted = isElsewhere ? { topic: first, record: second } : { topic: to, record: first }
      const { topic, record } = emitted as Emitted
      const traced = tracing === undefined ? record : withTrace(record, tracing.headers())
      this.#emitted.push({ topic, record: traced })
    }
  }

  get isEmpty(): boolean {
    return this.#emitted.length === 0
  }

  clear(): void {
    this.#emitted = []
  }

  /** Ends when all of it is taken. @throws {KafkaError} */
  async pass(queue: RecordQueue): Promise<void> {
    const emitted = this.#emitted
    this.#emitted = []
    for (const { topic, record } of emitted) {
      // oxlint-disable-next-line no-await-in-loop -- there was no room
      while (!queue.enqueue(topic, record)) await queue.ready()
    }
  }
}
