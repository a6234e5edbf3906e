import { seededRandom } from '@pafka/base'
import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka } from '../src/index.ts'
import { ChaosProxy } from './chaos-proxy.ts'
import { committedValues } from './committed-values.ts'
import { seedsOf } from './seeds.ts'
import { oneOf } from './spoil.ts'
import { useTransactionVersion } from './transaction-version.ts'

const PARTITIONS = 3
const RECORDS = 300
const KEYS = 10
const VERSIONS = [1, 2] as const

test.each(seedsOf(3))(
  'over a network of the worst kind each record is piped once: SEED=%i',
  async (seed) => {
    const random = seededRandom(seed)
    await using broker = await Broker.start({
      topics: ['in', 'out'].map((name) => ({ name, partitions: PARTITIONS })),
      config: {
        'group.initial.rebalance.delay.ms': 0,
        'group.min.session.timeout.ms': 1000,
        'transaction.abort.timed.out.transaction.cleanup.interval.ms': 100,
      },
    })
    await useTransactionVersion(broker.bootstrap, oneOf(random, VERSIONS))
    await using proxy = new ChaosProxy(broker.port, random)
    const terms = { brokers: [await proxy.open()], requestTimeoutMs: 800, connectTimeoutMs: 800 }
    await using kafka = new Kafka(terms)
    await using direct = new Kafka(broker.bootstrap)
    const producer = direct.producer()
    const stop = new AbortController()
    const piping = kafka.pipe(
      {
        ...{ group: 'g', from: 'in', to: 'out', signal: stop.signal, commitIntervalMs: 20 },
        consumer: { sessionTimeoutMs: 3000 },
        producer: { transactionTimeoutMs: 3000 },
      },
      ({ key, value }, emit) => emit({ key, value }),
    )
    const ended = piping.catch((error: unknown) => error)
    proxy.isChaos = true
    const sent: string[][] = Array.from({ length: PARTITIONS }, () => [])
    for (let at = 0; at < RECORDS; at++) {
      const value = `${at}`
      // oxlint-disable-next-line no-await-in-loop -- they come over time
      const { partition } = await producer.send('in', { key: `${at % KEYS}`, value })
      sent[partition]?.push(value)
      // oxlint-disable-next-line no-await-in-loop -- as above
      if (random.below(2) === 0)
        await new Promise((resolve) => setTimeout(resolve, random.below(12)))
      // oxlint-disable-next-line no-await-in-loop -- once in a while
      if (random.below(150) === 0) await proxy.move()
    }
    proxy.isChaos = false
    const seen = async (): Promise<number> => (await committedValues(direct, 'out')).flat().length
    await expect.poll(seen, { timeout: 45_000, interval: 50 }).toBeGreaterThanOrEqual(RECORDS)
    expect(await committedValues(direct, 'out')).toEqual(sent)
    expect(proxy.done.size).toBeGreaterThan(0)
    const enough = new Error('enough')
    stop.abort(enough)
    expect(await ended).toBe(enough)
  },
)
