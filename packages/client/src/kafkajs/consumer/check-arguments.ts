import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import type { TopicPartitionOffset } from '../topic-types.ts'
import type { ConsumerSubscribeTopic, ConsumerSubscribeTopics } from './consumer-types.ts'

const OFFSET = /^-?\d+$/u
/** In the place of an offset: the next to come, and the first one. */
const SPECIAL_OFFSETS = ['-1', '-2']

/** @throws {KafkaJSNonRetriableError} */
export function topicsOf(
  subscription: ConsumerSubscribeTopics | ConsumerSubscribeTopic,
): (string | RegExp)[] {
  const { topic, topics } = subscription as { topic?: unknown; topics?: unknown }
  const given: unknown = topics ?? (topic === undefined || topic === null ? undefined : [topic])
  if (given === undefined) throw new KafkaJSNonRetriableError('topics: at least one is needed')
  if (!Array.isArray(given)) throw new KafkaJSNonRetriableError('topics: they are to be an array')
  return given.map((one: unknown) => {
    if ((typeof one === 'string' && one !== '') || one instanceof RegExp) return one
    const text = `A topic is a text or a regular expression, not ${String(one)}`
    throw new KafkaJSNonRetriableError(text)
  })
}

/** An offset as a program gives it, which need not be as its types say. */
interface GivenOffset {
  readonly topic: unknown
  readonly partition: unknown
  readonly offset: unknown
  readonly metadata?: unknown
}

/** @throws {KafkaJSNonRetriableError} for an offset that is none, and below 0 unless `special` */
export function checkedOffset(
  { topic, partition, offset, metadata = null }: GivenOffset,
  special: boolean,
): TopicPartitionOffset & { metadata: string | null } {
  if (typeof topic !== 'string' || topic === '') {
    throw new KafkaJSNonRetriableError(`${String(topic)} is no topic`)
  }
  const number = Number(partition)
  if (!Number.isInteger(number) || number < 0) {
    throw new KafkaJSNonRetriableError(`${String(partition)} is no partition`)
  }
  const text = String(offset)
  if (!OFFSET.test(text)) throw new KafkaJSNonRetriableError(`${text} is no offset`)
  if (text.startsWith('-') && !(special && SPECIAL_OFFSETS.includes(text))) {
    throw new KafkaJSNonRetriableError(`${text}: an offset is not below 0`)
  }
  if (metadata !== null && typeof metadata !== 'string') {
    throw new KafkaJSNonRetriableError('metadata: it is a text, or null')
  }
  return { topic, partition: number, offset: text, metadata }
}

/** @throws {KafkaJSNonRetriableError} */
export function checkPartitions(
  given: readonly { readonly topic: string; readonly partitions?: number[] }[],
): void {
  for (const one of given) {
    const { topic, partitions }: { topic?: unknown; partitions?: unknown } = one ?? {}
    if (typeof topic !== 'string' || topic === '') {
      throw new KafkaJSNonRetriableError(`${String(topic)} is no topic`)
    }
    const isGood =
      partitions === undefined ||
      (Array.isArray(partitions) && partitions.every((each) => Number.isInteger(each)))
    if (!isGood) throw new KafkaJSNonRetriableError(`partitions of ${topic}: a list of numbers`)
  }
}
