import { expect, test } from 'vitest'

import { startAdmin } from './admin-stage.ts'

test('log dirs tell what lies in them', async () => {
  await using stage = await startAdmin({ data: 'temporary' })
  const { logDirs } = stage.admin
  const { brokers } = await stage.admin.cluster()
  const topic = await stage.newTopic('t', 2)
  await stage.send(topic, ['hello'])
  const { done, failed } = await logDirs.describe()
  expect(failed).toEqual([])
  expect(done.map(({ brokerId }) => brokerId)).toEqual(brokers.map(({ id }) => id))
  const replicas = done.flatMap(({ dirs }) => dirs.flatMap((dir) => dir.replicas))
  const own = replicas.filter((one) => one.topic === topic)
  expect(own).toHaveLength(2)
  const first = own.find(({ partition }) => partition === 0)
  expect(first).toMatchObject({ offsetLag: 0, isFuture: false })
  expect(first?.sizeBytes).toBeGreaterThan(0)
  const [dir] = done[0]?.dirs ?? []
  expect(dir).toMatchObject({ error: undefined, isCordoned: false })
  expect(dir?.totalBytes).toBeGreaterThan(0)
  const one = await logDirs.describe({
    ...{ brokers: [brokers[0]?.id ?? -1], partitions: [{ topic, partition: 1 }] },
  })
  const told = one.done.flatMap(({ dirs }) => dirs.flatMap((each) => each.replicas))
  expect(told.map(({ partition }) => partition)).toEqual([1])
})

test('a replica is moved to a dir that there is, of a broker that there is', async () => {
  await using stage = await startAdmin({ data: 'temporary' })
  const { logDirs } = stage.admin
  const { brokers } = await stage.admin.cluster()
  const brokerId = brokers[0]?.id ?? -1
  const topic = await stage.newTopic('t', 2)
  const { done: before } = await logDirs.describe()
  const path = before[0]?.dirs[0]?.path ?? ''
  const moved = await logDirs.move([
    { topic, partition: 0, brokerId, path },
    { topic, partition: 1, brokerId, path: '/nowhere' },
  ])
  expect(moved.done).toEqual([{ topic, partition: 0, brokerId, path }])
  expect(moved.failed).toMatchObject([
    {
      code: 'LOG_DIR_NOT_FOUND',
      context: { topic, partition: 1, subject: `broker ${brokerId}` },
    },
  ])
  await expect(logDirs.move([{ topic, partition: 0, brokerId, path: '' }])).rejects.toThrow('path')
})

test('features are told, and levels go up or not at all', async () => {
  await using stage = await startAdmin()
  const { features } = stage.admin
  const { features: all, epoch } = await features.describe()
  expect(epoch).toBeGreaterThanOrEqual(0)
  const transactions = all.find(({ name }) => name === 'transaction.version')
  expect(transactions?.supported?.max).toBeGreaterThanOrEqual(2)
  const level = transactions?.level ?? 0
  await features.update({ 'transaction.version': level }, { dryRun: true })
  await expect(features.update({ nonsense: 1 })).rejects.toMatchObject({
    message: expect.stringContaining('nonsense') as string,
  })
  await expect(features.update({ 'transaction.version': 1 })).rejects.toMatchObject({
    code: 'INVALID_UPDATE_VERSION',
  })
  const direction = 'safe-downgrade'
  await features.update({ 'transaction.version': 1 }, { direction, dryRun: true })
  expect((await features.describe()).features).toEqual(all)
  await expect(
    features.update({ a: -1 }, { direction: 'down' as 'upgrade' }),
  ).rejects.toMatchObject({
    problems: [
      'direction: down is none of upgrade, safe-downgrade, unsafe-downgrade',
      'a: -1 is no whole number from 0 on',
    ],
  })
})

test('the quorum is described', async () => {
  await using stage = await startAdmin()
  const quorum = await stage.admin.quorum.describe()
  const { leaderId } = quorum
  expect(quorum.voters).toMatchObject([{ id: leaderId }])
  expect(quorum.nodes.map(({ id }) => id)).toEqual([leaderId])
  expect(quorum.highWatermark).toBeGreaterThanOrEqual(0)
})

test('the cluster is described with what may be done with it', async () => {
  await using stage = await startAdmin()
  const { admin } = stage
  const { brokers, clusterId } = await admin.cluster()
  const details = await admin.describeCluster()
  expect(details).toMatchObject({ brokers, clusterId, fencedBrokers: [] })
  expect(details.operations).toContain('alter-configs')
})

test('a broker that is not there cannot be forgotten', async () => {
  await using stage = await startAdmin()
  const { admin } = stage
  await expect(admin.unregisterBroker(999)).rejects.toMatchObject({
    ...{ code: 'BROKER_ID_NOT_REGISTERED', context: { subject: 'broker 999' } },
  })
  await expect(admin.unregisterBroker(-1)).rejects.toThrow('brokerId: -1')
})

test('of a broker that is not there it is told at once', async () => {
  await using stage = await startAdmin()
  const { configs, logDirs } = stage.admin
  const unknown = { code: 'UNKNOWN_BROKER', kind: 'usage', context: { subject: 'broker 999' } }
  await expect(configs.describe({ broker: 999 })).rejects.toMatchObject({
    ...unknown,
    message: 'The cluster has no broker 999, or none that serves.',
  })
  const topic = await stage.newTopic('t')
  expect(
    await configs.alter([{ of: { brokerLogger: 999 }, changes: { a: 'INFO' } }]),
  ).toMatchObject({
    failed: [{ code: 'UNKNOWN_BROKER', context: { subject: 'brokerLogger 999' } }],
  })
  expect(await logDirs.describe({ brokers: [999] })).toMatchObject({ done: [], failed: [unknown] })
  const move = { topic, partition: 0, brokerId: 999, path: '/a' }
  expect(await logDirs.move([move])).toMatchObject({ done: [], failed: [unknown] })
})
