import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import type { Message, ProducerBatch, TopicMessages } from '../topic-types.ts'

/** @throws {KafkaJSNonRetriableError} for what cannot be sent */
export function checkBatch(
  { topicMessages = [], acks = -1 }: ProducerBatch,
  idempotent: boolean,
): void {
  for (const given of topicMessages) {
    const { topic, messages }: { topic: unknown; messages: unknown } = given
    if (typeof topic !== 'string' || topic === '') {
      throw new KafkaJSNonRetriableError(`A topic is needed, ${String(topic)} is none`)
    }
    if (!Array.isArray(messages)) {
      throw new KafkaJSNonRetriableError(`Messages for topic ${topic} are to be an array`)
    }
    const empty: unknown = messages.find((message: Message) => message.value === undefined)
    if (empty === undefined) continue
    const text = JSON.stringify(empty)
    throw new KafkaJSNonRetriableError(`A message for topic ${topic} has no value: ${text}`)
  }
  if (idempotent && acks !== -1) {
    throw new KafkaJSNonRetriableError('An idempotent producer waits for all: acks must be -1')
  }
}

/** Messages of a topic that comes twice go together. */
export function mergeTopics(given: readonly TopicMessages[]): TopicMessages[] {
  const topics = Map.groupBy(given, ({ topic }) => topic)
  return [...topics].map(([topic, parts]) => {
    return { topic, messages: parts.flatMap(({ messages }) => messages) }
  })
}
