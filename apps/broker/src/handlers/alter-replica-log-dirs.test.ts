import { memoryFileSystem } from '@pafka/log'
import { AlterReplicaLogDirs, DescribeLogDirs, ErrorCode } from '@pafka/protocol'
import { expect, test } from 'vitest'

import { HandlerRig, type HandlerRigOptions } from '../../test/handler-rig.ts'

const { NONE, LOG_DIR_NOT_FOUND, REPLICA_NOT_AVAILABLE, INVALID_TOPIC_EXCEPTION } = ErrorCode

async function rigOf(options: HandlerRigOptions = {}): Promise<HandlerRig> {
  const files = memoryFileSystem()
  const rig = await HandlerRig.start({ files, dirs: ['/a', '/b'], ...options })
  const topics = [{ name: 't', partitions: [0] }]
  await rig.ask(AlterReplicaLogDirs, 2, { dirs: [{ path: '/a', topics }] })
  await rig.createTopic('t')
  return rig
}

interface Asked {
  readonly name?: string
  readonly partitions?: number[]
  readonly version?: number
}

async function codesOf(
  rig: HandlerRig,
  path: string,
  { name = 't', partitions = [0], version = 2 }: Asked = {},
): Promise<number[]> {
  const dirs = [{ path, topics: [{ name, partitions }] }]
  const { results } = await rig.ask(AlterReplicaLogDirs, version, { dirs })
  return results.flatMap((one) => one.partitions.map(({ errorCode }) => errorCode))
}

function dirOf(rig: HandlerRig): string | undefined {
  return rig.broker.topics.byName('t')?.partitions[0]?.log?.dir
}

async function settled(rig: HandlerRig): Promise<void> {
  const { partitionMoves } = rig.broker
  for (let turn = 0; turn < 10_000 && partitionMoves.underWay > 0; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(partitionMoves.underWay).toBe(0)
}

/** Where the partition is, and where it is to come to. */
async function described(rig: HandlerRig): Promise<object[]> {
  const { results } = await rig.ask(DescribeLogDirs, 4, { topics: null })
  return results.flatMap(({ logDir, topics }) =>
    topics.flatMap(({ partitions }) =>
      partitions.map(({ isFutureKey, offsetLag }) => ({ logDir, isFutureKey, offsetLag })),
    ),
  )
}

test.each([1, 2])('errors are those of Kafka, version %i', async (version) => {
  await using rig = await rigOf()
  expect(await codesOf(rig, '/a', { partitions: [0, 1], version })).toEqual([
    NONE,
    REPLICA_NOT_AVAILABLE,
  ])
  expect(await codesOf(rig, '/c', { version })).toEqual([LOG_DIR_NOT_FOUND])
  expect(await codesOf(rig, '/a', { name: 'u', partitions: [0, -1], version })).toEqual([
    REPLICA_NOT_AVAILABLE,
    REPLICA_NOT_AVAILABLE,
  ])
  const long = 'x'.repeat(249)
  expect(await codesOf(rig, '/a', { name: long, version })).toEqual([INVALID_TOPIC_EXCEPTION])
})

test('a partition gets to the other dir, and is shown there until and after', async () => {
  await using rig = await rigOf()
  await rig.append('t', [{ value: Buffer.alloc(1000) }])
  expect(await codesOf(rig, '/b')).toEqual([NONE])
  expect(await described(rig)).toEqual([
    { logDir: '/a', isFutureKey: false, offsetLag: 0 },
    { logDir: '/b', isFutureKey: true, offsetLag: 1 },
  ])
  await settled(rig)
  expect(dirOf(rig)).toBe('/b')
  expect(await described(rig)).toEqual([{ logDir: '/b', isFutureKey: false, offsetLag: 0 }])
  expect(rig.broker.partitionMoves.figures).toMatchObject({ moved: 1, failed: 0 })
  await rig.append('t', [{ value: Buffer.alloc(1000) }])
  await using again = await rig.restart({ dirs: ['/a', '/b'] })
  expect(dirOf(again)).toBe('/b')
  expect(again.broker.topics.byName('t')?.partitions[0]?.log?.logEndOffset).toBe(2)
})

test('what is asked last counts: another dir, or the one where it is', async () => {
  await using rig = await rigOf({ dirs: ['/a', '/b', '/c'] })
  await rig.append('t', [{ value: Buffer.alloc(1000) }])
  for (const path of ['/b', '/c']) expect(await codesOf(rig, path)).toEqual([NONE])
  await settled(rig)
  expect(dirOf(rig)).toBe('/c')
  for (const path of ['/a', '/c']) expect(await codesOf(rig, path)).toEqual([NONE])
  await settled(rig)
  expect(dirOf(rig)).toBe('/c')
})

test('a topic that is deleted meanwhile is gone, and can be made again', async () => {
  await using rig = await rigOf()
  await rig.append('t', [{ value: Buffer.alloc(1000) }])
  await codesOf(rig, '/b')
  await rig.broker.topics.delete([{ name: 't', id: null }])
  await settled(rig)
  expect(await described(rig)).toEqual([])
  await rig.createTopic('t')
  expect(rig.broker.topics.byName('t')?.partitions[0]?.log?.logEndOffset).toBe(0)
})

test('a partition that is not there yet is made where it was asked for', async () => {
  await using rig = await HandlerRig.start({ dirs: ['/a', '/b', '/c'] })
  const wanted = ['/c', '/c', '/a']
  for (const [partition, path] of wanted.entries()) {
    expect(await codesOf(rig, path, { partitions: [partition] })).toEqual([REPLICA_NOT_AVAILABLE])
  }
  await rig.createTopic('t', { partitions: 2 })
  await rig.broker.topics.addPartitions([{ name: 't', count: 3, assignments: null }])
  const { partitions = [] } = rig.broker.topics.byName('t') ?? {}
  expect(partitions.map(({ log }) => log?.dir)).toEqual(wanted)
})

test('a topic is not moved to a tier that it does not want', async () => {
  const settings = {
    'log.channel.type': 'tiered',
    'storage.tiers.types': 'NVME,HDD',
    'storage.tiers.first.paths': '/a,/b',
    'storage.tiers.second.paths': '/c',
  }
  await using rig = await HandlerRig.start({ dirs: ['/a', '/b', '/c'], settings, inMemory: false })
  await codesOf(rig, '/a')
  await rig.createTopic('t', { configs: { 'storage.tier.pin': 'NVME' } })
  await rig.append('t', [{ value: Buffer.alloc(1000) }])
  expect(await codesOf(rig, '/c')).toEqual([ErrorCode.POLICY_VIOLATION])
  expect(await codesOf(rig, '/b')).toEqual([NONE])
  await settled(rig)
  expect(dirOf(rig)).toBe('/b')
})

test('a move that the end of the broker cuts short goes on', async () => {
  await using rig = await rigOf()
  await rig.append('t', [{ value: Buffer.alloc(1000) }])
  const log = rig.broker.topics.byName('t')?.partitions[0]?.log
  if (log === undefined) throw new Error('no log')
  await rig.broker.logs.moves.begin(log, '/b')
  await using again = await rig.restart({ dirs: ['/a', '/b'] })
  await settled(again)
  expect(dirOf(again)).toBe('/b')
})
