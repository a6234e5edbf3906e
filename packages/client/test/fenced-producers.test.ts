import { expect, test } from 'vitest'

import { Kafka, type Transaction } from '../src/index.ts'
import { committedValues } from './committed-values.ts'
import { refusal } from './refusal.ts'
import { startBroker } from './stage-broker.ts'
import { useTransactionVersion } from './transaction-version.ts'

const FENCED = { code: 'PRODUCER_FENCED', kind: 'fatal' }

/** What the one may still do whose place was taken. */
const WAYS: readonly (readonly [string, (old: Transaction) => Promise<unknown>])[] = [
  ['nothing', () => Promise.resolve()],
  ['send', (old) => refusal(old.send('t', { value: 'late' }))],
  ['commit', (old) => refusal(old.commit())],
  ['abort', (old) => old.abort()],
]

test.each([1, 2].flatMap((version) => WAYS.map((way) => [version, ...way] as const)))(
  'who comes with the same id takes the place of who had it, whatever that one does: v%i %s',
  async (version, _way, does) => {
    await using broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
    await useTransactionVersion(broker.bootstrap, version as 1 | 2)
    await using kafka = new Kafka(broker.bootstrap)
    const [first, second] = [0, 1].map(() => kafka.producer({ transactionalId: 'only' }))
    if (first === undefined || second === undefined) throw new Error('there are two')
    const old = await first.begin()
    await old.send('t', { value: 'of the old one' })
    const newer = await second.begin()
    await newer.send('t', { value: 'of the new one' })
    await does(old)
    await newer.send('t', { value: 'another one' })
    await newer.commit()
    await second.transaction(async (next) => void (await next.send('t', { value: 'the next' })))
    await old.abort()
    const seen = (await committedValues(kafka, 't')).flat()
    expect(seen).toEqual(['of the new one', 'another one', 'the next'])
  },
)

test.each([1, 2] as const)(
  'whose place was taken is told so, and is at its end: v%i',
  async (version) => {
    await using broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
    await useTransactionVersion(broker.bootstrap, version)
    await using kafka = new Kafka(broker.bootstrap)
    const first = kafka.producer({ transactionalId: 'only' })
    const old = await first.begin()
    await old.send('t', { value: 'of the old one' })
    const second = kafka.producer({ transactionalId: 'only' })
    await second.transaction(async (newer) => void (await newer.send('t', { value: 'new' })))
    expect(await refusal(old.commit())).toMatchObject(FENCED)
    expect(await refusal(first.begin())).toMatchObject(FENCED)
    expect((await committedValues(kafka, 't')).flat()).toEqual(['new'])
  },
)

// the broker is at fencing it, and lets it end what it ends itself
test.each([
  [{ transactionalId: 'only' }, FENCED, FENCED],
  [{}, { code: 'TRANSACTION_TIMED_OUT', kind: 'abortable' }, undefined],
] as const)('whose epoch is over before its time: %o', async (options, told, afterwards) => {
  await using broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
  await using kafka = new Kafka(broker.bootstrap)
  await using producer = kafka.producer(options)
  const transaction = await producer.begin()
  broker.faults.answer('Produce', 'INVALID_PRODUCER_EPOCH')
  await refusal(transaction.send('t', { value: 'of the old one' }))
  expect(await refusal(transaction.commit())).toMatchObject(told)
  const next = producer.transaction(async (again) => void (await again.send('t', { value: 'new' })))
  const ended = await next.catch((error: unknown) => error)
  if (afterwards === undefined) expect(ended).toBe(undefined)
  else expect(ended).toMatchObject(afterwards)
  const seen = afterwards === undefined ? ['new'] : []
  expect((await committedValues(kafka, 't')).flat()).toEqual(seen)
})
