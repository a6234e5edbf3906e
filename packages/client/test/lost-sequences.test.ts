import { expect, test } from 'vitest'

import { Kafka, type Producer, type Transaction } from '../src/index.ts'
import { committedValues } from './committed-values.ts'
import { refusal } from './refusal.ts'
import { type StageBroker, startBroker } from './stage-broker.ts'
import { useTransactionVersion } from './transaction-version.ts'

interface Stage extends AsyncDisposable {
  readonly broker: StageBroker
  readonly kafka: Kafka
  readonly producer: Producer
  committed(): Promise<string[]>
}

async function start(version: 1 | 2): Promise<Stage> {
  const broker = await startBroker({
    topics: ['t', 'in'].map((name) => ({ name, partitions: 1 })),
    config: { 'group.initial.rebalance.delay.ms': 0 },
  })
  await useTransactionVersion(broker.bootstrap, version)
  const kafka = new Kafka(broker.bootstrap)
  return {
    ...{ broker, kafka, producer: kafka.producer() },
    committed: async () => (await committedValues(kafka, 't')).flat(),
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

const sendOne =
  (value: string) =>
  async (transaction: Transaction): Promise<void> => {
    await transaction.send('t', { value })
  }

test.each([1, 2] as const)(
  'a broker that lost track of sequences ends one transaction: v%i',
  async (version) => {
    await using stage = await start(version)
    const { producer, broker } = stage
    await producer.transaction(sendOne('first'))
    broker.faults.answer('Produce', 'OUT_OF_ORDER_SEQUENCE_NUMBER')
    const error = await refusal(producer.transaction(sendOne('lost')))
    expect(error).toMatchObject({ code: 'OUT_OF_ORDER_SEQUENCE_NUMBER', kind: 'abortable' })
    await producer.transaction(sendOne('next'))
    expect(await stage.committed()).toEqual(['first', 'next'])
  },
)

test('a pipe goes on after a broker lost track of its sequences', async () => {
  await using stage = await start(2)
  const { kafka, broker } = stage
  const stop = new AbortController()
  let attempts = 0
  const options = { group: 'p', from: 'in', to: 't', signal: stop.signal }
  const piping = kafka.pipe(options, ({ value }, emit) => {
    // its own producer is the next to send
    if (++attempts === 1) broker.faults.answer('Produce', 'OUT_OF_ORDER_SEQUENCE_NUMBER')
    emit({ value })
  })
  piping.catch(() => {})
  await stage.producer.send('in', { value: 'piped' })
  await expect.poll(() => stage.committed(), { timeout: 20_000 }).toEqual(['piped'])
  stop.abort(new Error('enough'))
  await expect(piping).rejects.toThrow('enough')
  expect(attempts).toBe(2)
})
