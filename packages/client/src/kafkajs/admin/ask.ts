import type { Ask } from '../../cluster/cluster.ts'
import { CoordinatorType } from '../../cluster/cluster.ts'
import type { TopicMetadata } from '../../cluster/cluster-metadata.ts'
import { brokerError } from '../../errors/broker-error.ts'
import { isRetriableError } from '../../errors/kafka-error.ts'
import type { Connected } from '../client-session.ts'

/** How an answer says that it is none. */
export interface Refusal {
  readonly errorCode: number
  readonly errorMessage?: string | null
}

/** Asks the controller once. @throws {KafkaError} what `check` throws, too */
export async function askController<Request, Response, Result>(
  { cluster }: Connected,
  ask: Ask<Request, Response>,
  check: (response: Response) => Result,
): Promise<Result> {
  try {
    return check(await cluster.askController(ask))
  } catch (error) {
    // it may be another one now
    if (isRetriableError(error)) cluster.metadata.outdated()
    throw error
  }
}

/** @throws {KafkaError} unless the answer is one */
export function checkAnswer({ errorCode, errorMessage = null }: Refusal, api: string): void {
  if (errorCode !== 0) throw brokerError(errorCode, errorMessage, { api })
}

/** Keeps a topic known while something is done with it. @throws {KafkaError} */
export async function withTopic<Result>(
  { cluster, options }: Connected,
  name: string,
  work: (topic: TopicMetadata) => Promise<Result>,
): Promise<Result> {
  const unwatch = cluster.metadata.watch(name)
  try {
    const deadlineMs = options.clock.monotonicMs() + options.timeoutMs
    return await work(await cluster.metadata.topic(name, { deadlineMs }))
  } finally {
    unwatch()
  }
}

/** Groups by the brokers that look after them. @throws {KafkaError} */
export async function groupsByCoordinator(
  { cluster }: Connected,
  groupIds: readonly string[],
): Promise<Map<number, string[]>> {
  const nodeIds = await Promise.all(
    groupIds.map(async (groupId) => cluster.coordinator(CoordinatorType.GROUP, groupId)),
  )
  const byNode = new Map<number, string[]>()
  for (const [at, groupId] of groupIds.entries()) {
    const nodeId = nodeIds[at] ?? -1
    byNode.set(nodeId, [...(byNode.get(nodeId) ?? []), groupId])
  }
  return byNode
}
