import { KIB, type Logger, type Random } from '@pafka/base'
import {
  type ChannelType,
  defaultLogConfig,
  isCompacted,
  type KnownTopics,
  type LogConfig,
  LogStore,
  type LogStoreOptions,
  type PartitionLog,
  SimulatedDisk,
  type TierOptions,
} from '@pafka/log'
import { randomUuid } from '@pafka/protocol'
import { ManualClock } from '@pafka/testing'

import { catalogOf } from './power-cut-catalog.ts'
import type { Promised } from './sent-batch.ts'
import { fail, SentLog } from './sent-log.ts'
import { TIME_MS } from './test-batches.ts'

const PIECE_BYTES = 64 * KIB
/** Turns of the event loop after which something that is waited for hangs. */
const PATIENCE_TURNS = 20_000

export type Accident = 'kill' | 'power' | 'close'

export interface Topic {
  readonly name: string
  readonly config: LogConfig
  partitions: SentLog[]
}

export interface World {
  readonly random: Random
  readonly clock: ManualClock
  readonly logger: Logger
  readonly dirs: readonly string[]
  readonly journal: NonNullable<LogStoreOptions['journal']>
  /** Logs from which on all files are synced at once. */
  readonly hastenSyncsFrom: number
  /** Whether some lives have no journal. */
  readonly hasFileLives: boolean
  readonly topics: Topic[]
  /** Of topics that were deleted: a crash may bring them back. */
  readonly gone: Map<string, SentLog[]>
  /** Without one a store knows no more than its folders tell. */
  readonly catalog: KnownTopics | undefined
  /** Log dirs of partitions that were moved: a crash may leave the folder of a deleted one. */
  readonly homes: Map<string, string>
  channel: ChannelType
  disk: SimulatedDisk
  store: LogStore
  /** An error was injected that only a restart mends. */
  isBroken: boolean
  nextProducerId: number
}

export async function begin(random: Random, logger: Logger): Promise<World> {
  const disk = SimulatedDisk.create()
  disk.mounts = ['/more']
  disk.hasSlowNames = random.below(2) === 0
  const clock = new ManualClock(TIME_MS)
  disk.hasDirectIo = random.below(4) > 0
  const journal = {
    folder: '/data/journal',
    limitBytes: PIECE_BYTES * (1 + random.below(4)),
    tailBytes: PIECE_BYTES * (2 + random.below(8)),
    pieceBytes: PIECE_BYTES,
  }
  const topics = Array.from({ length: 1 + random.below(3) }, (_, at) => newTopic(random, at))
  const hasFileLives = random.below(6) === 0
  disk.isPersistentMemory = random.below(4) === 0
  const dirs = random.below(2) === 0 ? ['/data', '/more'] : ['/data']
  const hastenSyncsFrom = 1 + random.below(3) ** 5
  const channel = disk.isPersistentMemory && random.below(3) > 0 ? 'pmem' : 'journal'
  const gone = new Map<string, SentLog[]>()
  const catalog = random.below(2) === 0 ? catalogOf(topics, gone) : undefined
  const given = { disk, clock, logger, dirs, journal, topics, catalog, hastenSyncsFrom }
  const store = await open({ ...given, channel })
  const world: World = {
    random,
    clock,
    logger,
    dirs,
    journal,
    hastenSyncsFrom,
    hasFileLives,
    topics,
    gone,
    catalog,
    homes: new Map(),
    channel,
    disk,
    store,
    isBroken: false,
    nextProducerId: 1000,
  }
  for (const topic of topics) create(world, topic)
  return world
}

function newTopic(random: Random, at: number): Topic {
  const policies: readonly Partial<LogConfig>[] = [
    {},
    { flushMessages: 1 },
    { flushMessages: 2 + random.below(10) },
    { flushMs: 1000 },
  ]
  const config = {
    ...defaultLogConfig,
    segmentBytes: random.below(3) === 0 ? 300 * KIB : 1000 + random.below(20_000),
    indexIntervalBytes: 200,
    fileDeleteDelayMs: 0,
    retentionMs: -1,
    ...policies[random.below(policies.length)],
    ...keepingOf(random),
  }
  return { name: `topic-${at}`, config, partitions: [] }
}

/** How long a topic keeps what: all of it, most of the time. */
function keepingOf(random: Random): Partial<LogConfig> {
  const way = random.below(6)
  if (way === 0) return { retentionBytes: random.below(30_000) }
  if (way > 1) return {}
  const segmentBytes = 500 + random.below(3000)
  return { cleanupPolicy: 'compact', minCleanableDirtyRatio: 0.01, segmentBytes }
}

