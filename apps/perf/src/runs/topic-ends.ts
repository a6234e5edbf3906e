import type { Kafka } from '@pafka/client'

/**
 * Makes a topic, if it is not there.
 * @returns where its partitions end now
 * @throws {KafkaError}
 */
export async function topicEnds(
  kafka: Kafka,
  topic: string,
  partitions: number,
): Promise<ReadonlyMap<number, number>> {
  const admin = kafka.admin()
  if ((await admin.topics.find(topic)) === undefined) {
    await admin.topics.create(topic, { partitions })
  }
  const { done, failed } = await admin.partitions.offsets(topic, 'latest')
  const [failure] = failed
  if (failure !== undefined) throw failure
  return new Map(done.map(({ partition, offset = 0 }) => [partition, offset]))
}
