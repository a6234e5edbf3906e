import type { Producer } from '@pafka/client'

import { produceLoad, type ProduceWatch } from './produce-load.ts'
import type { RecordMarks } from './record-marks.ts'
import type { Schedule } from './schedule.ts'

/** Sends marked records, and knows when each was due. */
export interface MarkedSender {
  /** Ends when all are sent, or `signal` is aborted. @returns how many were */
  send(signal: AbortSignal): Promise<number>
  /** By `performance.now()`. @param index of one that was sent */
  dueMs(index: number): number
  wasRead(index: number): void
}

export interface MarkedLoad {
  readonly producer: Producer
  readonly topic: string
  readonly records: number
  readonly marks: RecordMarks
}

/** Each when the one before was read. */
export function oneByOne(load: MarkedLoad): MarkedSender {
  let sentMs = 0
  let read = Promise.withResolvers<void>()
  return {
    async send(signal) {
      const { producer, topic, records, marks } = load
      let sent = 0
      signal.addEventListener('abort', () => read.resolve(), { once: true })
      try {
        while (sent < records && !signal.aborted) {
          read = Promise.withResolvers()
          sentMs = performance.now()
          const value = marks.payload(sent++)
          // oxlint-disable-next-line no-await-in-loop -- as Kafka's tool: acknowledged, and read
          await producer.send(topic, { value }, { signal })
          // oxlint-disable-next-line no-await-in-loop -- as above
          await read.promise
        }
      } catch (error) {
        if (!signal.aborted) throw error
      }
      return sent
    },
    dueMs: () => sentMs,
    wasRead: () => read.resolve(),
  }
}

/** At their times, whatever the broker does. */
export function atRate(
  load: MarkedLoad & { readonly schedule: Schedule },
  watch: ProduceWatch,
): MarkedSender {
  const { producer, schedule, marks } = load
  const startMs = performance.now()
  return {
    async send(signal) {
      const produce = { ...load, payload: marks.payload, key: () => null, startMs }
      return produceLoad(producer, produce, watch, signal)
    },
    dueMs: (index) => startMs + schedule.dueMs(index),
    wasRead() {},
  }
}
