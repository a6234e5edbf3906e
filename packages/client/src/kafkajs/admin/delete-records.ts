import { DeleteRecords, ErrorCode, isRetriable } from '@pafka/protocol'

import { brokerError } from '../../errors/broker-error.ts'
import { isRetriableError } from '../../errors/kafka-error.ts'
import type { Connected } from '../client-session.ts'
import {
  KafkaJSDeleteTopicRecordsError,
  type KafkaJSDeleteTopicRecordsErrorPartition,
} from '../errors/admin-errors.ts'
import { KafkaJSBrokerNotFound } from '../errors/connection-errors.ts'
import { KafkaJSNonRetriableError } from '../errors/kafkajs-error.ts'
import { protocolErrorOf } from '../errors/protocol-error-of.ts'
import type { SeekEntry } from './admin-types.ts'
import { withTopic } from './ask.ts'

/**
 * Deletes all before these offsets; -1 is for all there are.
 * @throws {KafkaJSNonRetriableError} whose cause says which partition was refused, and why
 */
export async function deleteTopicRecords(
  connected: Connected,
  topic: string,
  partitions: readonly SeekEntry[],
): Promise<void> {
  const { cluster, options } = connected
  const failed = await withTopic(connected, topic, async (known) => {
    const leaders = new Map(
      known.partitions.map(({ partition, leaderId }) => [partition, leaderId]),
    )
    const led = Map.groupBy(partitions, ({ partition }) => leaders.get(partition) ?? -1)
    const lost = led.get(-1) ?? []
    if (lost.length > 0) throw leaderless(topic, lost)
    const answers = await Promise.all(
      [...led].map(async ([leaderId, own]) =>
        cluster.ask(leaderId, {
          api: DeleteRecords,
          request: {
            timeoutMs: options.requestTimeoutMs,
            topics: [{ name: topic, partitions: own.map(deletionOf) }],
          },
        }),
      ),
    )
    return answers
      .flatMap(({ topics }) => topics.flatMap((answer) => answer.partitions))
      .filter(({ errorCode }) => errorCode !== ErrorCode.NONE)
  }).catch((error: unknown) => {
    if (isRetriableError(error)) cluster.metadata.outdated()
    throw error
  })
  const [first] = failed
  if (first === undefined) return
  // all of them may pass: it is asked again
  if (failed.every(({ errorCode }) => isRetriable(errorCode))) {
    cluster.metadata.outdated()
    throw brokerError(first.errorCode, null, { api: 'DeleteRecords', topic })
  }
  const offsets = new Map(partitions.map(({ partition, offset }) => [partition, offset]))
  const refused = new KafkaJSDeleteTopicRecordsError({
    topic,
    partitions: failed.map(({ partitionIndex: partition, errorCode }) => {
      const error = protocolErrorOf(errorCode)
      return { partition, offset: offsets.get(partition) ?? '', error }
    }),
  })
  throw new KafkaJSNonRetriableError(refused, { cause: refused })
}

function deletionOf({ partition: partitionIndex, offset }: SeekEntry) {
  return { partitionIndex, offset: Number(offset) }
}

function leaderless(topic: string, lost: readonly SeekEntry[]): KafkaJSDeleteTopicRecordsError {
  const partitions = lost.map(({ partition, offset }): KafkaJSDeleteTopicRecordsErrorPartition => {
    const text = `${topic}/${partition} has no leader`
    return { partition, offset, error: new KafkaJSBrokerNotFound(text, { retriable: false }) }
  })
  return new KafkaJSDeleteTopicRecordsError({ topic, partitions })
}
