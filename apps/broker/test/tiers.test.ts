import { MIB, silentLogger } from '@pafka/base'
import { SimulatedDisk } from '@pafka/log'
import {
  CreateTopics,
  DescribeConfigs,
  DescribeLogDirs,
  ErrorCode,
  errorName,
  IncrementalAlterConfigs,
} from '@pafka/protocol'
import { beforeEach, expect, test } from 'vitest'

import type { HandlerRig } from './handler-rig.ts'
import { appendMib, HALF_MIB, passSeconds, startTiers, TIER_DIRS, usedMib } from './tier-rig.ts'

/** Two of 80 MiB are the fast tier. */
const TWO_FAST = ['/fast', '/fast2', '/slow', '/meta']
const TWO_PATHS = { 'storage.tiers.first.paths': '/fast,/fast2' }
const MOUNTS = ['/fast', '/fast2', '/slow']

let files: SimulatedDisk
let events: string[]

const logger = {
  ...silentLogger,
  error: (event: string) => void events.push(event),
  warn: (event: string) => void events.push(event),
}

function start(
  settings: Record<string, string> = {},
  dirs: readonly string[] = TIER_DIRS,
): Promise<HandlerRig> {
  return startTiers(settings, { files, logger, dirs })
}

async function countOf(rig: HandlerRig, partition: number): Promise<number> {
  const log = rig.broker.topics.byName('t')?.partitions[partition]?.log
  if (log === undefined) return -1
  let count = 0
  for (let offset = 0; offset < log.highWatermark;) {
    const read = await log.read(offset, 10 * MIB, { minOneBatch: true, upTo: log.highWatermark })
    expect(read.errorCode).toBe(ErrorCode.NONE)
    count += read.nextOffset - offset
    offset = read.nextOffset
    read.release()
  }
  return count
}

beforeEach(() => {
  files = SimulatedDisk.create()
  files.mounts = MOUNTS
  events = []
})

test('what is above the threshold moves to the next tier, and is read from there', async () => {
  const rig = await start()
  await rig.createTopic('t', { partitions: 2, configs: { 'segment.bytes': String(4 * MIB) } })
  await appendMib(rig, 60)
  await passSeconds(rig, 10)
  const [fast = 0, slow = 0] = usedMib(rig)
  expect(slow).toBeGreaterThan(15)
  expect(fast).toBeLessThanOrEqual(40)
  expect(await countOf(rig, 0)).toBe(120)
  await rig.broker.close()
  const again = await start()
  expect(await countOf(again, 0)).toBe(120)
  await again.broker.close()
  expect(events).toEqual([])
})

test('a full path of the fast tier is drained, though its neighbour is empty', async () => {
  await using rig = await start(TWO_PATHS, TWO_FAST)
  await rig.createTopic('t')
  await appendMib(rig, 70)
  await passSeconds(rig, 20)
  const [fast = 0, neighbour = 0] = usedMib(rig)
  expect(rig.broker.storagePressure.pressure).toBe(0)
  expect([fast <= 40, neighbour <= 32, fast + neighbour > 40]).toEqual([true, true, true])
  await appendMib(rig, 30)
  await passSeconds(rig, 20)
  await appendMib(rig, 30)
  await passSeconds(rig, 20)
  const [, , slow = 0] = usedMib(rig)
  expect(slow).toBeGreaterThan(40)
  expect(await countOf(rig, 0)).toBe(260)
})

test('what a full path does not take begins on its neighbour, where the policy is so', async () => {
  await using rig = await start(
    {
      ...TWO_PATHS,
      'storage.migrate.threshold': '-1',
      'storage.tiers.full.policy': 'spill',
    },
    TWO_FAST,
  )
  await rig.createTopic('t')
  await appendMib(rig, 50)
  await passSeconds(rig, 2)
  await appendMib(rig, 60)
  await passSeconds(rig, 2)
  const [fast = 0, neighbour = 0, slow = 0] = usedMib(rig)
  expect([fast <= 62, neighbour >= 48, slow]).toEqual([true, true, 0])
  expect(rig.broker.storagePressure.pressure).toBe(0)
  expect(await countOf(rig, 0)).toBe(220)
})

