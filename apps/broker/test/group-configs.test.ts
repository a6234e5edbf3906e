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

const GROUP = 32
const SET = 0
const DELETE = 1
const APPEND = 2
const SET_BY_GROUP = 8
const DEFAULT = 5

type Change = readonly [name: string, value: string | null, configOperation?: number]

async function alter(
  rig: HandlerRig,
  resourceName: string,
  changes: readonly Change[],
  validateOnly = false,
): Promise<{ errorCode: number; errorMessage: string | null }> {
  const configs = changes.map(([name, value, configOperation = SET]) => ({
    name,
    configOperation,
    value,
  }))
  const resources = [{ resourceType: GROUP, resourceName, configs }]
  const { responses } = await rig.ask(IncrementalAlterConfigs, 1, { resources, validateOnly })
  const [{ errorCode, errorMessage } = { errorCode: -1, errorMessage: null }] = responses
  return { errorCode, errorMessage }
}

interface Described {
  readonly errorCode: number
  /** Value, source, and synonyms as `name=value@source`, by name. */
  readonly configs: Readonly<Record<string, readonly unknown[]>>
}

async function describe(rig: HandlerRig, resourceName: string): Promise<Described> {
  const resources = [{ resourceType: GROUP, resourceName, configurationKeys: null }]
  const wishes = { includeSynonyms: true, includeDocumentation: false }
  const { results } = await rig.ask(DescribeConfigs, 4, { resources, ...wishes })
  const configs: Record<string, readonly unknown[]> = {}
  for (const { name, value, configSource, synonyms } of results[0]?.configs ?? []) {
    const said = synonyms.map((one) => `${one.name}=${one.value}@${one.source}`)
    configs[name] = [value, configSource, ...said]
  }
  return { errorCode: results[0]?.errorCode ?? -1, configs }
}

async function listed(rig: HandlerRig): Promise<string[]> {
  const answer = await rig.ask(ListConfigResources, 1, { resourceTypes: [GROUP] })
  return answer.configResources.map(({ resourceName }) => resourceName)
}

const OK = { errorCode: ErrorCode.NONE, errorMessage: null }
const DURATION = 'by_duration:P1DT2H3M4.5S'

test('a group has configs from its first to its last, over a restart, too', async () => {
  await using rig = await HandlerRig.start()
  expect(await alter(rig, 'g', [['consumer.session.timeout.ms', '50000']])).toEqual(OK)
  expect(await alter(rig, 'b c/d', [['share.auto.offset.reset', DURATION]])).toEqual(OK)
  expect(await listed(rig)).toEqual(['b c/d', 'g'])
  await using restarted = await rig.restart()
  expect(await listed(restarted)).toEqual(['b c/d', 'g'])
  const { configs } = await describe(restarted, 'g')
  expect(configs['consumer.session.timeout.ms']).toEqual([
    '50000',
    SET_BY_GROUP,
    `consumer.session.timeout.ms=50000@${SET_BY_GROUP}`,
    `group.consumer.session.timeout.ms=45000@${DEFAULT}`,
  ])
  await alter(restarted, 'g', [['consumer.session.timeout.ms', null, DELETE]])
  expect(await listed(restarted)).toEqual(['b c/d'])
})

test('one that is not there has those of the broker, and is not made by a look', async () => {
  const settings = { 'group.consumer.session.timeout.ms': 60_000 }
  await using rig = await HandlerRig.start({ settings })
  const { configs } = await describe(rig, 'g')
  expect(Object.keys(configs)).toHaveLength(17)
  expect(configs['consumer.session.timeout.ms']).toEqual([
    '60000',
    4, // set when the broker was started
    'group.consumer.session.timeout.ms=60000@4',
    `group.consumer.session.timeout.ms=45000@${DEFAULT}`,
  ])
  const reset = 'share.auto.offset.reset'
  expect(configs[reset]).toEqual(['latest', DEFAULT, `${reset}=latest@${DEFAULT}`])
  expect(await alter(rig, 'g', [['nothing', null, DELETE]])).toEqual(OK)
  expect(await alter(rig, 'g', [['share.delivery.count.limit', '7']], true)).toEqual(OK)
  expect([await listed(rig), rig.broker.groupConfigs.version]).toEqual([[], 0])
})

test('the older API replaces all configs', async () => {
  await using rig = await HandlerRig.start()
  await alter(rig, 'g', [['share.delivery.count.limit', '7']])
  const configs = [{ name: 'share.isolation.level', value: 'read_committed' }]
  const resources = [{ resourceType: GROUP, resourceName: 'g', configs }]
  await rig.ask(AlterConfigs, 2, { resources, validateOnly: false })
  expect([...rig.broker.groupConfigs.of('g')]).toEqual([
    ['share.isolation.level', 'read_committed'],
  ])
})

const OFFSET_RESET = "either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'"

