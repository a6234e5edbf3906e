import { expect, test } from 'vitest'

import { startAdmin } from './admin-stage.ts'
import { OTHER_KAFKA } from './stage-broker.ts'

test('of many topics each is made, or told why not', async () => {
  await using stage = await startAdmin()
  const { topics } = stage.admin
  const { brokers } = await stage.admin.cluster()
  const [a, b, c] = [stage.name('a'), stage.name('b'), await stage.newTopic('c')]
  const assignments = [[brokers[0]?.id ?? -1], [brokers[0]?.id ?? -1]]
  const { done, failed } = await topics.create([
    { name: a, partitions: 3, configs: { 'cleanup.policy': ['compact', 'delete'] } },
    { name: b, assignments },
    { name: c },
    { name: 'no/slash' },
  ])
  expect(done.map(({ name, partitions }) => [name, partitions.length])).toEqual([
    [a, 3],
    [b, 2],
  ])
  expect(failed.map(({ code, context }) => [code, context.topic])).toEqual([
    ['TOPIC_ALREADY_EXISTS', c],
    ['INVALID_TOPIC_EXCEPTION', 'no/slash'],
  ])
  await topics.grow(b, 9, { dryRun: true })
  await topics.grow(b, 3, { assignments: assignments.slice(1) })
  await expect.poll(async () => (await topics.find(b))?.partitions).toHaveLength(3)
  const gone = await topics.delete([a, stage.name('nowhere'), b])
  expect(gone.done).toEqual([a, b])
  expect(gone.failed).toMatchObject([
    { code: 'UNKNOWN_TOPIC_OR_PARTITION', context: { topic: stage.name('nowhere') } },
  ])
})

test('a topic is checked without being made', async () => {
  await using stage = await startAdmin()
  const { topics } = stage.admin
  const name = stage.name('a')
  await topics.check(name, { partitions: 3 })
  expect(await topics.find(name)).toBeUndefined()
  await expect(topics.check(name, { configs: { nonsense: 1 } })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
  })
})

test('topics are described over many pages, and those that are not there told of', async () => {
  await using stage = await startAdmin()
  const { topics } = stage.admin
  // Kafka takes its time for as many as that
  const many = OTHER_KAFKA === undefined ? 2500 : 20
  const [a, b] = [await stage.newTopic('a', many), await stage.newTopic('b', 2)]
  const nowhere = stage.name('nowhere')
  const described = async () => topics.describe([b, nowhere, a])
  await expect.poll(async () => (await described()).done.length).toBe(2)
  const { done, failed } = await described()
  expect(done.map(({ name, partitions }) => [name, partitions.length])).toEqual([
    [b, 2],
    [a, many],
  ])
  expect(done[1]?.partitions.map(({ partition }) => partition)).toEqual(
    Array.from({ length: many }, (_, at) => at),
  )
  expect(failed).toMatchObject([
    { code: 'UNKNOWN_TOPIC_OR_PARTITION', kind: 'usage', context: { topic: nowhere } },
  ])
  const found = await topics.find(b)
  const one = await topics.describe(b)
  expect(one).toMatchObject({ ...found, isInternal: false })
  expect(one.operations).toContain('describe-configs')
  await topics.delete(a)
})

test('a topic that cannot be meant is told at once', async () => {
  await using stage = await startAdmin()
  const { topics } = stage.admin
  const twice = topics.create([
    { name: 'a', partitions: 0, replicas: 0.5 },
    { name: 'a', partitions: 1, assignments: [[]] },
  ])
  await expect(twice).rejects.toMatchObject({
    problems: [
      'partitions: 0 is no whole number from 1 on',
      'replicas: 0.5 is no whole number from 1 on',
      'a: assignments say how many partitions and replicas there are',
      'assignments: each partition has a broker',
      'topics: one is there twice',
    ],
  })
  await expect(topics.delete('')).rejects.toThrow('topic:  is no name')
  await expect(topics.grow('a', 0)).rejects.toThrow('partitions: 0')
})
