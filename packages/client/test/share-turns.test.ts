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
