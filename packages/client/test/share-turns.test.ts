import { expect, test } from 'vitest'

import { Kafka, topic, utf8 } from '../src/index.ts'
import { beginEarliest, doneBefore } from './share-stage.ts'
import { startBroker } from './stage-broker.ts'

test('who asks for several jobs before the first came has each of them accepted', async () => {
  await using broker = await startBroker({
    topics: [{ name: 't', partitions: 1 }],
    config: {
      'group.share.heartbeat.interval.ms': 50,
      'group.share.min.heartbeat.interval.ms': 50,
    },
  })
  await using kafka = new Kafka(broker.bootstrap)
  await beginEarliest(broker.bootstrap, 'workers')
  const values = ['1', '2', '3']
  const workers = kafka.shareConsumer('workers', topic('t', { value: utf8() }))
  const asked = values.map(async () => workers.next())
  await kafka.producer().sendAll(
    't',
    values.map((value) => ({ value })),
  )
  const given = await Promise.all(asked)
  expect(given.map(({ value }) => value?.value)).toEqual(values)
  const next = workers.next()
  await workers.commit()
  expect(await doneBefore(broker.bootstrap, 'workers', 't')).toBe(3)
  await workers.close()
  expect(await next).toEqual({ done: true, value: undefined })
})

test.each(['batches', 'run'] as const)(
  'a job is done when others are asked for in another way: %s',
  async (way) => {
    await using broker = await startBroker({ topics: [{ name: 't', partitions: 1 }] })
    await using kafka = new Kafka(broker.bootstrap)
    await beginEarliest(broker.bootstrap, 'workers')
    await kafka.producer().sendAll('t', [{ value: '1' }, { value: '2' }, { value: '3' }])
    const workers = kafka.shareConsumer('workers', topic('t', { value: utf8() }))
    const { value: first } = await workers.next()
    const seen = [first?.value]
    if (way === 'run') {
      await workers.run(({ value }) => {
        seen.push(value)
        if (seen.length === 3) void workers.close()
      })
    } else {
      for await (const batch of workers.batches()) {
        for (const { value } of batch.jobs) seen.push(value)
        batch.accept()
        if (seen.length === 3) break
      }
    }
    expect(seen).toEqual(['1', '2', '3'])
    expect(await doneBefore(broker.bootstrap, 'workers', 't')).toBe(3)
  },
)
