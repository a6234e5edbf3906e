import { Broker } from '@pafka/broker'
import { ManualClock } from '@pafka/testing'
import { expect, test } from 'vitest'

import { Kafka } from '../src/index.ts'
import { Gate } from './gate.ts'
import { refusal } from './refusal.ts'

const TICK_MS = 50
/** A second for the commit, and one for the good-bye, and the ticks of all that is waited for. */
const LAST_WORDS_MS = 2000 + 6 * TICK_MS

async function othersTurns(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await new Promise(setImmediate)
  }
}

/** A client with all that a client can have open. */
async function start() {
  const broker = await Broker.start({
    topics: ['t', 'to'].map((name) => ({ name, partitions: 1 })),
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  const gate = new Gate({ port: Number(broker.bootstrap.split(':')[1]) })
  const clock = new ManualClock()
  const kafka = new Kafka({ brokers: await gate.open(), clock })
  const ticking = setInterval(() => clock.advance(TICK_MS), 1)
  try {
    const producer = kafka.producer()
    await producer.send('t', { value: 'a' })
    const piped = Promise.withResolvers<void>()
    const piping = refusal(
      kafka.pipe({ group: 'pipe', from: 't', to: 'to' }, () => piped.resolve()),
    )
    const reading = kafka.reader('t').next()
    for (const protocol of ['classic', 'consumer'] as const) {
      const consumer = kafka.consumer(protocol, 't', { protocol })
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect((await consumer.next()).value?.offset).toBe(0)
      void consumer.next()
    }
    await Promise.all([piped.promise, reading])
    return {
      ...{ kafka, clock, gate, producer, piping },
      async [Symbol.asyncDispose]() {
        await gate[Symbol.asyncDispose]()
        await broker[Symbol.asyncDispose]()
      },
    }
  } finally {
    clearInterval(ticking)
  }
}

test.each([0, 3000])(
  'a broker that falls silent keeps nobody longer than last words take: %i',
  async (timeoutMs) => {
    await using stage = await start()
    const { kafka, clock, gate, producer, piping } = stage
    gate.hang()
    const sent = refusal(producer.send('t', { value: 'b' }))
    const beganMs = clock.monotonicMs()
    let isClosed = false
    const closing = kafka.close({ timeoutMs }).finally(() => (isClosed = true))
    while (!isClosed && clock.monotonicMs() - beganMs < 60_000) {
      // oxlint-disable-next-line no-await-in-loop -- what was due is done
      await othersTurns()
      clock.advance(TICK_MS)
    }
    await closing
    expect(clock.monotonicMs() - beganMs).toBeLessThanOrEqual(timeoutMs + LAST_WORDS_MS)
    expect(await sent).toMatchObject({ code: 'CLOSED' })
    await piping
  },
)