/** What an ack of this topic means in this life. */
export function promiseOf({ channel }: Pick<World, 'channel'>, { config }: Topic): Promised {
  if (config.flushMessages === 1 || channel === 'pmem') return 'power'
  return channel === 'journal' && isDefault(config) ? 'power' : 'kill'
}

function isDefault({ flushMessages, flushMs }: LogConfig): boolean {
  return flushMessages === defaultLogConfig.flushMessages && flushMs === defaultLogConfig.flushMs
}

type Opening = Pick<
  World,
  | 'disk'
  | 'clock'
  | 'logger'
  | 'dirs'
  | 'journal'
  | 'channel'
  | 'topics'
  | 'catalog'
  | 'hastenSyncsFrom'
>

export function open({
  disk,
  clock,
  logger,
  dirs,
  journal,
  channel,
  topics,
  catalog,
  hastenSyncsFrom,
}: Opening): Promise<LogStore> {
  return LogStore.open({
    dirs,
    files: disk,
    clock,
    channel,
    journal,
    logger,
    nodeId: 1,
    findTopics: catalog && (() => Promise.resolve(catalog)),
    configOf: (name) => topics.find((topic) => topic.name === name)?.config ?? defaultLogConfig,
    retentionCheckIntervalMs: 0,
    checkpointIntervalMs: 0,
    cleanerBackoffMs: 0,
    readMemoryBytes: 512 * KIB,
    hastenSyncsFrom,
    tiers: dirs.length > 1 ? TIERS : [],
  })
}

const TIERS: readonly TierOptions[] = [
  { name: 'NVME', paths: [{ path: '/data', sizeBytes: -1 }] },
  { name: 'HDD', paths: [{ path: '/more', sizeBytes: -1 }] },
]

export function create(world: World, topic: Topic): void {
  const topicId = randomUuid()
  topic.partitions = Array.from({ length: 1 + world.random.below(3) }, (_, partition) => {
    const dir = homeOf(world, topic, partition)
    world.store.create({ topic: topic.name, topicId, partition, dir }, topic.config)
    world.nextProducerId += 1000
    return new SentLog(topicId, partition, world.nextProducerId, isCompacted(topic.config))
  })
}

/** Always the same: a crash may leave the folder of one that was deleted. */
export function homeOf(world: World, topic: Topic, partition: number): string | undefined {
  const moved = world.homes.get(`${topic.name}-${partition}`)
  const dirs = world.store.dirs().filter(({ path }) => path === (moved ?? path))
  const dir = dirs[(partition + topic.name.charCodeAt(topic.name.length - 1)) % dirs.length]
  return dir?.isOnline === true ? dir.path : undefined
}

export function logOf({ store }: World, topic: Topic, sent: SentLog): PartitionLog {
  const log = store.get(topic.name, sent.partition)
  return log ?? fail(`${topic.name}-${sent.partition} is gone`)
}

export function anyTopic({ topics, random }: World): Topic {
  return topics[random.below(topics.length)] as Topic
}

export function anyPartition(world: World): [Topic, SentLog] {
  const topic = anyTopic(world)
  return [topic, topic.partitions[world.random.below(topic.partitions.length)] as SentLog]
}

export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export async function readAll(log: PartitionLog): Promise<Buffer> {
  const pieces: Buffer[] = []
  const upTo = log.highWatermark
  for (let offset = log.logStartOffset; offset < upTo;) {
    const read = await within(log.read(offset, 4000, { minOneBatch: true, upTo }), 'read')
    if (read.errorCode !== 0) fail(`read at ${offset} gives error ${read.errorCode}`)
    // a power cut may leave a hole where compaction could have made one
    if (read.nextOffset <= offset && isCompacted(log.config)) break
    if (read.nextOffset <= offset) fail(`nothing to read at ${offset}, below ${upTo}`)
    pieces.push(Buffer.from(read.records))
    offset = read.nextOffset
    read.release()
  }
  return Buffer.concat(pieces)
}

/** @throws when it takes too many turns. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let isDone = false
  const ended = (): void => {
    isDone = true
  }
  promise.then(ended, ended)
  for (let turn = 0; turn < PATIENCE_TURNS; turn++) {
    if (isDone) return promise
    await turns(1)
  }
  return fail(`${what} hangs`)
}
