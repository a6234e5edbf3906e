import {
  DescribeConfigs,
  type DescribeConfigsRequest,
  type DescribeConfigsRequestDescribeConfigsResource,
  ErrorCode,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig } from '../../test/handler-rig.ts'

const TOPIC = 2
const BROKER = 4

type Resource = Partial<DescribeConfigsRequestDescribeConfigsResource>

async function describeOne(
  rig: HandlerRig,
  resource: Resource,
  { version = 4, ...more }: Partial<DescribeConfigsRequest> & { readonly version?: number } = {},
) {
  const asked = { resourceType: TOPIC, resourceName: 'a', configurationKeys: null, ...resource }
  const request = { resources: [asked], includeSynonyms: false, includeDocumentation: false }
  const { results } = await rig.ask(DescribeConfigs, version, { ...request, ...more })
  const [result] = results
  if (result === undefined) throw new Error('no result')
  return result
}

test.each([1, 2, 3, 4])('a topic, version %i', async (version) => {
  await using rig = await HandlerRig.start({ settings: { 'log.retention.ms': 5000 } })
  await rig.createTopic('a', { configs: { 'segment.bytes': '2097152' } })
  const { configs, errorCode } = await describeOne(rig, {}, { version })
  expect(errorCode).toBe(ErrorCode.NONE)
  const byName = new Map(configs.map((config) => [config.name, config]))
  expect(byName.size).toBeGreaterThan(25)
  expect(byName.get('segment.bytes')).toMatchObject({ value: '2097152', configSource: 1 })
  expect(byName.get('retention.ms')).toMatchObject({ value: '5000', configSource: 4 })
  expect(byName.get('cleanup.policy')).toMatchObject({ value: 'delete', configSource: 5 })
  expect(byName.get('retention.ms')?.configType).toBe(version >= 3 ? 5 : 0)
})

test('synonyms and documentation only when asked for', async () => {
  await using rig = await HandlerRig.start({ settings: { 'log.retention.ms': 5000 } })
  await rig.createTopic('a', { configs: { 'retention.ms': '7' } })
  const asked = { configurationKeys: ['retention.ms', 'no.such'] }
  const [short, ...rest] = (await describeOne(rig, asked)).configs
  expect(rest).toEqual([])
  expect(short).toMatchObject({ value: '7', synonyms: [], documentation: null })
  const more = { includeSynonyms: true, includeDocumentation: true }
  const [long] = (await describeOne(rig, asked, more)).configs
  expect(long?.documentation).toMatch(/\w{4}/)
  expect(long?.synonyms[0]).toEqual({ name: 'retention.ms', value: '7', source: 1 })
  expect(long?.synonyms[1]).toEqual({ name: 'log.retention.ms', value: '5000', source: 4 })
})

test('the broker by its id, and the defaults of all brokers without', async () => {
  await using rig = await HandlerRig.start()
  const broker = await describeOne(rig, { resourceType: BROKER, resourceName: '1' })
  const byName = new Map(broker.configs.map((config) => [config.name, config]))
  expect(byName.get('log.retention.ms')).toBeDefined()
  expect(byName.get('node.id')).toMatchObject({ value: '1', readOnly: true })
  const version: unknown = expect.stringMatching(/^\d+\.\d+\.\d+/)
  expect(byName.get('pafka.version')).toMatchObject({ value: version, readOnly: true })
  const empty = await describeOne(rig, { resourceType: BROKER, resourceName: '' })
  expect(empty).toMatchObject({ errorCode: ErrorCode.NONE, configs: [] })
})

const { INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode

test.each<[string, Resource, number]>([
  ['an unknown topic', { resourceName: 'b' }, UNKNOWN_TOPIC_OR_PARTITION],
  ['a bad name', { resourceName: 'a/b' }, INVALID_TOPIC_EXCEPTION],
  ['another broker', { resourceType: BROKER, resourceName: '2' }, INVALID_REQUEST],
  ['not a broker', { resourceType: BROKER, resourceName: 'x' }, INVALID_REQUEST],
  ['an unknown type', { resourceType: 99 }, INVALID_REQUEST],
  ['no subscription', { resourceType: 16, resourceName: '' }, INVALID_REQUEST],
  ['no group', { resourceType: 32, resourceName: '' }, INVALID_REQUEST],
])('%s', async (_what, resource, errorCode) => {
  await using rig = await HandlerRig.start()
  const result = await describeOne(rig, resource)
  expect(result).toMatchObject({ errorCode, configs: [] })
  expect(result.errorMessage).toMatch(/\w/)
})

test.each([8])('a resource of type %i has no configs', async (resourceType) => {
  await using rig = await HandlerRig.start()
  const result = await describeOne(rig, { resourceType, resourceName: '1' })
  expect(result).toMatchObject({ errorCode: ErrorCode.NONE, configs: [] })
})
