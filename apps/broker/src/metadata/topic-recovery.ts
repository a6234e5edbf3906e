import { type Logger, StorageError } from '@pafka/base'
import type { CatalogRecord, LogStore, PartitionLog } from '@pafka/log'
import { ZERO_UUID } from '@pafka/protocol'

import type { CatalogLog } from './catalog-log.ts'
import type { CatalogState, TopicDescription } from './catalog-state.ts'
import { isInternalTopic, KRAFT_TOPIC, topicNameProblem } from './topic-name.ts'

/** Above any that Kafka has; more is a stray folder whose name ends in a date. */
const MAX_PARTITION = 1_000_000

/** What to do with the folders found, so that catalog and folders agree. */
interface Reconciliation {
  /** Data that the catalog knows nothing of: a folder of Kafka's, or a catalog that was lost. */
  readonly adopt: readonly CatalogRecord[]
  /** What is no partition of a topic here: neither served nor touched. */
  readonly leave: readonly PartitionLog[]
}

/**
 * Brings the folders found at start into agreement with the catalog. The store has removed what the
 * catalog knows as deleted; any other folder with a topic's id in it is data, and becomes a topic.
 * @throws {StorageError} for folders that cannot all be right, or a catalog that is elsewhere.
 */
export async function reconcileFolders(
  log: CatalogLog,
  logs: LogStore,
  logger: Logger,
): Promise<void> {
  const { adopt, leave } = reconcile(log.state, [...logs.logs()])
  checkCatalog(log.state, logs, adopt)
  for (const found of leave) {
    found.setConfig({ ...found.config, cleanupPolicy: 'none' })
    logger.warn('folder-not-served', { topic: found.topic, partition: found.partition })
  }
  if (adopt.length > 0) await log.note(adopt)
  for (const record of adopt) {
    if (record.kind === 'topic-created') {
      const { name, id, partitions } = record
      logger.warn('topic-adopted', { topic: name, id, partitions, configs: 'defaults' })
    }
  }
  await forgetDeleted(log, logs, [...log.state.deletedIds.keys()])
}

/**
 * Topics without a catalog are adopted when no dir has one; not while a dir is offline that may.
 * @throws {StorageError}
 */
function checkCatalog(state: CatalogState, logs: LogStore, adopt: readonly CatalogRecord[]): void {
  const found = adopt.find(({ kind }) => kind === 'topic-created')
  const offline = logs.dirs().filter(({ isOnline }) => !isOnline)
  if (found === undefined || offline.length === 0 || state.lineages.length > 0) return
  throw new StorageError(
    'the log dirs that work have topics, but not the catalog that knows them: bring back ' +
      offline.map(({ path }) => path).join(' or '),
  )
}

/** Once it is durable that their folders are gone, deleted topics need not be remembered. */
export async function forgetDeleted(
  { state, files }: CatalogLog,
  logs: LogStore,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  const dirs = logs.dirs()
  const online = dirs.filter(({ isOnline }) => isOnline)
  await Promise.all(online.map(({ path }) => files.syncFolder(path)))
  const there = new Set(online.map(({ directoryId }) => directoryId))
  for (const id of ids) {
    // a dir that is away comes back with the folders that it had
    const places = state.deletedIds.get(id) ?? []
    const isKnown = places.length > 0 && !places.includes('')
    const isAnywhere = !isKnown && online.length < dirs.length
    if (!isAnywhere && places.every((dir) => dir === '' || there.has(dir))) state.forgetDeleted(id)
  }
}

/** Decides, and touches nothing. */
function reconcile(state: CatalogState, found: readonly PartitionLog[]): Reconciliation {
  const leave: PartitionLog[] = []
  const unknown = new Map<string, PartitionLog[]>()
  const known = new Map([...state.topics.values()].map((topic) => [topic.name, topic]))
  const more = new Map<string, number>()
  for (const log of found) {
    const topic = known.get(log.topic)
    if (topic !== undefined && belongs(log, topic)) {
      const partitions = Math.max(more.get(topic.id) ?? topic.partitions, log.partition + 1)
      if (partitions > topic.partitions) more.set(topic.id, partitions)
    } else if (isForeign(log)) {
      leave.push(log)
    } else if (topic !== undefined) {
      throw contradiction(log, `catalog.log knows topic ${topic.id} of this name`)
    } else {
      unknown.set(log.topic, [...(unknown.get(log.topic) ?? []), log])
    }
  }
  const added = [...more].map(([id, partitions]) => {
    const { places = [] } = state.topics.get(id) ?? {}
    return { kind: 'partitions-added', id, partitions, places } as const
  })
  const adopt = [...added, ...[...unknown].map(([name, own]) => adopted(name, own))]
  return { adopt, leave }
}

/** A folder that nobody made for a topic, or Kafka for its own metadata. */
function isForeign({ topic, topicId, partition }: PartitionLog): boolean {
  return topicId === ZERO_UUID || topic === KRAFT_TOPIC || partition > MAX_PARTITION
}

/** By the id in it; by its name where a crash took the file that has it. */
function belongs({ topicId, partition }: PartitionLog, topic: TopicDescription): boolean {
  if (topicId === ZERO_UUID) return partition < topic.partitions
  return topicId === topic.id && partition <= MAX_PARTITION
}

function adopted(name: string, logs: readonly PartitionLog[]): CatalogRecord {
  const [first] = logs
  if (first === undefined) throw new StorageError('a topic without a folder is not adopted')
  const problem = topicNameProblem(name)
  if (problem !== undefined) throw contradiction(first, problem)
  const id = first.topicId
  const other = logs.find((log) => log.topicId !== id)
  if (other !== undefined) throw contradiction(other, `partition ${first.partition} of ${id}`)
  const partitions = Math.max(...logs.map((log) => log.partition)) + 1
  const internal = isInternalTopic(name)
  const configs = new Map<string, string>()
  return { kind: 'topic-created', name, id, partitions, internal, configs, places: [] }
}

function contradiction(
  { dir, topic, partition, topicId }: PartitionLog,
  why: string,
): StorageError {
  const folder = `${dir}/${topic}-${partition}`
  return new StorageError(`${folder} says it is of topic ${topicId}, but ${why}; move one away`)
}
