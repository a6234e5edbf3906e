import { silentLogger } from '@pafka/base'
import { SimulatedDisk } from '@pafka/log'
import { encodeRecordBatch, ErrorCode, ZERO_UUID } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { FailingFiles } from '../../test/failing-files.ts'
import { HandlerRig } from '../../test/handler-rig.ts'
import { CatalogLog } from './catalog-log.ts'
import type { NewTopic } from './topic-change.ts'
import { TopicCatalog } from './topic-catalog.ts'

function wanted(name: string, partitions: number): NewTopic {
  return { name, partitions, replicationFactor: 1, assignments: [], configs: new Map() }
}

/** What a catalog holds, without ids, as one comparable value. */
function told(topics: TopicCatalog): Record<string, string> {
  return Object.fromEntries(
    topics.all().map(({ name, partitions, configs }) => {
      for (const { log } of partitions) expect(log?.topic).toBe(name)
      return [name, `${partitions.length} ${[...configs].join(' ')}`]
    }),
  )
}

type Step = (topics: TopicCatalog) => Promise<{ errorCode: ErrorCode } | undefined>

/** A life of a catalog. Each step ends with what a client is told. */
const SCRIPT: readonly Step[] = [
  async (topics) => (await topics.create([wanted('a', 2)]))[0],
  async (topics) => (await topics.create([wanted('b', 1), wanted('c', 1)]))[0],
  async (topics) => (await topics.addPartitions([{ name: 'a', count: 4, assignments: null }]))[0],
  async (topics) => {
    await topics.changeConfigs('a', () => new Map([['retention.ms', '7']]))
    return undefined
  },
  async (topics) => (await topics.delete([{ name: 'b', id: null }]))[0],
  async (topics) => (await topics.create([wanted('b', 3)]))[0],
  async (topics) => (await topics.delete([{ name: 'a', id: null }]))[0],
]

/** @returns what was there after each step that a client was told of, the first before any. */
async function play(topics: TopicCatalog): Promise<Record<string, string>[]> {
  const states = [told(topics)]
  for (const step of SCRIPT) {
    try {
      const outcome = await step(topics)
      if ((outcome?.errorCode ?? ErrorCode.NONE) !== ErrorCode.NONE) break
    } catch {
      break
    }
    states.push(told(topics))
  }
  return states
}

test('killed at every operation: nothing told is lost, nothing deleted comes back', async () => {
  const whole = new FailingFiles()
  await using first = await HandlerRig.start({ files: whole.files })
  whole.operations = 0
  const states = await play(first.broker.topics)
  expect(states).toHaveLength(SCRIPT.length + 1)
  const { operations } = whole
  expect(operations).toBeGreaterThan(20)
  for (let failAt = 1; failAt <= operations; failAt += 1) {
    const disk = new FailingFiles()
    const rig = await HandlerRig.start({ files: disk.files })
    disk.operations = 0
    disk.failAt = failAt
    const lived = await play(rig.broker.topics)
    await using restarted = await HandlerRig.start({ files: await disk.copyOf('/data') })
    const { topics, logs } = restarted.broker
    const allowed = [states[lived.length - 1], states[lived.length]]
    expect(allowed, `after operation ${failAt}`).toContainEqual(told(topics))
    const folders = restarted.files.list('/data').filter((name) => /^[abc]-\d+$/.test(name))
    const known = topics
      .all()
      .flatMap(({ name, partitions }) => partitions.map(({ index }) => `${name}-${index}`))
    expect(folders.toSorted()).toEqual(known.toSorted())
    expect([...logs.logs()]).toHaveLength(known.length)
    expect((await restarted.createTopic('after')).errorCode).toBe(ErrorCode.NONE)
  }
})

test('a disk that fails is answered as such, and found again in order', async () => {
  const disk = new FailingFiles()
  const rig = await HandlerRig.start({ files: disk.files })
  await rig.createTopic('a')
  disk.operations = 0
  disk.failAt = 1
  const outcome = await rig.createTopic('b')
  expect(outcome).toMatchObject({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR, topic: null })
  expect(outcome.errorMessage).toMatch(/EIO/)
  const [deletion] = await rig.broker.topics.delete([{ name: 'a', id: null }])
  expect(deletion?.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR)
  expect(rig.broker.topics.all().map(({ name }) => name)).toEqual(['a'])
  disk.failAt = Number.POSITIVE_INFINITY
  expect((await rig.createTopic('b')).errorCode).toBe(ErrorCode.NONE)
  await using restarted = await rig.restart()
  expect(told(restarted.broker.topics)).toEqual({ a: '1 ', b: '1 ' })
})

