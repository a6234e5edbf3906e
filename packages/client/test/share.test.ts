import { AdvanceableClock } from '@pafka/base'
import { expect, test } from 'vitest'

import {
  json,
  Kafka,
  type ShareConsumer,
  type ShareConsumerOptions,
  type ShareJob,
  topic,
  utf8,
} from '../src/index.ts'
import { beginEarliest } from './share-stage.ts'
import { type StageBroker, startBroker } from './stage-broker.ts'

const jobs = topic('t', { key: utf8(), value: json<number>() })
const LOCK_MS = 30_000
const STEP_MS = 5000
const POLL = { timeout: 20_000, interval: 20 }

type Job = ShareJob<string, number>
type Workers = ShareConsumer<string, number>

interface Stage extends AsyncDisposable {
  readonly broker: StageBroker
  readonly kafka: Kafka
  send(values: readonly number[]): Promise<void>
  /** For broker and programs, so much time passes; but not so fast that they cannot act. */
  passes(ms: number): Promise<void>
  passesForBroker(ms: number): Promise<void>
  /** Of a program of its own. */
  workers(options?: ShareConsumerOptions<string, number>): Workers
}

async function start(partitions = 1): Promise<Stage> {
  const [clock, brokersClock] = [new AdvanceableClock(), new AdvanceableClock()]
  const broker = await startBroker({
    topics: [{ name: 't', partitions }],
    config: {
      'group.share.heartbeat.interval.ms': 50,
      'group.share.min.heartbeat.interval.ms': 50,
    },
    clock: brokersClock,
  })
  const programs: Kafka[] = []
  const other = (): Kafka => {
    const kafka = new Kafka({ brokers: broker.bootstrap, clock })
    programs.push(kafka)
    return kafka
  }
  const kafka = other()
  await beginEarliest(broker.bootstrap, 'workers')
  return {
    ...{ broker, kafka },
    send: async (values) => {
      await using producer = kafka.producer()
      const records = values.map((value) => ({ key: `k${value % 10}`, value }))
      await producer.sendAll(jobs, records)
    },
    passes: async (ms) => passing([brokersClock, clock], ms),
    passesForBroker: async (ms) => passing([brokersClock], ms),
    workers: (options) => other().shareConsumer('workers', jobs, options),
    async [Symbol.asyncDispose]() {
      await Promise.all(programs.map(async (program) => program.close()))
      await broker[Symbol.asyncDispose]()
    },
  }
}

async function passing(clocks: readonly AdvanceableClock[], ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; leftMs -= STEP_MS) {
    for (const clock of clocks) clock.advance(Math.min(STEP_MS, leftMs))
    // oxlint-disable-next-line no-await-in-loop -- so that all hear of it
    await waited(40)
  }
}

function upTo(end: number, from = 0): number[] {
  return Array.from({ length: end - from }, (_, at) => from + at)
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((one, other) => one - other)
}

/** As many jobs as that, of which the last is released; and leaves the loop. */
async function some(workers: Workers, count: number): Promise<number[]> {
  const values: number[] = []
  for await (const job of workers) {
    values.push(job.value ?? -1)
    if (values.length === count) break
  }
  return values
}

async function all(workers: Workers, each: (job: Job) => unknown): Promise<void> {
  for await (const job of workers) await each(job)
}

async function waited(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}

test('asking for the next job accepts the one before; leaving the loop does not', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  expect(await some(stage.workers(), 4)).toEqual([0, 1, 2, 3])
  expect(await some(stage.workers(), 7)).toEqual(upTo(10, 3))
})

test('with manual acks a handler that ends has said nothing of its job', async () => {
  await using stage = await start()
  await stage.send(upTo(3))
  const consumer = stage.workers({ ack: 'manual', maxRecords: 3 })
  const seen: number[] = []
  await consumer.run(({ value }) => {
    if (seen.push(Number(value)) === 3) void consumer.close()
  })
  expect(await some(stage.workers(), 3)).toEqual(seen)
})

test('a signal that was aborted before ends a share consumer at once', async () => {
  await using stage = await start()
  const why = new Error('not now')
  await expect(stage.workers({ signal: AbortSignal.abort(why) }).next()).rejects.toThrow('not now')
})

test('each job is for one of many members, though there is one partition', async () => {
  await using stage = await start()
  const seen: number[] = []
  const members = [0, 1, 2].map(() => stage.workers({ maxRecords: 5 }))
  const working = members.map(async (workers) => {
    return all(workers, async ({ value }) => {
      seen.push(value ?? -1)
      await waited(1)
    })
  })
  await expect.poll(() => members.every((one) => one.assignment.length === 1), POLL).toBe(true)
  await stage.send(upTo(100))
  await expect.poll(() => seen.length, POLL).toBe(100)
  await Promise.all(members.map(async (one) => one.close()))
  await Promise.all(working)
  expect(sorted(seen)).toEqual(upTo(100))
})

