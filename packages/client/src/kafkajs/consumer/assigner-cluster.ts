import { EARLIEST, LATEST, listOffsets } from '../../consumer/list-offsets.ts'
import { CoordinatorType } from '../../cluster/cluster.ts'
import type { Connected } from '../client-session.ts'
import { KafkaJSNotImplemented } from '../errors/metadata-errors.ts'
import { partitionMetadataOf } from '../partition-metadata.ts'
import type { TopicOffsets } from '../topic-types.ts'
import type { BrokerMetadata, Cluster, TopicsOffsetQuestion } from './assigner-types.ts'

/** How to get at the cluster. */
export interface AssignerSession {
  readonly connect: () => Promise<Connected>
  /** Undefined while it is not connected. */
  readonly current: () => Connected | undefined
}

/** What a program's assigners ask of the cluster. Connections are nobody's business but ours. */
export function assignerCluster({ connect, current }: AssignerSession): Cluster & Disposable {
  const unwatch = new Map<string, () => void>()
  const addMultipleTargetTopics = async (topics: string[]): Promise<void> => {
    const { cluster } = await connect()
    const added = topics.filter((topic) => !unwatch.has(topic))
    for (const topic of added) unwatch.set(topic, cluster.metadata.watch(topic))
    if (added.length > 0) await cluster.metadata.refresh()
  }
  const partitionsOf = (topic: string) => {
    const known = current()?.cluster.metadata.find(topic)
    return known === undefined ? [] : partitionMetadataOf(known)
  }
  const refreshMetadata = async (): Promise<void> => (await connect()).cluster.metadata.refresh()
  return {
    ...{ addMultipleTargetTopics, findTopicPartitionMetadata: partitionsOf, refreshMetadata },
    ...{ refreshMetadataIfNecessary: refreshMetadata },
    getNodeIds: () => [...(current()?.cluster.metadata.nodes.keys() ?? [])],
    isConnected: () => current()?.cluster.isClosed === false,
    connect: async () => void (await connect()),
    disconnect: async () => {},
    removeBroker: () => {},
    addTargetTopic: async (topic) => addMultipleTargetTopics([topic]),
    metadata: async () => metadataOf(await connect(), [...unwatch.keys()]),
    findBroker: noBroker,
    findControllerBroker: noBroker,
    findGroupCoordinator: noBroker,
    findLeaderForPartitions: (topic, partitions) => {
      const wanted = partitionsOf(topic).filter(({ partitionId }) =>
        partitions.includes(partitionId),
      )
      const byLeader = Map.groupBy(wanted, ({ leader }) => String(leader))
      return Object.fromEntries(
        [...byLeader].map(([leader, own]) => [leader, own.map(({ partitionId }) => partitionId)]),
      )
    },
    findGroupCoordinatorMetadata: async ({ groupId }) => {
      const { cluster } = await connect()
      const nodeId = await cluster.coordinator(CoordinatorType.GROUP, groupId)
      const { host = '', port = 0 } = cluster.metadata.nodes.get(nodeId) ?? {}
      return { errorCode: 0, coordinator: { nodeId, host, port } }
    },
    defaultOffset: ({ fromBeginning }) => (fromBeginning ? EARLIEST : LATEST),
    fetchTopicsOffset: async (topics) => offsetsOf(await connect(), topics),
    [Symbol.dispose]: () => {
      for (const end of unwatch.values()) end()
      unwatch.clear()
    },
  }
}

function noBroker(): Promise<never> {
  return Promise.reject(new KafkaJSNotImplemented('Brokers cannot be had one by one here'))
}

async function metadataOf({ cluster }: Connected, topics: string[]): Promise<BrokerMetadata> {
  await cluster.metadata.refresh()
  const { nodes } = cluster.metadata
  return {
    brokers: [...nodes.values()].map(({ id: nodeId, host, port, rack }) => {
      return { nodeId, host, port, ...(rack !== null && { rack }) }
    }),
    topicMetadata: topics.flatMap((topic) => {
      const known = cluster.metadata.find(topic)
      if (known === undefined) return []
      return [{ topicErrorCode: 0, topic, partitionMetadata: partitionMetadataOf(known) }]
    }),
  }
}

async function offsetsOf(
  { cluster }: Connected,
  topics: readonly TopicsOffsetQuestion[],
): Promise<TopicOffsets[]> {
  const questions = topics.flatMap(({ topic, partitions, fromBeginning, fromTimestamp }) => {
    const timestamp = fromTimestamp ?? (fromBeginning ? EARLIEST : LATEST)
    return partitions.map(({ partition }) => ({ topic, partition, timestamp }))
  })
  const answers = await listOffsets(cluster, questions, false)
  return [...Map.groupBy(answers, ([{ topic }]) => topic)].map(([topic, own]) => ({
    topic,
    partitions: own.map(([{ partition }, offset]) => ({ partition, offset: String(offset) })),
  }))
}
