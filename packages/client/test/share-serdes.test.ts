import { expect, test } from 'vitest'

import { Kafka, KafkaError, type Serde, topic, utf8 } from '../src/index.ts'
import { beginEarliest } from './share-stage.ts'
import { startBroker } from './stage-broker.ts'

interface Stage extends AsyncDisposable {
  readonly kafka: Kafka
}

/** With the jobs `1` and `2`. */
async function start(): Promise<Stage> {
  const broker = await startBroker({
    topics: [{ name: 't', partitions: 1 }],
    config: {
      'group.share.heartbeat.interval.ms': 50,
      'group.share.min.heartbeat.interval.ms': 50,
    },
  })
  const kafka = new Kafka(broker.bootstrap)
  await beginEarliest(broker.bootstrap, 'workers')
  await kafka.producer().sendAll('t', [{ value: '1' }, { value: '2' }])
  return {
    kafka,
    async [Symbol.asyncDispose]() {
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

test('jobs are given when their serde has looked up what it needs', async () => {
  await using stage = await start()
  const known = new Set<string>()
  let failures = 2
  const value: Serde<string> = {
    ...utf8(),
    async prepareDecode(bytes) {
      await Promise.resolve()
      if (failures-- > 0) throw new KafkaError('SLOW', 'not yet', { kind: 'retriable' })
      known.add(Buffer.from(bytes).toString())
    },
    decode(bytes) {
      const text = Buffer.from(bytes).toString()
      if (!known.has(text)) throw new Error(`${text} was not looked up`)
      return text
    },
  }
  const seen: unknown[] = []
  for await (const job of stage.kafka.shareConsumer('workers', topic('t', { value }))) {
    seen.push(job.value)
    job.accept()
    if (seen.length === 2) break
  }
  expect(seen).toEqual(['1', '2'])
})

test('what cannot be looked up for good ends a share consumer', async () => {
  await using stage = await start()
  const prepareDecode = (): Promise<void> => {
    return Promise.reject(new KafkaError('REFUSED', 'not for you', { kind: 'auth' }))
  }
  const jobs = topic('t', { value: { ...utf8(), prepareDecode } })
  await expect(stage.kafka.shareConsumer('workers', jobs).next()).rejects.toThrow('not for you')
})