// in the words of Kafka 4.3.1
test.each<readonly [string, string, string]>([
  ['consumer.session.timeout.ms', '500', 'equal to group.consumer.min.session.timeout.ms'],
  ['consumer.session.timeout.ms', '60001', 'equal to group.consumer.max.session.timeout.ms'],
  ['consumer.session.timeout.ms', 'x', 'Not a number of type INT'],
  ['consumer.session.timeout.ms', '-1', 'Value must be at least 1'],
  ['consumer.heartbeat.interval.ms', '4000', 'group.consumer.min.heartbeat.interval.ms'],
  ['consumer.heartbeat.interval.ms', '15001', 'group.consumer.max.heartbeat.interval.ms'],
  ['consumer.assignment.interval.ms', '15001', 'group.consumer.max.assignment.interval.ms'],
  ['share.session.timeout.ms', '60001', 'equal to group.share.max.session.timeout.ms'],
  ['share.record.lock.duration.ms', '1000', 'group.share.min.record.lock.duration.ms'],
  ['share.delivery.count.limit', '1', 'Value must be at least 2'],
  ['share.delivery.count.limit', '11', 'group.share.max.delivery.count.limit'],
  ['share.partition.max.record.locks', '4001', 'group.share.max.partition.max.record.locks'],
  ['share.auto.offset.reset', 'by_duration:-PT1H', OFFSET_RESET],
  ['share.auto.offset.reset', 'EARLIEST', OFFSET_RESET],
  ['share.isolation.level', 'READ_COMMITTED', 'one of: read_committed, read_uncommitted'],
  ['share.renew.acknowledge.enable', 'maybe', 'Expected value to be either true or false'],
  ['streams.num.standby.replicas', '3', 'less than or equal to group.streams.max.standby.replicas'],
  ['streams.assignment.interval.ms', '15001', 'group.streams.max.assignment.interval.ms'],
  ['nothing', '1', 'Unknown group config name: nothing'],
])('%s=%s is refused, and what is beside it', async (name, value, words) => {
  await using rig = await HandlerRig.start()
  await alter(rig, 'g', [['streams.num.standby.replicas', '1']])
  const { errorCode, errorMessage } = await alter(rig, 'g', [
    ['streams.initial.rebalance.delay.ms', '7'],
    [name, value],
  ])
  expect(errorCode).toBe(ErrorCode.INVALID_CONFIG)
  expect(errorMessage).toContain(words)
  expect([...rig.broker.groupConfigs.of('g')]).toEqual([['streams.num.standby.replicas', '1']])
})

test('a session is longer than a heartbeat, where the bounds would let it be shorter', async () => {
  const settings = { 'group.share.min.session.timeout.ms': 5001 }
  await using rig = await HandlerRig.start({ settings })
  const { errorMessage } = await alter(rig, 'g', [
    ['share.session.timeout.ms', '6000'],
    ['share.heartbeat.interval.ms', '6000'],
  ])
  expect(errorMessage).toBe(
    'share.session.timeout.ms must be greater than share.heartbeat.interval.ms',
  )
})

test('no group, and a list made of a number, are refused', async () => {
  await using rig = await HandlerRig.start()
  const session: Change = ['consumer.session.timeout.ms', '50000']
  expect(await alter(rig, '', [session])).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST })
  expect(await describe(rig, '')).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST })
  const appended = await alter(rig, 'g', [[session[0], session[1], APPEND]])
  expect(appended.errorCode).toBe(ErrorCode.INVALID_CONFIG)
})

test('what counts follows each change, and stays within bounds that became narrower', async () => {
  await using rig = await HandlerRig.start()
  const before = rig.broker.groupConfigs.valuesOf('g')
  expect(before).toMatchObject({
    consumerSessionTimeoutMs: 45_000,
    shareIsolationLevel: 'read_uncommitted',
  })
  await alter(rig, 'g', [
    ['consumer.session.timeout.ms', '55000'],
    ['streams.num.standby.replicas', '2'],
  ])
  const values = rig.broker.groupConfigs.valuesOf('g')
  expect(values).toMatchObject({ consumerSessionTimeoutMs: 55_000, streamsNumStandbyReplicas: 2 })
  expect(rig.broker.groupConfigs.valuesOf('g')).toBe(values)
  expect(rig.broker.groupConfigs.valuesOf('h')).toEqual(before)
  const settings = {
    'group.consumer.max.session.timeout.ms': 50_000,
    'group.streams.max.standby.replicas': 0,
  }
  await using narrower = await rig.restart({ settings })
  expect(narrower.broker.groupConfigs.valuesOf('g')).toMatchObject({
    consumerSessionTimeoutMs: 50_000,
    streamsNumStandbyReplicas: 0,
  })
})

test('a disk that fails leaves a group as it was, and says so', async () => {
  const disk = new FailingFiles()
  await using rig = await HandlerRig.start({ files: disk.files })
  disk.failAt = disk.operations + 1
  const { errorCode } = await alter(rig, 'g', [['share.delivery.count.limit', '7']])
  disk.failAt = Number.POSITIVE_INFINITY
  expect([errorCode, await listed(rig)]).toEqual([ErrorCode.KAFKA_STORAGE_ERROR, []])
  expect(rig.broker.groupConfigs.valuesOf('g')).toMatchObject({ shareDeliveryCountLimit: 5 })
})
