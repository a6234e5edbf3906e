import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Kafka } from '../src/index.ts'

async function startWith(value: string, port?: number): Promise<Broker> {
  const topics = [{ name: 't', partitions: 1 }]
  const config = { 'group.initial.rebalance.delay.ms': 0 }
  const broker = await Broker.start({ ...(port === undefined ? {} : { port }), topics, config })
  await using kafka = new Kafka(broker.bootstrap)
  await kafka.producer().send('t', { value })
  return broker
}

test('a program that waits for records outlives a time without a broker', async () => {
  const first = await startWith('first')
  const { port, bootstrap } = first
  const worker = new Worker(new URL('alive-worker.ts', import.meta.url), {
    workerData: { bootstrap },
  })
  const said: unknown[] = []
  worker.on('message', (text) => said.push(text))
  const ended = once(worker, 'exit')
  await once(worker, 'message')
  await first[Symbol.asyncDispose]()
  // long enough for it to see that nobody is there
  await new Promise((resolve) => setTimeout(resolve, 300))
  await using _second = await startWith('last', port)
  expect(await ended).toEqual([0])
  expect(said).toEqual(['first', 'last'])
})
