import {
  AlterConfigs,
  DescribeConfigs,
  ErrorCode,
  IncrementalAlterConfigs,
  ListConfigResources,
} from '@pafka/protocol'
import { expect, test } from 'vitest'

import { FailingFiles } from './failing-files.ts'
import { HandlerRig } from './handler-rig.ts'

const CLIENT_METRICS = 16
const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3
const SET_BY_SUBSCRIPTION = 7
const DEFAULT = 5

type Change = readonly [name: string, configOperation: number, value: string | null]

async function alter(
  rig: HandlerRig,
  resourceName: string,
  changes: readonly Change[],
  validateOnly = false,
): Promise<{ errorCode: number; errorMessage: string | null }> {
  const configs = changes.map(([name, configOperation, value]) => ({
    name,
    configOperation,
    value,
  }))
  const resources = [{ resourceType: CLIENT_METRICS, resourceName, configs }]
  const { responses } = await rig.ask(IncrementalAlterConfigs, 1, { resources, validateOnly })
  const [{ errorCode, errorMessage } = { errorCode: -1, errorMessage: null }] = responses
  return { errorCode, errorMessage }
}

async function described(rig: HandlerRig, resourceName: string): Promise<object | undefined> {
  const resources = [{ resourceType: CLIENT_METRICS, resourceName, configurationKeys: null }]
  const wishes = { includeSynonyms: true, includeDocumentation: false }
  const { results } = await rig.ask(DescribeConfigs, 4, { resources, ...wishes })
  const configs = results[0]?.configs ?? []
  return Object.fromEntries(configs.map((one) => [one.name, [one.value, one.configSource]]))
}

async function listed(rig: HandlerRig): Promise<string[]> {
  const answer = await rig.ask(ListConfigResources, 0, { resourceTypes: [] })
  return answer.configResources.map(({ resourceName }) => resourceName)
}

test('a subscription is there from its first config to its last', async () => {
  await using rig = await HandlerRig.start()
  const begin: Change[] = [
    ['interval.ms', SET, '1000'],
    ['metrics', APPEND, 'org.apache.kafka.producer.'],
    ['match', SET, ' client_id = a.*,client_source_port=1.*'],
  ]
  expect(await alter(rig, 'a b/c', begin)).toMatchObject({ errorCode: ErrorCode.NONE })
  await alter(rig, 'a', [['metrics', SET, '*']])
  expect(await listed(rig)).toEqual(['a', 'a b/c'])
  await alter(rig, 'a b/c', [['metrics', APPEND, 'x']])
  await alter(rig, 'a b/c', [['match', SUBTRACT, 'client_source_port=1.*']])
  expect(await described(rig, 'a b/c')).toEqual({
    'interval.ms': ['1000', SET_BY_SUBSCRIPTION],
    match: ['client_id = a.*', SET_BY_SUBSCRIPTION],
    metrics: ['org.apache.kafka.producer.,x', SET_BY_SUBSCRIPTION],
  })
  await using restarted = await rig.restart()
  expect(await listed(restarted)).toEqual(['a', 'a b/c'])
  await alter(restarted, 'a b/c', [
    ['interval.ms', DELETE, null],
    ['match', DELETE, null],
    ['metrics', DELETE, null],
  ])
  expect(await listed(restarted)).toEqual(['a'])
})

test('one that is not there has defaults, and is not made by looking at it', async () => {
  await using rig = await HandlerRig.start()
  expect(await described(rig, 'a')).toEqual({
    'interval.ms': ['300000', DEFAULT],
    match: ['', DEFAULT],
    metrics: ['', DEFAULT],
  })
  expect(await alter(rig, 'a', [['metrics', DELETE, null]])).toMatchObject({ errorCode: 0 })
  expect(await alter(rig, 'a', [['metrics', SET, 'x']], true)).toMatchObject({ errorCode: 0 })
  expect([await listed(rig), rig.broker.clientMetrics.version]).toEqual([[], 0])
})

test('the older API replaces all configs', async () => {
  await using rig = await HandlerRig.start()
  await alter(rig, 'a', [['metrics', SET, 'x']])
  const configs = [{ name: 'interval.ms', value: '300' }]
  const resources = [{ resourceType: CLIENT_METRICS, resourceName: 'a', configs }]
  await rig.ask(AlterConfigs, 2, { resources, validateOnly: false })
  expect(rig.broker.clientMetrics.of('a')).toEqual(new Map([['interval.ms', '300']]))
})

const { INVALID_CONFIG, INVALID_REQUEST } = ErrorCode

test.each<[Change, number]>([
  [['interval.ms', SET, '99'], INVALID_CONFIG],
  [['interval.ms', SET, '3600001'], INVALID_CONFIG],
  [['interval.ms', SET, 'often'], INVALID_CONFIG],
  [['interval.ms', APPEND, '1'], INVALID_CONFIG],
  [['match', SET, 'client=a'], INVALID_CONFIG],
  [['match', SET, 'client_id=['], INVALID_CONFIG],
  [['interval', SET, '100'], INVALID_REQUEST],
  [['metrics', SET, null], INVALID_REQUEST],
])('%j is refused, and what is beside it', async (change, errorCode) => {
  await using rig = await HandlerRig.start()
  await alter(rig, 'a', [['metrics', SET, 'before']])
  const answer = await alter(rig, 'a', [['metrics', SET, 'after'], change])
  expect(answer.errorCode).toBe(errorCode)
  expect(answer.errorMessage).toMatch(/\w/)
  expect(rig.broker.clientMetrics.of('a')).toEqual(new Map([['metrics', 'before']]))
})

test.each(['', 'x'.repeat(250)])('a subscription is not named %j', async (name) => {
  await using rig = await HandlerRig.start()
  const { errorCode } = await alter(rig, name, [['metrics', SET, 'x']])
  expect([errorCode, await listed(rig)]).toEqual([INVALID_REQUEST, []])
})

test('there is an end to subscriptions, but not to their changes', async () => {
  await using rig = await HandlerRig.start()
  const change: Change[] = [['metrics', SET, 'x']]
  const names = Array.from({ length: 1001 }, (_, at) => `s${at}`)
  const answers = await Promise.all(names.map((name) => alter(rig, name, change)))
  const codes = answers.map(({ errorCode }) => errorCode)
  expect(codes.filter((code) => code === ErrorCode.POLICY_VIOLATION)).toHaveLength(1)
  expect(codes.at(-1)).toBe(ErrorCode.POLICY_VIOLATION)
  expect(await alter(rig, 's0', [['metrics', SET, 'y']])).toMatchObject({ errorCode: 0 })
})

test('a disk that fails leaves a subscription as it was, and says so', async () => {
  const disk = new FailingFiles()
  await using rig = await HandlerRig.start({ files: disk.files })
  disk.failAt = disk.operations + 1
  const { errorCode } = await alter(rig, 'a', [['metrics', SET, 'x']])
  disk.failAt = Number.POSITIVE_INFINITY
  expect([errorCode, await listed(rig)]).toEqual([ErrorCode.KAFKA_STORAGE_ERROR, []])
})