test('partitions whose one segment is not full do not keep the fast tier full', async () => {
  await using rig = await start({ 'storage.tiers.first.sizes': String(40 * MIB) })
  await rig.createTopic('t', { partitions: 8 })
  for (let partition = 0; partition < 8; partition++) await appendMib(rig, 3, partition)
  await passSeconds(rig, 20)
  const [fast = 0, slow = 0] = usedMib(rig)
  expect([fast <= 20, slow >= 8]).toEqual([true, true])
  for (let partition = 0; partition < 8; partition++) {
    expect(await countOf(rig, partition)).toBe(6)
    await appendMib(rig, 1, partition)
  }
  expect(await countOf(rig, 0)).toBe(8)
})

test('a small fast tier has room for its journal, and for what is moved', async () => {
  await using rig = await start({
    'log.journal.dir': '/fast/journal',
    'storage.tiers.first.sizes': String(48 * MIB),
  })
  await rig.createTopic('t')
  for (let times = 0; times < 15; times++) {
    await appendMib(rig, 8)
    await passSeconds(rig, 6)
    expect(rig.broker.storagePressure.pressure).toBeLessThan(1)
  }
  const [fast = 0, slow = 0] = usedMib(rig)
  expect([fast <= 24, slow >= 90, rig.broker.logs.journal?.limitBytes]).toEqual([
    ...[true, true],
    12 * MIB,
  ])
  expect(await countOf(rig, 0)).toBe(240)
})

test('many partitions with little each do not keep the fast tier full', async () => {
  await using rig = await start({ 'storage.tiers.first.sizes': String(40 * MIB) })
  await rig.createTopic('t', { partitions: 48 })
  for (let partition = 0; partition < 48; partition++) {
    await rig.append('t', [{ value: HALF_MIB }], partition)
  }
  await passSeconds(rig, 20)
  expect(usedMib(rig)[0]).toBeLessThanOrEqual(20)
})

test('producers are slowed before a disk is full where nothing moves for room', async () => {
  await using rig = await start({ 'storage.migrate.threshold': '-1' })
  await rig.createTopic('t')
  await appendMib(rig, 77)
  await passSeconds(rig, 2)
  expect(rig.broker.storagePressure.pressure).toBeGreaterThan(0.5)
})

test('where nothing moves for room nobody is held: a full path refuses appends', async () => {
  await using rig = await start({ 'storage.migrate.threshold': '-1' })
  await rig.createTopic('t')
  await expect(
    (async () => {
      for (let mib = 0; mib < 100; mib += 1) {
        await appendMib(rig, 1)
        await passSeconds(rig, 1)
        expect(rig.broker.storagePressure.pressure).toBeLessThan(1)
      }
    })(),
  ).rejects.toThrow('disk is nearly full')
  const [fast = 0, slow] = usedMib(rig)
  expect([fast >= 76, slow]).toEqual([true, 0])
})

test('a threshold near the end still moves what the fast tier has no room for', async () => {
  await using rig = await start({ 'storage.migrate.threshold': '1' })
  await rig.createTopic('t')
  for (let times = 0; times < 20; times++) {
    await appendMib(rig, 7)
    await passSeconds(rig, 6)
    expect(rig.broker.storagePressure.pressure).toBeLessThan(1)
  }
  expect(usedMib(rig)[1]).toBeGreaterThan(60)
})

test('where the policy is to spill nobody is slowed: segments begin on the next tier', async () => {
  const rig = await start({
    'storage.migrate.threshold': '-1',
    'storage.tiers.full.policy': 'spill',
  })
  await rig.createTopic('t', { partitions: 2 })
  await appendMib(rig, 50)
  await passSeconds(rig, 2)
  await appendMib(rig, 60)
  await appendMib(rig, 10, 1)
  await passSeconds(rig, 2)
  const [fast = 0, slow = 0] = usedMib(rig)
  expect(rig.broker.storagePressure.pressure).toBe(0)
  expect([fast <= 62, slow >= 58]).toEqual([true, true])
  await rig.createTopic('later')
  const later = rig.broker.topics.byName('later')?.partitions[0]?.log
  expect(later?.dir).toBe('/slow')
  expect([await countOf(rig, 0), await countOf(rig, 1)]).toEqual([220, 20])
  await rig.broker.close()
  const again = await start()
  expect([await countOf(again, 0), await countOf(again, 1)]).toEqual([220, 20])
  await again.broker.close()
  expect(events).toEqual([])
})