test('folders that the catalog does not know become topics: a data folder of Kafka’s', async () => {
  const rig = await HandlerRig.start()
  const { topic } = await rig.createTopic('a', { partitions: 3 })
  await rig.append('a', [{ value: Buffer.from('kept') }], 1)
  await rig.broker.close()
  await rig.files.remove('/data/catalog.log')
  await rig.files.removeFolder('/data/a-0')
  await using adopted = await HandlerRig.start({ files: rig.files })
  const found = adopted.broker.topics.byId(topic?.id ?? ZERO_UUID)
  expect(found).toMatchObject({ name: 'a', internal: false })
  expect(found?.partitions.map(({ log }) => log?.logEndOffset)).toEqual([0, 1, 0])
  await using again = await adopted.restart()
  expect(told(again.broker.topics)).toEqual({ a: '3 ' })
})

test('a folder that is missing is made again', async () => {
  const rig = await HandlerRig.start()
  await rig.createTopic('a', { partitions: 2 })
  await rig.broker.close()
  await rig.files.removeFolder('/data/a-1')
  await using restarted = await HandlerRig.start({ files: rig.files })
  expect(told(restarted.broker.topics)).toEqual({ a: '2 ' })
  expect(restarted.files.stat('/data/a-1')?.isFolder).toBe(true)
})

test('folders that are no partitions of ours are left alone', async () => {
  const rig = await HandlerRig.start()
  await rig.createTopic('a')
  await rig.broker.close()
  for (const name of ['backup-20261121', 'a-20261121', '__cluster_metadata-0', 'a-1']) {
    rig.files.makeFolder(`/data/${name}`)
  }
  await using restarted = await HandlerRig.start({ files: rig.files })
  expect(told(restarted.broker.topics)).toEqual({ a: '1 ' })
  expect(restarted.files.list('/data')).toEqual(expect.arrayContaining(['backup-20261121', 'a-1']))
  const request = [{ name: 'a', count: 2, assignments: null }]
  const [outcome] = await restarted.broker.topics.addPartitions(request)
  expect(outcome).toMatchObject({
    errorCode: ErrorCode.KAFKA_STORAGE_ERROR,
    errorMessage: 'folder a-1 is there already',
  })
})

test('a folder of another topic in the place of one that is known stops the start', async () => {
  const rig = await HandlerRig.start()
  await rig.createTopic('a')
  await rig.createTopic('b')
  await rig.broker.close()
  await rig.files.removeFolder('/data/a-0')
  rig.files.rename('/data/b-0', '/data/a-0')
  await expect(HandlerRig.start({ files: rig.files })).rejects.toThrow(/a-0 says it is of topic/)
})

test('after an unclean stop the leader epoch rises, the old one has an end', async () => {
  await using rig = await HandlerRig.start()
  await rig.createTopic('a')
  await rig.append('a', [{ value: Buffer.from('v') }])
  const { logs, logger, config } = rig.broker
  const dirs = logs.dirs().map(({ directoryId: id, path }) => ({ id, path }))
  const log = await CatalogLog.open({ files: rig.files, dirs, logger })
  const topics = await TopicCatalog.open({ log, logs, logger, config, raiseLeaderEpoch: true })
  const partition = topics.byName('a')?.partitions[0]
  expect(partition?.leaderEpoch).toBe(1)
  expect(partition?.log?.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 1 })
  const again = await CatalogLog.open({ files: rig.files, dirs, logger })
  expect(again.state.leaderEpoch).toBe(1)
})

test('a kill raises the epoch of all partitions with one write, a stop does not', async () => {
  let disk = SimulatedDisk.create()
  const killed = async (): Promise<HandlerRig> => {
    disk = disk.kill()
    return HandlerRig.start({ files: disk })
  }
  const epochOf = ({ broker }: HandlerRig): number[] =>
    (broker.topics.byName('a')?.partitions ?? []).map(({ leaderEpoch }) => leaderEpoch)
  await HandlerRig.start({ files: disk })
  const first = await killed() // nobody had a topic yet
  await first.createTopic('a', { partitions: 2 })
  expect(epochOf(first)).toEqual([0, 0])
  await first.append('a', [{ value: Buffer.from('v') }])

  const second = await killed()
  expect(epochOf(second)).toEqual([1, 1])
  await second.append('a', [{ value: Buffer.from('w') }])
  const log = second.broker.topics.byName('a')?.partitions[0]?.log
  expect(log?.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 1 })
  expect([0, 1].map((offset) => log?.epochForOffset(offset))).toEqual([0, 1])

  const third = await second.restart()
  expect(epochOf(third)).toEqual([1, 1])
  expect(epochOf(await killed())).toEqual([2, 2])
})

