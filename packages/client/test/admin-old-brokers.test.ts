import { seededRandom } from '@pafka/base'
import { Broker } from '@pafka/broker'
import { expect, test } from 'vitest'

import { Admin } from '../src/admin/admin.ts'
import { type Ask, Cluster } from '../src/cluster/cluster.ts'
import { Kafka } from '../src/index.ts'
import { resolveOptions } from '../src/options/resolve-options.ts'

/** What a broker of Kafka 2.4 offers at most. What is not here it has not. */
const NEWEST: Readonly<Record<string, number>> = {
  ...{ CreatePartitions: 1, CreateTopics: 5, DeleteGroups: 2, DeleteRecords: 1, DeleteTopics: 4 },
  ...{ AlterPartitionReassignments: 0, AlterReplicaLogDirs: 1, ApiVersions: 3 },
  ...{ DescribeConfigs: 2, DescribeGroups: 5, DescribeLogDirs: 1, ElectLeaders: 2 },
  ...{ FindCoordinator: 3, IncrementalAlterConfigs: 1, InitProducerId: 2, LeaveGroup: 4 },
  ...{ ListGroups: 3, ListOffsets: 5, ListPartitionReassignments: 0, Metadata: 9 },
  ...{ OffsetCommit: 8, OffsetDelete: 0, OffsetFetch: 6, WriteTxnMarkers: 0 },
}

/** Asks as if its broker were that old. */
class OldCluster extends Cluster {
  newest: Readonly<Record<string, number>> = NEWEST

  override async ask<Request, Response>(
    nodeId: number,
    ask: Ask<Request, Response>,
  ): Promise<Response> {
    return super.ask(nodeId, this.#older(ask))
  }

  override async askAny<Request, Response>(ask: Ask<Request, Response>): Promise<Response> {
    return super.askAny(this.#older(ask))
  }

  #older<Request, Response>(ask: Ask<Request, Response>): Ask<Request, Response> {
    const { max = Infinity, ...least } = ask.versions ?? {}
    const newest = this.newest[ask.api.name] ?? -1
    return { ...ask, versions: { ...least, max: Math.min(max, newest) } }
  }
}

async function start(newest: Readonly<Record<string, number>> = {}) {
  const broker = await Broker.start({ topics: [{ name: 't', partitions: 2 }] })
  const options = resolveOptions(broker.bootstrap)
  const random = seededRandom(1)
  const cluster = new OldCluster({ ...options, softwareVersion: 'none', random })
  cluster.newest = { ...NEWEST, ...newest }
  const kafka = new Kafka(broker.bootstrap)
  return {
    ...{ broker, kafka, admin: new Admin({ cluster, options, random }) },
    async [Symbol.asyncDispose]() {
      cluster.close()
      await kafka.close()
      await broker[Symbol.asyncDispose]()
    },
  }
}

test('an old broker serves what it can: topics, partitions, configs, log dirs', async () => {
  await using stage = await start()
  const { topics, partitions, configs, logDirs } = stage.admin
  expect((await topics.create([{ name: 'a' }, { name: 'b' }])).failed).toEqual([])
  await topics.grow('a', 3)
  expect((await topics.delete(['a', 'b'])).done).toEqual(['a', 'b'])
  expect((await partitions.offsets('t', 'latest', { readCommitted: true })).done).toHaveLength(2)
  const place = { topic: 't', partition: 0 }
  expect((await partitions.deleteRecords([{ ...place, before: 'all' }])).failed).toEqual([])
  expect((await partitions.electLeaders([place])).done).toHaveLength(1)
  expect(await partitions.reassignments()).toEqual([])
  await configs.alter({ topic: 't' }, { 'retention.ms': 1000 })
  const entries = await configs.describe({ topic: 't' }, { withDocumentation: true })
  expect(entries.get('retention.ms')).toMatchObject({
    ...{ value: '1000', source: 'topic', documentation: null },
  })
  const { done } = await logDirs.describe()
  expect(done[0]?.dirs[0]).toMatchObject({ totalBytes: undefined, usableBytes: undefined })
})

test('a broker without defaults makes topics that say what they are like', async () => {
  await using stage = await start({ CreateTopics: 3 })
  const { topics } = stage.admin
  expect((await topics.create('a', { partitions: 2, replicas: 1 })).partitions).toHaveLength(2)
  expect((await topics.create('b', { assignments: [[1]] })).partitions).toHaveLength(1)
  await expect(topics.create('c', { partitions: 2 })).rejects.toMatchObject({
    ...{ code: 'UNSUPPORTED_VERSION', context: { topic: 'c' } },
  })
})

test('an old broker serves what it can: groups, their offsets, and fencing', async () => {
  await using stage = await start()
  const { groups, offsets, transactions } = stage.admin
  const place = { topic: 't', partition: 0 }
  for (const groupId of ['g', 'h', 'i']) {
    expect((await offsets.alter(groupId, [{ ...place, offset: 0 }])).failed).toEqual([])
  }
  const fetched = await offsets.fetch(['g', 'h', 'nobody'])
  expect(fetched.done.map((one) => [one.groupId, one.offsets.length])).toEqual([
    ['g', 1],
    ['h', 1],
    ['nobody', 0],
  ])
  const listed = await groups.list({ types: ['classic'] })
  expect(listed.map(({ groupId, state, type }) => [groupId, state, type])).toEqual([
    ['g', 'Unknown', 'unknown'],
    ['h', 'Unknown', 'unknown'],
    ['i', 'Unknown', 'unknown'],
  ])
  const { done, failed } = await groups.describe(['g', 'nobody'])
  expect(done).toMatchObject([{ groupId: 'g', type: 'classic', state: 'Empty' }])
  // it is called dead, and is not there
  expect(failed).toMatchObject([{ code: 'GROUP_ID_NOT_FOUND', context: { groupId: 'nobody' } }])
  expect((await offsets.delete('g', [place])).done).toEqual([place])
  expect((await groups.delete(['g', 'h'])).done).toEqual(['g', 'h'])
  expect((await transactions.fence(['x', 'y'])).done).toHaveLength(2)
})

test('what an old broker has not is said so, at once and of everything', async () => {
  await using stage = await start()
  const { admin } = stage
  const place = { topic: 't', partition: 0 }
  const calls: readonly (() => Promise<unknown>)[] = [
    async () => admin.describeCluster(),
    async () => admin.quorum.describe(),
    async () => admin.quotas.list(),
    async () => admin.users.list(),
    async () => admin.acls.list(),
    async () => admin.configs.list(),
    async () => admin.features.update({ 'transaction.version': 1 }, { dryRun: true }),
    async () => admin.transactions.list(),
    async () => admin.transactions.describe('x'),
    async () => admin.transactions.abort({ ...place, producerId: 7, producerEpoch: 0 }),
    async () => admin.topics.describe('t'),
    async () => admin.groups.list({ types: ['share'] }),
    async () => admin.groups.list({ states: ['Stable'] }),
    async () => admin.shareOffsets.fetch('g'),
  ]
  for (const call of calls) {
    await expect(call(), String(call)).rejects.toMatchObject({
      ...{ code: 'UNSUPPORTED_VERSION', kind: 'config' },
    })
  }
  const unsupported = { code: 'UNSUPPORTED_VERSION', context: place }
  const newest = await admin.partitions.offsets([place], 'max-timestamp')
  expect(newest).toMatchObject({ done: [], failed: [unsupported] })
  const producers = await admin.transactions.producers([place])
  expect(producers).toMatchObject({ done: [], failed: [unsupported] })
})