test('a released job is given again, and says how often; a rejected one is not', async () => {
  await using stage = await start()
  await stage.send(upTo(6))
  const counts: [number, number][] = []
  await all(stage.workers(), (job) => {
    counts.push([job.value ?? -1, job.deliveryCount])
    if (job.value === 2 && job.deliveryCount < 3) job.release()
    else if (job.value === 4) job.reject()
    else if (job.deliveryCount === 3) throw new Error('enough')
  }).catch(() => {})
  expect(counts.slice(0, 6)).toEqual(upTo(6).map((value) => [value, 1]))
  expect(counts.slice(6)).toEqual([
    [2, 2],
    [2, 3],
  ])
  await stage.send([6])
  const left: number[] = []
  for await (const job of stage.workers()) {
    left.push(job.value ?? -1)
    if (job.value === 6) break
  }
  expect(sorted(left)).toEqual([2, 6])
})

test('with manual acks only what is said counts', async () => {
  await using stage = await start()
  await stage.send(upTo(4))
  const workers = stage.workers({ ack: 'manual' })
  const first: number[] = []
  for await (const job of workers) {
    first.push(job.value ?? -1)
    if (job.deliveryCount > 1) {
      expect(job.value).toBe(1)
      job.accept()
      break
    }
    if (job.value !== 1) job.accept()
    if (job.value === 3) await stage.passes(LOCK_MS)
  }
  expect(first).toEqual([0, 1, 2, 3, 1])
  await stage.send([4])
  expect(await some(stage.workers(), 1)).toEqual([4])
})

test('a batch is of one partition, and is done when the next is asked for', async () => {
  await using stage = await start(2)
  await stage.send(upTo(40))
  const seen: number[] = []
  for await (const batch of stage.workers().batches()) {
    expect(new Set(batch.jobs.map(({ partition }) => partition))).toEqual(
      new Set([batch.partition]),
    )
    seen.push(...batch.jobs.map(({ value }) => value ?? -1))
    if (seen.length === 40) {
      batch.accept()
      break
    }
  }
  expect(sorted(seen)).toEqual(upTo(40))
  await stage.send([40])
  expect(await some(stage.workers(), 1)).toEqual([40])
})

test('many are handled at a time, and what a handler throws at is given again', async () => {
  await using stage = await start(3)
  await stage.send(upTo(100))
  const workers = stage.workers()
  const done: number[] = []
  let running = 0
  let most = 0
  await workers.run(
    async (job) => {
      running += 1
      most = Math.max(most, running)
      await waited(2)
      running -= 1
      const value = job.value ?? -1
      if (value % 10 === 0 && job.deliveryCount === 1) throw new Error('not now')
      done.push(value)
      if (done.length === 100) void workers.close()
    },
    { concurrency: 8 },
  )
  expect(sorted(done)).toEqual(upTo(100))
  expect(most).toBe(8)
  await stage.send([100])
  expect(await some(stage.workers(), 1)).toEqual([100])
})

test('what becomes of a job whose handler throws can be chosen', async () => {
  await using stage = await start()
  await stage.send(upTo(4))
  const seen: number[] = []
  const running = stage.workers().run(
    ({ value }) => {
      seen.push(value ?? -1)
      throw new Error(`not ${value}`)
    },
    { onThrow: (_error, { value }) => (value === 2 ? 'throw' : 'reject') },
  )
  await expect(running).rejects.toThrow('not 2')
  expect(seen).toEqual([0, 1, 2])
  expect(await some(stage.workers(), 2)).toEqual([2, 3])
})

test('a job that is renewed stays with who has it', async () => {
  await using stage = await start()
  await stage.send([0])
  const workers = stage.workers()
  const { value: job } = await workers.next()
  const others: number[] = []
  const other = stage.workers()
  const othersWork = all(other, ({ value }) => others.push(value ?? -1))
  for (let at = 0; at < 3; at++) {
    // oxlint-disable-next-line no-await-in-loop -- it takes long
    await stage.passes(LOCK_MS / 2)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await job?.renew()
  }
  expect(job?.lockedForMs).toBeGreaterThan(0)
  job?.accept()
  await workers.commit()
  await other.close()
  await othersWork
  expect(others).toEqual([])
})

test('what waits in memory is renewed while the program is at another', async () => {
  await using stage = await start()
  await stage.send(upTo(3))
  const counts: [number, number][] = []
  for await (const job of stage.workers()) {
    counts.push([job.value ?? -1, job.deliveryCount])
    if (job.value === 0) await stage.passes(2 * LOCK_MS)
    if (job.value === 2) break
  }
  // the first was lost meanwhile, which its acknowledgement does not hide
  expect(counts.filter(([value]) => value > 0)).toEqual([
    [1, 1],
    [2, 1],
  ])
})

