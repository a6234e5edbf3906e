import type { BenchProducer, Contestant, Course } from './contestant.ts'
import { Latencies } from './latencies.ts'

/** What is to be done, and how much of it. */
export interface Load {
  readonly seconds: number
  /** Of the topic that is consumed. */
  readonly records: number
  /** Records a second, where they are paced. */
  readonly rate: number
}

/** What a workload came to. Times in milliseconds, from when a record was due. */
export interface Outcome {
  readonly recordsPerSecond: number
  readonly p50?: number
  readonly p95?: number
  readonly p99?: number
}

export type Workload = (contestant: Contestant, course: Course, load: Load) => Promise<Outcome>

const VALUE = Buffer.alloc(100, 'x')
/** Records that are sent between two looks at the clock. */
const SLICE = 1000
/** Records that nobody waited for yet, at most. */
const MOST_UNANSWERED = 50_000
const SENDERS = 1000
const WARM_UP_MS = 1000
/** Of paced records the time is taken of one in so many. */
const SAMPLED = 20

async function withProducer(
  contestant: Contestant,
  course: Course,
  work: (producer: BenchProducer) => Promise<Outcome>,
): Promise<Outcome> {
  const producer = await contestant.producer(course)
  try {
    await producer.send(VALUE)
    return await work(producer)
  } finally {
    await producer.close()
  }
}

function* valuesFor(seconds: number, counted: { count: number }): Generator<Buffer> {
  const end = performance.now() + seconds * 1000
  while (performance.now() < end) {
    for (let at = 0; at < SLICE; at++) yield VALUE
    counted.count += SLICE
  }
}

async function rated(work: () => Promise<number>): Promise<Outcome> {
  const begin = performance.now()
  const records = await work()
  return { recordsPerSecond: Math.round(records / ((performance.now() - begin) / 1000)) }
}

/** One promise for each record; nobody waits for one before the next is sent. */
const send: Workload = (contestant, course, { seconds }) =>
  withProducer(contestant, course, (producer) =>
    rated(async () => {
      const end = performance.now() + seconds * 1000
      const slices: Promise<unknown>[] = []
      let records = 0
      while (performance.now() < end) {
        slices.push(Promise.all(Array.from({ length: SLICE }, () => producer.send(VALUE))))
        records += SLICE
        // oxlint-disable-next-line no-await-in-loop -- as a program that does other things, too
        await new Promise(setImmediate)
        // oxlint-disable-next-line no-await-in-loop -- whatever else there is, memory is bounded
        if (slices.length * SLICE >= MOST_UNANSWERED) await slices.shift()
      }
      await Promise.all(slices)
      return records
    }),
  )

const batches: Workload = (contestant, course, { seconds }) =>
  withProducer(contestant, course, (producer) =>
    rated(async () => {
      const counted = { count: 0 }
      await producer.sendMany(valuesFor(seconds, counted))
      return counted.count
    }),
  )

const enqueue: Workload = (contestant, course, { seconds }) =>
  withProducer(contestant, course, (producer) =>
    rated(async () => {
      const counted = { count: 0 }
      if (producer.enqueueMany === undefined) return Number.NaN
      await producer.enqueueMany(valuesFor(seconds, counted))
      return counted.count
    }),
  )

/** One after the other. */
const awaited: Workload = (contestant, course, { seconds }) =>
  withProducer(contestant, course, async (producer) => {
    const latencies = new Latencies()
    const { recordsPerSecond } = await rated(async () => {
      const end = performance.now() + seconds * 1000
      let records = 0
      for (let at = performance.now(); at < end; at = performance.now()) {
        // oxlint-disable-next-line no-await-in-loop -- this is what is measured
        await producer.send(VALUE)
        latencies.add(performance.now() - at)
        records += 1
      }
      return records
    })
    return { recordsPerSecond, ...percentiles(latencies) }
  })

/** At a rate, whatever the answers do. What is due while code is compiled still is not timed. */
const paced: Workload = (contestant, course, { seconds, rate }) =>
  withProducer(contestant, course, async (producer) => {
    const latencies = new Latencies()
    const { recordsPerSecond } = await rated(async () => {
      const begin = performance.now()
      const total = rate * (seconds + WARM_UP_MS / 1000)
      let last: Promise<unknown> = Promise.resolve()
      for (let sent = 0; sent < total;) {
        const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * rate))
        for (; sent < due; sent++) {
          last = producer.send(VALUE)
          if (sent % SAMPLED !== 0 || sent < (rate * WARM_UP_MS) / 1000) continue
          const dueMs = begin + (sent / rate) * 1000
          void last.then(() => latencies.add(performance.now() - dueMs))
        }
        // oxlint-disable-next-line no-await-in-loop -- the next are due then
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      await last
      return total
    })
    return { recordsPerSecond, ...percentiles(latencies) }
  })

/** A thousand, each of which waits for its answer before it sends again, when it is its turn. */
const senders: Workload = (contestant, course, { seconds, rate }) =>
  withProducer(contestant, course, async (producer) => {
    const latencies = new Latencies()
    const periodMs = (SENDERS / rate) * 1000
    const { recordsPerSecond } = await rated(async () => {
      const begin = performance.now() + 10
      const counts = await Promise.all(
        Array.from({ length: SENDERS }, async (_, sender) => {
          let records = 0
          let dueMs = begin + (sender / SENDERS) * periodMs
          for (; dueMs < begin + seconds * 1000; dueMs += periodMs) {
            const waitMs = dueMs - performance.now()
            // a timer takes whole milliseconds, and would come before its time
            const timerMs = Math.ceil(waitMs)
            // oxlint-disable-next-line no-await-in-loop -- until it is its turn
            if (timerMs > 0) await new Promise((resolve) => setTimeout(resolve, timerMs))
            // oxlint-disable-next-line no-await-in-loop -- this is what is measured
            await producer.send(VALUE)
            latencies.add(performance.now() - dueMs)
            records += 1
          }
          return records
        }),
      )
      return counts.reduce((sum, each) => sum + each, 0)
    })
    return { recordsPerSecond, ...percentiles(latencies) }
  })

const consumeEach: Workload = (contestant, course, { records }) =>
  rated(async () => {
    await contestant.consumeEach(course)(records)
    return records
  })

const consumeBatches: Workload = (contestant, course, { records }) =>
  rated(async () => {
    if (contestant.consumeBatches === undefined) return Number.NaN
    await contestant.consumeBatches(course)(records)
    return records
  })

function percentiles(latencies: Latencies): Omit<Outcome, 'recordsPerSecond'> {
  const [p50 = 0, p95 = 0, p99 = 0] = [0.5, 0.95, 0.99].map((part) => latencies.percentile(part))
  return { p50, p95, p99 }
}

export const workloads: Readonly<Record<string, Workload>> = {
  ...{ send, batches, enqueue, awaited, paced, senders },
  'consume-each': consumeEach,
  'consume-batches': consumeBatches,
}
