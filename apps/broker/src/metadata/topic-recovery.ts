import { type Logger, StorageError } from '@pafka/base'
import type { LogStore, PartitionLog } from '@pafka/log'
import { randomUuid, ZERO_UUID } from '@pafka/protocol'

import type { CatalogLog } from './catalog-log.ts'
import type { CatalogRecord } from './catalog-record.ts'
import type { CatalogState, TopicDescription } from './catalog-state.ts'
import { isInternalTopic, topicNameProblem } from './topic-name.ts'

/** Kafka's own metadata, in the folder of a broker that is its controller too. */
const KRAFT_TOPIC = '__cluster_metadata'

/** What to do with the folders found, so that catalog and folders agree. */
interface Reconciliation {
  readonly remove: readonly PartitionLog[]
  /** Data that the catalog knows nothing of: a folder of Kafka's, or a catalog that was lost. */
  readonly adopt: readonly CatalogRecord[]
}

/**
 * Brings the folders found at start into agreement with the catalog. Only what the catalog knows
 * as deleted is removed; any other folder is data, and becomes a topic (again).
 * @throws {StorageError} for folders that cannot all be right.
 */
export async function reconcileFolders(
  log: CatalogLog,
  logs: LogStore,
  logger: Logger,
): Promise<void> {
  const { remove, adopt } = reconcile(log.state, [...logs.logs()])
  for (const { topic, partition, topicId } of remove) {
    logger.info('deleted-partition-removed', { topic, partition, topicId })
  }
  await Promise.all(remove.map((each) => logs.delete(each)))
  if (adopt.length > 0) await log.append(adopt)
  for (const record of adopt) {
    if (record.kind === 'topic-created') {
      const { name, id, partitions } = record
      logger.warn('topic-adopted', { topic: name, id, partitions, configs: 'defaults' })
    }
  }
  await forgetDeleted(log, logs, [...log.state.deleted.keys()])
}

/** Once it is durable that their folders are gone, deleted topics need not be remembered. */
export async function forgetDeleted(
  { state, files }: CatalogLog,
  logs: LogStore,
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return
  await Promise.all(logs.dirs().map(({ path }) => files.syncFolder(path)))
  for (const id of ids) state.forgetDeleted(id)
}

/** Decides, and touches nothing. */
function reconcile(state: CatalogState, found: readonly PartitionLog[]): Reconciliation {
  const remove: PartitionLog[] = []
  const unknown = new Map<string, PartitionLog[]>()
  const known = new Map([...state.topics.values()].map((topic) => [topic.name, topic]))
  const more = new Map<string, number>()
  const deletedNames = new Set(state.deleted.values())
  for (const log of found) {
    const topic = known.get(log.topic)
    if (topic !== undefined && belongs(log, topic)) {
      const partitions = Math.max(more.get(topic.id) ?? topic.partitions, log.partition + 1)
      if (partitions > topic.partitions) more.set(topic.id, partitions)
    } else if (state.deleted.has(log.topicId) || isUnmarked(log, deletedNames)) {
      remove.push(log)
    } else if (topic !== undefined) {
      throw contradiction(log, `catalog.log knows topic ${topic.id} of this name`)
    } else if (log.topic !== KRAFT_TOPIC) {
      unknown.set(log.topic, [...(unknown.get(log.topic) ?? []), log])
    }
  }
  const added = [...more].map(
    ([id, partitions]) => ({ kind: 'partitions-added', id, partitions }) as const,
  )
  return { remove, adopt: [...added, ...[...unknown].map(([name, own]) => adopted(name, own))] }
}

/** Without the file that has the id, which a crash can take, a folder is what its name says. */
function isUnmarked({ topic, topicId }: PartitionLog, names: ReadonlySet<string>): boolean {
  return topicId === ZERO_UUID && names.has(topic)
}

/** A folder from before Kafka had topic ids belongs by its name. */
function belongs(log: PartitionLog, topic: TopicDescription): boolean {
  return log.topicId === topic.id || log.topicId === ZERO_UUID
}

function adopted(name: string, logs: readonly PartitionLog[]): CatalogRecord {
  const [first] = logs
  if (first === undefined) throw new StorageError('a topic without a folder is not adopted')
  const problem = topicNameProblem(name)
  if (problem !== undefined) throw contradiction(first, problem)
  const ids = new Set(logs.map((log) => log.topicId).filter((id) => id !== ZERO_UUID))
  if (ids.size > 1) throw contradiction(first, `its partitions name topics ${[...ids].join(', ')}`)
  const [id = randomUuid()] = ids
  const partitions = Math.max(...logs.map((log) => log.partition)) + 1
  const internal = isInternalTopic(name)
  return { kind: 'topic-created', name, id, partitions, internal, configs: new Map() }
}

function contradiction(
  { dir, topic, partition, topicId }: PartitionLog,
  why: string,
): StorageError {
  const folder = `${dir}/${topic}-${partition}`
  return new StorageError(`${folder} says it is of topic ${topicId}, but ${why}; move one away`)
}
