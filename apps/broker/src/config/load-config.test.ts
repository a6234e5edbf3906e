import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { expect, test } from 'vitest'

import { ConfigError } from '@pafka/base'
import { temporaryFolder } from '@pafka/testing'

import {
  type ConfigSettings,
  type ConfigSources,
  type LoadedConfig,
  loadConfig,
} from './load-config.ts'

async function loadFile(text: string | Uint8Array, sources: ConfigSources = {}): Promise<Loaded> {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'server.properties')
  writeFileSync(file, text)
  const short = (line: string): string => line.replaceAll(`${folder.path}/`, '')
  try {
    const loaded = loadConfig({ ...sources, file })
    return { ...loaded, warnings: loaded.warnings.map(short), problems: [] }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { ...loadConfig(), warnings: [], problems: error.problems.map(short) }
  }
}

interface Loaded extends LoadedConfig {
  readonly problems: readonly string[]
}

function problemsOf(sources: ConfigSources): readonly string[] {
  try {
    loadConfig(sources)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

test('nothing has to be configured', () => {
  const { config, warnings } = loadConfig()
  expect(warnings).toEqual([])
  expect(config.nodeId).toBe(1)
  expect(config.logDirs).toEqual([resolve('pafka-data')])
  expect(config.provenance.size).toBe(0)
})

test('a later layer is stronger', async () => {
  const text = 'num.partitions=1\nlog.dirs=a\nlog.segment.bytes=2000000\nmessage.max.bytes=10\n'
  const { config } = await loadFile(text, {
    env: { PAFKA_LOG_DIRS: 'b', PAFKA_LOG_SEGMENT_BYTES: '3000000', PAFKA_MESSAGE_MAX_BYTES: '20' },
    overrides: ['log.segment.bytes=4000000', 'message.max.bytes=30', 'message.max.bytes=35'],
    settings: { 'message.max.bytes': 40 },
  })
  expect(config.numPartitions).toBe(1)
  expect(config.logDirs).toEqual([resolve('b')])
  expect(config.logSegmentBytes).toBe(4_000_000)
  expect(config.messageMaxBytes).toBe(40)
  expect(
    [...config.provenance].map(([key, { layer, text: written }]) => [key, layer, written]),
  ).toEqual([
    ['num.partitions', 'file', '1'],
    ['log.dirs', 'environment', 'b'],
    ['log.segment.bytes', 'override', '4000000'],
    ['message.max.bytes', 'programmatic', '40'],
  ])
})

test('a value of a weaker layer that is not used need not be right', async () => {
  const loaded = await loadFile('num.partitions=none\n', { overrides: ['num.partitions=3'] })
  expect(loaded.problems).toEqual([])
  expect(loaded.config.numPartitions).toBe(3)
})

test('everything that is wrong is said at once, each with its place', async () => {
  const { problems } = await loadFile(
    [
      'log.retension.hours=5',
      'retention.ms=5',
      'num.partitions=0',
      'listeners=SSL://:9093',
      'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'log.channel.type=floppy',
      'broken=\\u12',
      '=value',
    ].join('\n'),
    { env: { PAFKA_LOG_DIRZ: 'x' }, overrides: ['log.segment.bytes', 'fetch.max.bytes=1'] },
  )
  expect(problems).toEqual([
    'server.properties:7: a \\u escape needs four hexadecimal digits',
    '--override log.segment.bytes: should be key=value',
    'server.properties:1: unknown key log.retension.hours; did you mean log.retention.hours?',
    "server.properties:2: retention.ms is a topic's config; the broker's key is log.retention.ms",
    'server.properties:5: authorizer.class.name:' +
      ' authorization is not served yet, and everybody would be let in',
    'server.properties:8: no key before the value',
    'PAFKA_LOG_DIRZ: unknown key log.dirz; did you mean log.dir?',
    '--override fetch.max.bytes: Invalid value 1 for ' +
      'configuration fetch.max.bytes: Value must be at least 1024',
    'server.properties:3: Invalid value 0 for ' +
      'configuration num.partitions: Value must be at least 1',
    'server.properties:6: Invalid value floppy for configuration log.channel.type: ' +
      'String must be one of: journal, file, pmem, tiered',
    'server.properties:4: listeners: SSL asks for SSL, which is not served yet; only PLAINTEXT is',
  ])
})

test('keys that mean nothing here are in one line', async () => {
  const { warnings, problems } = await loadFile(
    [
      'zookeeper.connect=localhost:2181',
      'num.io.threads=8',
      'listener.name.internal.ssl.keystore.location=/x',
      'ssl.keystore.location=/y',
      'authorizer.class.name=',
      'storage.migrate.threads=2',
      'confluent.support.metrics.enable=false',
    ].join('\n'),
    { overrides: ['controller.quorum.voters=1@localhost:9093'] },
  )
  expect(problems).toEqual([])
  expect(warnings).toEqual([
    'These keys mean nothing to this broker and change nothing: authorizer.class.name, ' +
      'confluent.support.metrics.enable, controller.quorum.voters, ' +
      'listener.name.internal.ssl.keystore.location, num.io.threads, ssl.keystore.location, ' +
      'storage.migrate.threads, zookeeper.connect',
  ])
})

test('a key that is set twice is told', async () => {
  const { warnings, config } = await loadFile('num.partitions=2\n\nnum.partitions=3\n')
  expect(config.numPartitions).toBe(3)
  expect(warnings).toEqual([
    'server.properties:3: num.partitions is set again, line 1 does not count',
  ])
})

test.each([
  [{}, 7 * 24 * 3_600_000],
  [{ 'log.retention.hours': 2 }, 7_200_000],
  [{ 'log.retention.hours': 2, 'log.retention.minutes': 3 }, 180_000],
  [{ 'log.retention.hours': 2, 'log.retention.minutes': 3, 'log.retention.ms': 4 }, 4],
  [{ 'log.retention.hours': 2, 'log.retention.ms': -1 }, -1],
  [{ 'log.retention.hours': -1 }, -1],
])('of %j the finest unit counts', (settings, retentionMs) => {
  expect(loadConfig({ settings }).config.logRetentionMs).toBe(retentionMs)
})

test('rolls and flushes fall back too', () => {
  const settings = { 'log.roll.hours': 1, 'log.roll.jitter.hours': 2 } as const
  const { config } = loadConfig({ settings: { ...settings, 'log.roll.jitter.ms': 5 } })
  expect([config.logRollMs, config.logRollJitterMs]).toEqual([3_600_000, 5])
  expect(config.logFlushIntervalMs).toBe(2 ** 63)
  const flushed = loadConfig({ settings: { 'log.flush.scheduler.interval.ms': 3000 } }).config
  expect(flushed.logFlushIntervalMs).toBe(3000)
})

test('broker.id is an older name of node.id', () => {
  expect(loadConfig({ settings: { 'broker.id': 7 } }).config.nodeId).toBe(7)
  expect(loadConfig({ settings: { 'broker.id': 0 } }).config.nodeId).toBe(0)
  expect(loadConfig({ settings: { 'broker.id': -1, 'node.id': 4 } }).config.brokerId).toBe(4)
  expect(problemsOf({ settings: { 'broker.id': 7, 'node.id': 4 } })).toEqual([
    'config: broker.id: 7 is not the node.id 4; say one of them',
  ])
})

test('replicas that one broker cannot have count as 1', () => {
  const settings = { 'default.replication.factor': 3, 'min.insync.replicas': 2 }
  const { config, warnings } = loadConfig({ settings })
  expect([config.defaultReplicationFactor, config.minInsyncReplicas]).toEqual([1, 1])
  expect(warnings).toEqual([
    'One broker serves, so these count as 1: default.replication.factor=3, min.insync.replicas=2',
  ])
})

test.each<[ConfigSettings, string]>([
  [{ 'log.retention.ms': 0 }, 'must be at least 1'],
  [{ 'log.roll.ms': 0 }, 'log.roll.ms: must be at least 1'],
  [{ 'log.roll.jitter.ms': -1 }, 'must be at least 0'],
  [{ 'log.flush.interval.ms': -1 }, 'must be at least 0'],
  [{ 'log.dirs': '' }, 'names no folder'],
  [{ 'log.dirs': 'a,./a' }, 'is there twice'],
  [{ 'cluster.id': 'short' }, '22 characters'],
  [{ 'queued.max.request.bytes': 1000 }, 'less than socket.request.max.bytes'],
  [{ 'group.min.session.timeout.ms': 10, 'group.max.session.timeout.ms': 5 }, 'is more than'],
  [{ 'group.consumer.heartbeat.interval.ms': 500 }, 'must be greater than or equal to group.con'],
  [{ 'group.share.session.timeout.ms': 60_001 }, 'equal to group.share.max.session.timeout.ms'],
  [{ 'group.streams.max.session.timeout.ms': 44_999 }, 'group.streams.min.session.timeout.ms'],
  [
    { 'group.share.min.session.timeout.ms': 10, 'group.share.session.timeout.ms': 5000 },
    'group.share.heartbeat.interval.ms: must be less than group.share.session.timeout.ms',
  ],
  [{ 'log.cleaner.max.compaction.lag.ms': 1, 'log.cleaner.min.compaction.lag.ms': 2 }, 'more than'],
  [{ 'storage.tiers.types': 'NVME' }, 'two tiers or more'],
  [{ 'storage.tiers.types': 'NVME,FLOPPY' }, 'must be one of: PMEM, NVME, SSD, HDD'],
  [{ 'storage.tiers.types': 'NVME,SSD,HDD' }, 'storage.tiers.third.paths: storage.tiers.types'],
  [{ 'storage.tiers.types': 'SSD,SSD' }, 'SSD is there twice; tell them apart, as SSD-1 and SSD-2'],
  [{ 'storage.tiers.types': Array(9).fill('SSD').join(',') }, 'should name 8 tiers at most'],
  [
    { 'storage.tiers.third.paths': '/third' },
    'storage.tiers.third.paths: storage.tiers.types names 2 tiers, this is of one more',
  ],
  [{ 'storage.tiers.first.sizes': '5G' }, '5G should be bytes, or -1'],
  [{ 'storage.tiers.first.sizes': '1,2' }, 'more values than storage.tiers.first.paths'],
  [
    { 'storage.migrate.threshold': 0.5, 'storage.migrate.low.watermark': 0.5 },
    'low.watermark: should be below storage.migrate.threshold',
  ],
  [
    { 'log.channel.type': 'tiered', 'storage.tiers.second.paths': '/pmem' },
    '/pmem lies in /pmem, which is a path of a tier itself',
  ],
  [
    { 'log.channel.type': 'tiered', 'storage.tiers.second.paths': '/pmem/x' },
    '/pmem/x lies in /pmem, which is a path of a tier itself',
  ],
  [{ 'log.limit.paths': '/slow' }, 'log.limit.paths: wants log.limit.bytes.per.second as well'],
  [
    { 'log.limit.paths': '/slow', 'log.limit.bytes.per.second': 1e8 },
    'log.limit.paths: wants log.limit.operations.per.second as well',
  ],
  [
    { 'log.channel.type': 'pmem', 'log.limit.paths': '/pmem' },
    'log.limit.paths: log.channel.type=pmem stores to memory, which cannot be limited',
  ],
  [{ 'log.limit.bytes.per.second': 1e8 }, 'bytes.per.second: wants log.limit.paths as well'],
  [{ 'log.limit.operations.per.second': 1 }, 'operations.per.second: wants log.limit.paths as'],
  [{ 'log.limit.bytes.per.second': 1_048_575 }, 'Value must be at least 1048576'],
  [{ 'log.limit.operations.per.second': 0 }, 'Value must be at least 1'],
  [{ 'storage.migrate.threshold': 1.5 }, 'between 0 and 1 or equal to -1'],
  [{ 'storage.migrate.max.bytes.per.second': 1 }, 'must be at least 1048576 or equal to -1'],
  [{ 'log.channel.type': 'floppy' }, 'String must be one of: journal, file, pmem, tiered'],
])('%j cannot be', (settings, expected) => {
  expect(problemsOf({ settings }).join('\n')).toContain(expected)
})

test.each([
  ['authorizer.class.name=x', 'authorization is not served yet'],
  ['create.topic.policy.class.name=x', 'policies are not served'],
  ['config.providers=env', 'config providers are not served'],
  ['process.roles=controller', 'only the role broker is served'],
  ['remote.log.storage.system.enable=true', 'remote storage is not served yet'],
  ['security.inter.broker.protocol=SASL_SSL', 'only PLAINTEXT is served yet'],
  ['port=19092', 'say `listeners`'],
  ['advertised.host.name=broker', 'say `advertised.listeners`'],
])('%s cannot be passed over', (override, expected) => {
  expect(problemsOf({ overrides: [override] }).join('\n')).toContain(expected)
})

test('variables that are not ours, or not keys, are left alone', () => {
  const env = {
    PATH: '/bin',
    KAFKA_NUM_PARTITIONS: 'x',
    PAFKA_COMMAND: 'npx pnpm start',
    // What Kubernetes sets in every container when there is a service called pafka.
    PAFKA_SERVICE_HOST: '10.0.0.1',
    PAFKA_SERVICE_PORT: '9092',
    PAFKA_SERVICE_PORT_BROKER: '9092',
    PAFKA_PORT: 'tcp://10.0.0.1:9092',
    PAFKA_PORT_9092_TCP: 'tcp://10.0.0.1:9092',
    PAFKA_PORT_9092_TCP_ADDR: '10.0.0.1',
    PAFKA_HEADLESS_PORT_9092_TCP_PROTO: 'tcp',
    PAFKA_NUM_PARTITIONS: '4',
  }
  const { config, warnings } = loadConfig({ env })
  expect(config.numPartitions).toBe(4)
  expect(warnings).toEqual([])
})

test('a file that is none is refused in one line', async () => {
  const huge = await loadFile('#'.repeat(1_048_577))
  expect(huge.problems).toEqual(['server.properties: larger than 1048576 bytes, not a config file'])
  const binary = await loadFile(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0, 0))
  expect(binary.problems).toEqual(['server.properties: has zero bytes in it, not a config file'])
  expect(problemsOf({ file: '/nonexistent/server.properties' })[0]).toMatch(
    /^\/nonexistent\/server.properties: cannot be read: ENOENT/,
  )
})

test('a file may be in UTF-8 or, as for Kafka, in ISO 8859-1', async () => {
  const utf8 = await loadFile('broker.rack=größe')
  expect(utf8.config.brokerRack).toBe('größe')
  const latin = await loadFile(Buffer.from('broker.rack=größe', 'latin1'))
  expect(latin.config.brokerRack).toBe('größe')
})

test('there may be tiers in any number, of a medium more than one', () => {
  const { config } = loadConfig({
    settings: {
      'log.channel.type': 'tiered',
      'storage.tiers.types': 'PMEM,SSD-small,SSD-big,HDD,HDD-cold',
      'storage.tiers.third.paths': '/third,/third-too',
      'storage.tiers.third.sizes': '1000,-1',
      'storage.tiers.fourth.paths': '/fourth',
      'storage.tiers.fifth.paths': '/fifth',
      'storage.tiers.fifth.sizes': '5000',
    },
  })
  expect(config.tiers).toEqual([
    { name: 'PMEM', paths: [{ path: '/pmem', sizeBytes: -1 }] },
    { name: 'SSD-small', paths: [{ path: '/hdd', sizeBytes: -1 }] },
    {
      name: 'SSD-big',
      paths: [
        { path: '/third', sizeBytes: 1000 },
        { path: '/third-too', sizeBytes: -1 },
      ],
    },
    { name: 'HDD', paths: [{ path: '/fourth', sizeBytes: -1 }] },
    { name: 'HDD-cold', paths: [{ path: '/fifth', sizeBytes: 5000 }] },
  ])
  expect(config.logDirs.slice(0, 6)).toEqual([
    ...['/pmem', '/hdd', '/third', '/third-too', '/fourth', '/fifth'],
  ])
})

test('a path that begins as another does is no part of it', () => {
  const paths = { 'storage.tiers.first.paths': '/ssd1', 'storage.tiers.second.paths': '/ssd10' }
  const { config } = loadConfig({ settings: { 'log.channel.type': 'tiered', ...paths } })
  expect(config.logDirs.slice(0, 2)).toEqual(['/ssd1', '/ssd10'])
})

test('limits of folders are put together', () => {
  expect(loadConfig().config.logLimits).toBeNull()
  const rates = { 'log.limit.bytes.per.second': 1e8, 'log.limit.operations.per.second': 120 }
  const { config } = loadConfig({ settings: { ...rates, 'log.limit.paths': '/slow, slower' } })
  expect(config.logLimits).toEqual({
    folders: ['/slow', resolve('slower')],
    bytesPerSecond: 1e8,
    operationsPerSecond: 120,
  })
})
