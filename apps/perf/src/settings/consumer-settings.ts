import type { ConsumerOptions } from '@pafka/client'

import type { Mutable } from './mutable.ts'
import type { PropertyReader } from './property-reader.ts'

/** Kafka's properties of consumers. */
export function consumerSettings(read: PropertyReader): ConsumerOptions {
  const consumer: Mutable<ConsumerOptions> = {}
  const from = read.oneOf('auto.offset.reset', ['earliest', 'latest'])
  if (from !== undefined) consumer.from = from
  const isolation = read.oneOf('isolation.level', ['read_committed', 'read_uncommitted'])
  // as in Kafka, where nothing is said
  consumer.readCommitted = isolation === 'read_committed'
  const protocol = read.oneOf('group.protocol', ['classic', 'consumer'])
  if (protocol !== undefined) consumer.protocol = protocol
  const commits = read.oneOf('enable.auto.commit', ['true', 'false'])
  if (commits === 'false') consumer.ack = 'manual'
  const commitIntervalMs = read.number('auto.commit.interval.ms')
  if (commitIntervalMs !== undefined) consumer.commitIntervalMs = commitIntervalMs
  const sessionTimeoutMs = read.number('session.timeout.ms')
  if (sessionTimeoutMs !== undefined) consumer.sessionTimeoutMs = sessionTimeoutMs
  return consumer
}
