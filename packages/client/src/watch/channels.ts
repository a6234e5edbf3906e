import {
  type Channel,
  channel,
  type TracingChannel,
  tracingChannel,
} from 'node:diagnostics_channel'

import type { TopicPartition } from '../cluster/topic-partition.ts'

/** A connection to a broker, as `pafka:connection` tells of it. */
export interface ConnectionEvent {
  /** It is there, it ended, or it could not be made. */
  readonly event: 'opened' | 'lost' | 'refused'
  /** `host:port` */
  readonly broker: string
  /** Why it is not there. */
  readonly cause?: unknown
}

/** A member of a group, as `pafka:group` tells of it. */
export interface GroupEvent {
  /** `joined` is told by the classic protocol alone: the other one has no generations. */
  readonly event: 'joined' | 'assigned' | 'revoked' | 'lost' | 'failed'
  readonly groupId: string
  readonly partitions: readonly TopicPartition[]
  readonly cause?: unknown
}

/** A request, from its sending to its answer, as `pafka:request` traces it. */
export interface RequestTrace {
  readonly broker: string
  readonly api: string
  readonly version: number
}

/** A batch, from its first sending to its end, as `pafka:produce` traces it. */
export interface ProduceTrace {
  readonly topic: string
  readonly partition: number
  readonly recordsCount: number
  /** Before compression. */
  readonly sizeBytes: number
}

/** A record while its handler has it, as `pafka:consume` traces it. */
export interface ConsumeTrace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** A `ConsumerRecord`. */
  readonly record: object
}

export const connectionChannel: Channel = channel('pafka:connection')
export const groupChannel: Channel = channel('pafka:group')
export const requestChannel: TracingChannel<object, RequestTrace> = tracingChannel('pafka:request')
export const produceChannel: TracingChannel<object, ProduceTrace> = tracingChannel('pafka:produce')
export const consumeChannel: TracingChannel<object, ConsumeTrace> = tracingChannel('pafka:consume')

export function tellOfConnection(event: ConnectionEvent): void {
  if (connectionChannel.hasSubscribers) connectionChannel.publish(event)
}

export function tellOfGroup(event: GroupEvent): void {
  if (groupChannel.hasSubscribers) groupChannel.publish(event)
}
