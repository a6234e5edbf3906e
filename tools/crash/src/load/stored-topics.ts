import {
  CreateTopics,
  DeleteTopics,
  ErrorCode,
  errorName,
  Metadata,
  Produce,
  type ProduceRequestTopicProduceData,
  type ProduceResponse,
  ZERO_UUID,
} from '@pafka/protocol'

import { Finding } from '../ledger/finding.ts'
import type { Connection } from '../wire/connection.ts'

const TIMEOUT_MS = 30_000
const PRODUCE_VERSION = 9

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  readonly configs: Readonly<Record<string, string>>
}

/** @returns the topic's id. @throws {Finding} when it is refused. */
export async function createTopic(connection: Connection, topic: NewTopic): Promise<string> {
  const configs = Object.entries(topic.configs).map(([name, value]) => ({ name, value }))
  const asked = {
    name: topic.name,
    numPartitions: topic.partitions,
    replicationFactor: 1,
    assignments: [],
    configs,
  }
  const request = { topics: [asked], timeoutMs: TIMEOUT_MS, validateOnly: false }
  const { topics } = await connection.send(CreateTopics, 7, request)
  expectNone(topics[0]?.errorCode, topic.name, 'create')
  return topics[0]?.topicId ?? ZERO_UUID
}

/** @throws {Finding} when it is refused. */
export async function deleteTopic(connection: Connection, name: string): Promise<void> {
  const request = { topics: [], topicNames: [name], timeoutMs: TIMEOUT_MS }
  const { responses } = await connection.send(DeleteTopics, 5, request)
  expectNone(responses[0]?.errorCode, name, 'delete')
}

/** @returns ids by name; a topic that is not there has none. */
export async function topicIds(
  connection: Connection,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { topics } = await connection.send(Metadata, 12, {
    topics: names.map((name) => ({ name, topicId: ZERO_UUID })),
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
  const there = topics.filter(({ errorCode }) => errorCode === ErrorCode.NONE)
  return new Map(there.map(({ name, topicId }) => [name ?? '', topicId]))
}

export function produce(
  connection: Connection,
  acks: number,
  topicData: readonly ProduceRequestTopicProduceData[],
): Promise<ProduceResponse> {
  const request = { transactionalId: null, acks, timeoutMs: TIMEOUT_MS, topicData }
  return connection.send(Produce, PRODUCE_VERSION, request)
}

export function expectNone(errorCode: number | undefined, place: string, what: string): void {
  if (errorCode === ErrorCode.NONE) return
  const name = errorCode === undefined ? 'no answer for it' : errorName(errorCode)
  throw new Finding('refused', place, `${what}: ${name}`)
}