test('a job whose time is up is aborted, and what is said of it then is refused', async () => {
  await using stage = await start()
  await stage.send([0])
  const refused: [number | null, string][] = []
  const workers = stage.workers({
    ack: 'manual',
    onRefused: (job, { code }) => refused.push([job.value, code]),
  })
  const { value: job } = await workers.next()
  const { signal } = job ?? {}
  expect(signal?.aborted).toBe(false)
  await stage.passes(LOCK_MS)
  await expect.poll(() => signal?.aborted, POLL).toBe(true)
  expect(signal?.reason).toMatchObject({ code: 'LOCK_EXPIRED' })
  const again = await workers.next()
  expect(again.value?.deliveryCount).toBe(2)
  job?.release()
  await expect(workers.commit()).rejects.toMatchObject({ code: 'LOCK_EXPIRED' })
  expect(refused).toEqual([[0, 'LOCK_EXPIRED']])
})

test('one acknowledgement that is refused does not take others with it', async () => {
  await using stage = await start()
  await stage.send(upTo(8))
  const refused: (number | null)[] = []
  const workers = stage.workers({
    ...{ ack: 'manual', maxRecords: 8 },
    onRefused: (job) => refused.push(job.value),
  })
  const given: Job[] = []
  for (let at = 0; at < 8; at++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const { value: job } = await workers.next()
    if (job !== undefined) given.push(job)
  }
  const late = given[3]
  await stage.passesForBroker(LOCK_MS / 2)
  await Promise.all(given.filter((job) => job !== late).map(async (job) => job.renew()))
  await stage.passesForBroker(LOCK_MS / 2 + STEP_MS)
  for (const job of given) job.accept()
  await expect(workers.commit()).rejects.toMatchObject({ code: 'INVALID_RECORD_STATE' })
  expect(refused).toEqual([3])
  const { value: again } = await workers.next()
  expect([again?.value, again?.deliveryCount]).toEqual([3, 2])
  again?.accept()
  await workers.commit()
})

test.each(['ShareFetch', 'ShareAcknowledge'] as const)(
  'who loses its session is told what is not its own any more: %s',
  async (api) => {
    await using stage = await start()
    await stage.send(upTo(4))
    const refused: string[] = []
    const workers = stage.workers({
      ack: 'manual',
      onRefused: (job, { code }) => refused.push(`${job.value} ${code}`),
    })
    const { value: job } = await workers.next()
    stage.broker.faults.cut(api)
    if (api === 'ShareAcknowledge') job?.renew().catch(() => {})
    await expect.poll(() => job?.signal.aborted, POLL).toBe(true)
    job?.accept()
    await expect(workers.commit()).rejects.toMatchObject({ code: 'SHARE_SESSION_LOST' })
    expect(refused).toEqual(['0 SHARE_SESSION_LOST'])
    await expect(job?.renew()).rejects.toMatchObject({ code: 'SHARE_SESSION_LOST' })
    const again = await workers.next()
    expect(again.value?.value).toBe(0)
  },
)

test('at its end a consumer gives back what it has', async () => {
  await using stage = await start()
  await stage.send(upTo(10))
  const refused: string[] = []
  const first = stage.workers({
    ack: 'manual',
    onRefused: (job, { code }) => refused.push(`${job.value} ${code}`),
  })
  const { value: one } = await first.next()
  const { value: two } = await first.next()
  one?.accept()
  await first.close()
  expect(two?.signal.aborted).toBe(true)
  two?.accept()
  await Promise.resolve()
  expect(refused).toEqual(['1 CLOSED'])
  const counts: [number, number][] = []
  for await (const job of stage.workers()) {
    counts.push([job.value ?? -1, job.deliveryCount])
    if (counts.length === 9) break
  }
  // what the program was given counts as a delivery, what waited in memory does not
  expect(counts.find(([value]) => value === 1)).toEqual([1, 2])
  expect(counts.filter(([value]) => value > 1).every(([, count]) => count === 1)).toBe(true)
})

test('a signal ends a loop', async () => {
  await using stage = await start()
  const stopping = new AbortController()
  const next = stage.workers({ signal: stopping.signal }).next()
  stopping.abort(new Error('enough'))
  await expect(next).rejects.toThrow('enough')
})

test.each([
  [{ ack: 'never' as 'auto' }, /ack: never is none/u],
  [{ maxRecords: 0 }, /maxRecords: 0 is no whole number/u],
])('options that cannot be are refused: %j', (options, why) => {
  const kafka = new Kafka('127.0.0.1:1')
  expect(() => kafka.shareConsumer('g', 't', options)).toThrow(why)
})
