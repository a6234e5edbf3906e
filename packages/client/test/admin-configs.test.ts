import { expect, test } from 'vitest'

import { startAdmin } from './admin-stage.ts'

test('configs of a topic are read, set, added to and taken back', async () => {
  await using stage = await startAdmin()
  const { configs } = stage.admin
  const topic = await stage.newTopic('t')
  await configs.alter({ topic }, { 'retention.ms': 1000, 'cleanup.policy': { append: 'compact' } })
  await expect
    .poll(async () => (await configs.describe({ topic })).get('cleanup.policy')?.value)
    .toBe('delete,compact')
  let entries = await configs.describe({ topic }, { withSynonyms: true, withDocumentation: true })
  expect(entries.get('retention.ms')).toMatchObject({
    ...{ value: '1000', source: 'topic', type: 'long', isDefault: false, isReadOnly: false },
    documentation: expect.stringMatching(/[a-z]/u) as string,
  })
  await configs.alter(
    { topic },
    { 'retention.ms': null, 'cleanup.policy': { subtract: ['delete'] } },
  )
  expect(entries.get('retention.ms')?.synonyms[0]).toEqual({
    ...{ name: 'retention.ms', value: '1000', source: 'topic' },
  })
  const keys = ['retention.ms', 'cleanup.policy']
  await expect
    .poll(async () => (await configs.describe({ topic }, { keys })).get('cleanup.policy')?.value)
    .toBe('compact')
  entries = await configs.describe({ topic }, { keys })
  expect([...entries.keys()].toSorted()).toEqual(['cleanup.policy', 'retention.ms'])
  expect(entries.get('retention.ms')).toMatchObject({
    ...{ value: '604800000', isDefault: true, source: 'default', synonyms: [] },
    documentation: null,
  })
})

test('a dry run changes nothing', async () => {
  await using stage = await startAdmin()
  const { configs } = stage.admin
  const topic = await stage.newTopic('t')
  await configs.alter({ topic }, { 'retention.ms': 1000 }, { dryRun: true })
  const refused = configs.alter({ topic }, { 'retention.ms': 'soon' }, { dryRun: true })
  await expect(refused).rejects.toMatchObject({ code: 'INVALID_CONFIG', kind: 'config' })
  const entries = await configs.describe({ topic }, { keys: ['retention.ms'] })
  expect(entries.get('retention.ms')?.isDefault).toBe(true)
})

test('one of many that fails is told, and the others are done', async () => {
  await using stage = await startAdmin()
  const { configs } = stage.admin
  const topic = await stage.newTopic('t')
  const nowhere = stage.name('nowhere')
  const altered = await configs.alter([
    { of: { topic: nowhere }, changes: { 'retention.ms': 1 } },
    { of: { topic }, changes: { 'retention.ms': 1 } },
  ])
  expect(altered.done).toEqual([{ topic }])
  expect(altered.failed).toMatchObject([
    { code: 'UNKNOWN_TOPIC_OR_PARTITION', context: { subject: `topic ${nowhere}` } },
  ])
  const { brokers } = await stage.admin.cluster()
  const described = await configs.describe([
    { topic },
    { topic: nowhere },
    { broker: brokers[0]?.id ?? -1 },
  ])
  expect(described.done.map(({ of }) => of)).toEqual([{ topic }, { broker: brokers[0]?.id }])
  expect(described.failed).toHaveLength(1)
})

test('configs of a broker, of all, of its loggers, of groups and of client metrics', async () => {
  await using stage = await startAdmin()
  const { configs } = stage.admin
  const { brokers } = await stage.admin.cluster()
  const broker = brokers[0]?.id ?? -1
  const own = await configs.describe({ broker })
  expect(own.get('advertised.listeners')).toBeDefined()
  expect(own.get('broker.id')?.isReadOnly ?? own.get('node.id')?.isReadOnly).toBe(true)
  expect(own.get('ssl.keystore.password')?.isSensitive ?? true).toBe(true)
  await configs.alter({ broker: 'all' }, { 'log.retention.ms': 86_400_000 })
  const key = { keys: ['log.retention.ms'] }
  await expect
    .poll(async () => (await configs.describe({ broker }, key)).get('log.retention.ms')?.source)
    .toBe('all-brokers')
  await configs.alter({ broker: 'all' }, { 'log.retention.ms': null })
  const group = stage.name('g')
  await configs.alter({ group }, { 'consumer.session.timeout.ms': 50_000 })
  const clientMetrics = stage.name('m')
  await configs.alter({ clientMetrics }, { 'interval.ms': 10_000, metrics: ['a.', 'b.'] })
  await expect
    .poll(async () => (await configs.describe({ clientMetrics })).get('metrics')?.value)
    .toBe('a.,b.')
  expect((await configs.describe({ group })).get('consumer.session.timeout.ms')).toMatchObject({
    ...{ value: '50000', source: 'group' },
  })
  expect(await configs.list(['clientMetrics'])).toContainEqual({ clientMetrics })
  expect(await configs.list()).toEqual(
    expect.arrayContaining([{ group }, { clientMetrics }, { broker }]),
  )
  await configs.alter({ clientMetrics }, { 'interval.ms': null, metrics: null })
})

test('what cannot be meant is told at once, all of it', async () => {
  await using stage = await startAdmin()
  const { configs } = stage.admin
  await expect(configs.describe([{ broker: -2 }, { topic: '' }])).rejects.toMatchObject({
    problems: ['broker: -2 is no whole number from 0 on', 'topic:  is no name'],
  })
  await expect(configs.alter({ topic: 't' }, {})).rejects.toThrow('changes: there are none')
  await expect(
    configs.alter({ topic: 't' }, { a: undefined as unknown as string }),
  ).rejects.toThrow('a: that is no value')
  await expect(configs.describe([{ topic: 't' }, { topic: 't' }])).rejects.toThrow('twice')
})
