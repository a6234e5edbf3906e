import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { silentLogger, systemClock } from '@pafka/base'
import { expect, test } from 'vitest'

import { temporaryFolder } from '@pafka/testing'

import { Broker } from '../src/broker.ts'
import { type LoadedConfig, loadConfig } from '../src/config/load-config.ts'
import { folderPlace } from '../src/data-place.ts'

/** The keys and values that Kafka 3.0 ships in its sample file. */
const KAFKA_3 = `
broker.id=0
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs=/tmp/kafka-logs
num.partitions=1
num.recovery.threads.per.data.dir=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
zookeeper.connect=localhost:2181
zookeeper.connection.timeout.ms=18000
group.initial.rebalance.delay.ms=0
`

/** What Pafka 0.3's sample says besides. */
const PAFKA = `
log.channel.type=tiered
storage.tiers.types=NVME,HDD
storage.tiers.first.paths=/nvme
storage.tiers.first.sizes=-1
storage.tiers.second.paths=/hdd
storage.migrate.threshold=0.5
storage.migrate.threads=1
log.pmem.pool.ratio=0.8
log.preallocate=true
`

/** What Kafka 4 ships for a broker that is its own controller. */
const KAFKA_4 = `
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
inter.broker.listener.name=PLAINTEXT
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
log.dirs=/tmp/kraft-combined-logs
num.partitions=1
num.recovery.threads.per.data.dir=2
offsets.topic.replication.factor=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
`

async function load(text: string, overrides: readonly string[] = []): Promise<LoadedConfig> {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'server.properties')
  writeFileSync(file, text)
  return loadConfig({ file, overrides })
}

test("Kafka 3's sample file works, with one warning line", async () => {
  const { config, warnings } = await load(KAFKA_3)
  expect(warnings).toEqual([
    'These keys mean nothing to this broker and change nothing: num.io.threads, ' +
      'num.network.threads, num.recovery.threads.per.data.dir, socket.receive.buffer.bytes, ' +
      'socket.send.buffer.bytes, zookeeper.connect, zookeeper.connection.timeout.ms',
  ])
  expect(config).toMatchObject({
    nodeId: 0,
    logDirs: ['/tmp/kafka-logs'],
    groupInitialRebalanceDelayMs: 0,
    logRetentionMs: 604_800_000,
  })
})

test("Kafka 4's sample file works, with one warning line and one listener", async () => {
  const { config, warnings } = await load(KAFKA_4)
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('controller.quorum.bootstrap.servers, num.io.threads')
  expect(config.listeners.map(({ name, port }) => [name, port])).toEqual([['PLAINTEXT', 9092]])
  expect(config.advertisedListeners).toEqual([{ name: 'PLAINTEXT', host: 'localhost', port: 9092 }])
})

test("Pafka's sample file is read as it is", async () => {
  const { config } = await load(KAFKA_3 + PAFKA)
  expect(config.tiers).toEqual([
    { name: 'NVME', paths: [{ path: '/nvme', sizeBytes: -1 }] },
    { name: 'HDD', paths: [{ path: '/hdd', sizeBytes: -1 }] },
  ])
  expect(config.logDirs).toEqual(['/nvme', '/hdd', '/tmp/kafka-logs'])
})

test("Pafka's sample file starts this broker as it is", async () => {
  await using folder = await temporaryFolder()
  const text = (KAFKA_3 + PAFKA).replace(/=(\/[-/\w]+)/g, `=${folder.path}$1`)
  const { config } = await load(text, ['listeners=PLAINTEXT://127.0.0.1:0'])
  const place = folderPlace(config.logDirs)
  const open = { config, place, clock: systemClock, logger: silentLogger }
  for (const isFirst of [true, false]) {
    await using broker = await Broker.open(open)
    const { logs, topics } = broker.services
    expect(logs.tiers.paths().map(({ path, isOnline }) => [path, isOnline])).toEqual([
      [`${folder.path}/nvme`, true],
      [`${folder.path}/hdd`, true],
    ])
    const wanted = { name: 't', partitions: 1, replicationFactor: 1, assignments: [] }
    if (isFirst) await topics.create([{ ...wanted, configs: new Map() }])
    expect(topics.byName('t')?.partitions[0]?.log?.dir).toBe(`${folder.path}/nvme`)
  }
})

test("Pafka's sample file works with plain files", async () => {
  const { config, warnings } = await load(KAFKA_3 + PAFKA, ['log.channel.type=file'])
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('storage.tiers.types')
  expect(config).toMatchObject({
    logChannelType: 'file',
    logPreallocate: true,
    storageTiersTypes: ['NVME', 'HDD'],
    storageTiersFirstPaths: ['/nvme'],
    storageTiersFirstSizes: ['-1'],
    storageMigrateThreshold: 0.5,
    logPmemPoolRatio: 0.8,
  })
})