test('where no tier has room for it spilling ends, and producers are slowed', async () => {
  await using rig = await start({
    'storage.migrate.threshold': '-1',
    'storage.tiers.full.policy': 'spill',
    'storage.tiers.second.sizes': String(40 * MIB),
  })
  await rig.createTopic('t')
  await appendMib(rig, 60)
  await passSeconds(rig, 2)
  expect(rig.broker.storagePressure.pressure).toBe(0)
  await appendMib(rig, 35)
  await passSeconds(rig, 2)
  await appendMib(rig, 12)
  await passSeconds(rig, 2)
  expect(rig.broker.storagePressure.pressure).toBeGreaterThan(0.5)
})

test('a tier that is not there takes down what lies on it, and nothing else', async () => {
  const rig = await start()
  await rig.createTopic('t', { partitions: 2, configs: { 'segment.bytes': String(4 * MIB) } })
  await appendMib(rig, 60)
  await passSeconds(rig, 10)
  await appendMib(rig, 1, 1)
  await rig.broker.close()
  const without = await start({}, ['/fast', '/meta'])
  const log = without.broker.topics.byName('t')?.partitions[0]?.log
  const read = await log?.read(0, MIB, { minOneBatch: true, upTo: log.highWatermark })
  expect(read?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  expect([log?.highWatermark, await countOf(without, 1)]).toEqual([120, 2])
  expect(events).toEqual(['log-dir-not-configured'])
  await appendMib(without, 1)
  await appendMib(without, 1, 1)
  await without.broker.close()
  const again = await start()
  expect([await countOf(again, 0), await countOf(again, 1)]).toEqual([122, 4])
  await again.broker.close()
})

test('each path tells what lies there', async () => {
  await using rig = await start()
  await rig.createTopic('t', { configs: { 'segment.bytes': String(4 * MIB) } })
  await appendMib(rig, 60)
  await passSeconds(rig, 10)
  const { results } = await rig.ask(DescribeLogDirs, 4, { topics: null })
  const sizes = new Map(
    results.map(({ logDir, topics }) => {
      const partitions = topics.flatMap((topic) => topic.partitions)
      return [logDir, partitions.reduce((sum, one) => sum + one.partitionSize, 0)]
    }),
  )
  const [fast, slow] = rig.broker.logs.tiers.paths().map(({ usedBytes }) => usedBytes)
  expect([sizes.get('/fast'), sizes.get('/slow')]).toEqual([fast, slow])
  expect(slow).toBeGreaterThan(15 * MIB)
})

interface Wanted {
  readonly name: string
  readonly value: string
}

const SMALL: Wanted = { name: 'segment.bytes', value: String(4 * MIB) }

/** Through the API. @returns the code, and what it says of it */
async function create(rig: HandlerRig, name: string, configs: readonly Wanted[]): Promise<string> {
  const topic = { name, numPartitions: 1, replicationFactor: -1, assignments: [] }
  const wanted = { topics: [{ ...topic, configs: [SMALL, ...configs] }] }
  const asked = { ...wanted, timeoutMs: 1000, validateOnly: false }
  const { topics } = await rig.ask(CreateTopics, 7, asked)
  return `${errorName(topics[0]?.errorCode ?? -1)}: ${topics[0]?.errorMessage ?? ''}`
}

async function alter(rig: HandlerRig, name: string, configs: readonly Wanted[]): Promise<string> {
  const changes = configs.map((each) => ({ ...each, configOperation: 0 }))
  const { responses } = await rig.ask(IncrementalAlterConfigs, 1, {
    resources: [{ resourceType: 2, resourceName: name, configs: changes }],
    validateOnly: false,
  })
  return `${errorName(responses[0]?.errorCode ?? -1)}: ${responses[0]?.errorMessage ?? ''}`
}

/** MiB of a topic in each log dir. */
function bytesOf({ broker }: HandlerRig, name: string): Record<string, number> {
  const log = broker.topics.byName(name)?.partitions[0]?.log
  if (log === undefined) throw new Error(`${name} is offline`)
  const places = [...broker.logs.placesOf(log)]
  return Object.fromEntries(places.map(([path, bytes]) => [path, Math.round(bytes / MIB)]))
}

test('a topic has its home where it wants it', async () => {
  await using rig = await start()
  expect(await create(rig, 'any', [])).toBe('NONE: ')
  expect(await create(rig, 'pinned', [{ name: 'storage.tier.pin', value: 'HDD' }])).toBe('NONE: ')
  expect(await create(rig, 'not', [{ name: 'storage.tier.exclude', value: 'NVME' }])).toBe('NONE: ')
  expect(await create(rig, 'soft', [{ name: 'storage.tier.prefer', value: 'HDD' }])).toBe('NONE: ')
  expect(await create(rig, 'no', [{ name: 'storage.tier.pin', value: 'SSD' }])).toBe(
    'INVALID_CONFIG: Invalid value SSD for configuration storage.tier.pin: ' +
      'String must be one of: NVME, HDD',
  )
  const homes = ['any', 'pinned', 'not', 'soft'].map((name) => Object.keys(bytesOf(rig, name)))
  expect(homes).toEqual([['/fast'], ['/slow'], ['/slow'], ['/slow']])
  const asked = { resourceType: 2, resourceName: 'pinned', configurationKeys: ['storage.tier.pin'] }
  const { results } = await rig.ask(DescribeConfigs, 4, {
    ...{ resources: [asked], includeSynonyms: true, includeDocumentation: false },
  })
  expect(results[0]?.configs).toMatchObject([{ name: 'storage.tier.pin', value: 'HDD' }])
})

test('what a topic wants can be changed, and what it has is moved', async () => {
  const rig = await start()
  await create(rig, 't', [])
  await appendMib(rig, 20)
  await passSeconds(rig, 3)
  expect(bytesOf(rig, 't')).toEqual({ '/fast': 20 })
  const torn = [
    { name: 'storage.tier.pin', value: 'HDD' },
    { name: 'storage.tier.exclude', value: 'HDD' },
  ]
  expect(await alter(rig, 't', torn)).toContain('INVALID_CONFIG: conflict topic config setting')
  expect(await alter(rig, 't', torn.slice(0, 1))).toBe('NONE: ')
  await passSeconds(rig, 3)
  expect(bytesOf(rig, 't')['/slow']).toBeGreaterThanOrEqual(16)
  await rig.broker.close()
  const again = await start()
  expect(await countOf(again, 0)).toBe(40)
  expect(await alter(again, 't', [{ name: 'storage.tier.pin', value: 'NVME' }])).toBe('NONE: ')
  await passSeconds(again, 3)
  expect(bytesOf(again, 't')).toEqual({ '/fast': 20 })
  expect(await countOf(again, 0)).toBe(40)
  await again.broker.close()
  expect(events).toEqual([])
})

test('a topic that is pinned to the fast tier stays there while others give way', async () => {
  await using rig = await start()
  await rig.createTopic('t', { configs: { 'segment.bytes': String(4 * MIB) } })
  await create(rig, 'stays', [{ name: 'storage.tier.pin', value: 'NVME' }])
  for (let left = 50; left > 0; left--) await rig.append('stays', [{ value: HALF_MIB }])
  await appendMib(rig, 40)
  await passSeconds(rig, 10)
  expect(bytesOf(rig, 'stays')).toEqual({ '/fast': 25 })
  expect(bytesOf(rig, 't')['/slow']).toBeGreaterThan(20)
})