test('a raised epoch is above any that a partition was written in', async () => {
  const disk = SimulatedDisk.create()
  const first = await HandlerRig.start({ files: disk })
  await first.createTopic('a')
  const records = Buffer.from(
    encodeRecordBatch({ records: [{ timestamp: 0, key: null, value: null, headers: [] }] }),
  )
  const log = first.broker.topics.byName('a')?.partitions[0]?.log
  expect(log?.appendAsLeader(records, { origin: 'client', leaderEpoch: 7 }).errorCode).toBe(0)
  await first.broker.logs.flush()
  const second = await HandlerRig.start({ files: disk.kill() })
  expect(second.broker.topics.byName('a')?.partitions[0]?.leaderEpoch).toBe(8)
})

test('observers are told of every change, when it can be seen', async () => {
  await using rig = await HandlerRig.start()
  const { topics } = rig.broker
  const seen: string[] = []
  const stop = topics.observe({
    created: ({ name }) => seen.push(`created ${topics.byName(name)?.name}`),
    partitionsAdded: ({ name, partitions }, from) =>
      seen.push(`${name} has ${partitions.length}, new from ${from}`),
    configsChanged: ({ name, configs }) => seen.push(`${name} ${[...configs].join()}`),
    brokerConfigsChanged: (config) => seen.push(`retention ${config.logRetentionMs}`),
    deleted: ({ name }) => seen.push(`deleted ${topics.byName(name)?.name ?? name}`),
  })
  await rig.createTopic('a')
  await topics.addPartitions([{ name: 'a', count: 3, assignments: null }])
  await topics.changeConfigs('a', () => new Map([['retention.ms', '7']]))
  await topics.changeBrokerConfigs('cluster', () => new Map([['log.retention.ms', '8']]))
  await topics.delete([{ name: 'a', id: null }])
  stop()
  await rig.createTopic('b')
  expect(seen).toEqual([
    'created a',
    'a has 3, new from 1',
    'a retention.ms,7',
    'retention 8',
    'deleted a',
  ])
})

test('a topic of the broker itself is made once, and gets the configs it lacks', async () => {
  await using rig = await HandlerRig.start()
  const { topics } = rig.broker
  const compact = new Map([['cleanup.policy', 'compact']])
  const name = '__consumer_offsets'
  const made = await Promise.all([
    topics.createInternal(name, 3, compact),
    topics.createInternal(name, 9, compact),
  ])
  expect(made[0]).toBe(made[1])
  expect(made[0].partitions).toHaveLength(3)
  const more = await topics.createInternal(name, 3, new Map([['segment.bytes', '2097152']]))
  expect([...more.configs.keys()].toSorted()).toEqual(['cleanup.policy', 'segment.bytes'])
})

test('1,000 topics of 10 partitions take few operations each', async () => {
  const disk = new FailingFiles()
  await using rig = await HandlerRig.start({ files: disk.files })
  disk.operations = 0
  const thousand = Array.from({ length: 1000 }, (_, at) => wanted(`topic-${at}`, 10))
  const outcomes = await rig.broker.topics.create(thousand)
  expect(outcomes.every(({ errorCode }) => errorCode === ErrorCode.NONE)).toBe(true)
  expect(rig.broker.topics.totalPartitions).toBe(10_000)
  expect(disk.operations).toBeLessThan(5 * 10_000)
})

test('a stored config that cannot be is told of at every start', async () => {
  const warnings: unknown[] = []
  const logger = {
    ...silentLogger,
    warn: (event: string, fields?: object) => warnings.push({ event, ...fields }),
  }
  await using first = await HandlerRig.start({ logger })
  await first.broker.topics.createInternal('inner', 1, new Map([['segment.bytes', '100000']]))
  const warning = {
    event: 'topic-config-does-not-count',
    topic: 'inner',
    problem: expect.stringContaining('100000 for configuration segment.bytes') as string,
  }
  expect(warnings).toEqual([warning])
  await using _second = await first.restart({ logger })
  expect(warnings).toEqual([warning, warning])
})

test('a topic keeps a channel that is not served any more, and is served', async () => {
  const warnings: unknown[] = []
  const logger = {
    ...silentLogger,
    warn: (event: string, fields?: object) => warnings.push({ event, ...fields }),
  }
  await using first = await HandlerRig.start({ logger })
  const configs = new Map([['channel.type', 'journal']])
  const [made] = await first.broker.topics.create([{ ...wanted('plain', 1), configs }])
  expect([made?.errorCode, warnings]).toEqual([ErrorCode.NONE, []])
  const settings = { 'log.channel.type': 'file' }
  await using second = await first.restart({ logger, settings })
  const problem =
    'channel.type journal is not served yet: only the value of log.channel.type is, file'
  expect(warnings).toEqual([{ event: 'topic-config-does-not-count', topic: 'plain', problem }])
  expect(second.broker.topics.byName('plain')?.partitions[0]?.log?.isOnline).toBe(true)
})
