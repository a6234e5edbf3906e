import { AlterConfigs, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const TOPIC = 2
const BROKER = 4

async function alter(
  rig: HandlerRig,
  configs: Readonly<Record<string, string | null>>,
  { version = 2, validateOnly = false, resourceType = TOPIC, resourceName = 'a' } = {},
) {
  const named = Object.entries(configs).map(([name, value]) => ({ name, value }))
  const resources = [{ resourceType, resourceName, configs: named }]
  return (await rig.ask(AlterConfigs, version, { resources, validateOnly })).responses[0]
}

test.each([0, 1, 2])('replaces all configs, version %i', async (version) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a', { configs: { 'segment.bytes': '2097152' } })
  const response = await alter(rig, { 'retention.ms': '7' }, { version })
  expect(response).toMatchObject({ errorCode: ErrorCode.NONE, resourceName: 'a' })
  const topic = rig.broker.topics.byName('a')
  expect(topic?.configs).toEqual(new Map([['retention.ms', '7']]))
  expect(topic?.partitions[0]?.log?.config).toMatchObject({ retentionMs: 7, segmentBytes: 2 ** 30 })
  await using restarted = await rig.restart()
  expect(restarted.broker.topics.byName('a')?.partitions[0]?.log?.config.retentionMs).toBe(7)
})

test('changes of the broker reach the logs, and survive', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const options = { resourceType: BROKER, resourceName: '1' }
  expect(await alter(rig, { 'log.retention.ms': '1234' }, options)).toMatchObject({ errorCode: 0 })
  expect(rig.broker.topics.byName('a')?.partitions[0]?.log?.config.retentionMs).toBe(1234)
  await rig.createTopic('b')
  expect(rig.broker.topics.byName('b')?.partitions[0]?.log?.config.retentionMs).toBe(1234)
  await using restarted = await rig.restart()
  expect(restarted.broker.topics.config.logRetentionMs).toBe(1234)
  expect(restarted.broker.topics.byName('b')?.partitions[0]?.log?.config.retentionMs).toBe(1234)
})

const { INVALID_CONFIG, INVALID_REQUEST, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode

test.each<[string, Record<string, string | null>, object, number]>([
  ['a bad value', { 'retention.ms': 'x' }, {}, INVALID_CONFIG],
  ['an unknown name', { 'no.such': '1' }, {}, INVALID_CONFIG],
  ['an unknown topic', {}, { resourceName: 'b' }, UNKNOWN_TOPIC_OR_PARTITION],
  ['a bad topic name', {}, { resourceName: 'b/' }, ErrorCode.INVALID_TOPIC_EXCEPTION],
  ['another broker', {}, { resourceType: BROKER, resourceName: '2' }, INVALID_REQUEST],
  [
    'a read-only key',
    { 'log.dirs': '/x' },
    { resourceType: BROKER, resourceName: '1' },
    INVALID_REQUEST,
  ],
  ['a logger', {}, { resourceType: 8, resourceName: '1' }, INVALID_REQUEST],
  ['an unknown type', {}, { resourceType: 99 }, INVALID_REQUEST],
])('%s changes nothing', async (_what, configs, options, errorCode) => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a', { configs: { 'retention.ms': '7' } })
  const response = await alter(rig, configs, options)
  expect(response?.errorCode).toBe(errorCode)
  expect(response?.errorMessage).toMatch(/\w/)
  expect(rig.broker.topics.byName('a')?.configs).toEqual(new Map([['retention.ms', '7']]))
})

test('only validated', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  const response = await alter(rig, { 'retention.ms': '7' }, { validateOnly: true })
  expect(response?.errorCode).toBe(ErrorCode.NONE)
  expect(rig.broker.topics.byName('a')?.configs.size).toBe(0)
})
