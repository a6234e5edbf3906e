import { DecodeError } from '@pafka/base'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  WireReader,
  WireWriter,
} from '@pafka/protocol'

import type { TopicPartition } from '../../cluster/topic-partition.ts'

/** What a member says when it joins. */
export interface GroupSubscription {
  readonly topics: readonly string[]
  /** What it has, and keeps while it joins. */
  readonly owned: readonly TopicPartition[]
  /** In which generation it got that; -1 for none, or where the client does not say it. */
  readonly generationId: number
  readonly rack: string | undefined
}

/** Bytes of such a message, of this version. Source: KIP-792, KIP-881. */
const VERSION = 3

export function encodeSubscription(subscription: GroupSubscription): Uint8Array {
  const { topics, owned, generationId, rack = null } = subscription
  const writer = new WireWriter()
  writer.int16(VERSION)
  const fields = {
    ...{ topics: topics.toSorted(), userData: null, generationId, rackId: rack },
    ownedPartitions: byTopic(owned),
  }
  ConsumerProtocolSubscription.encode(writer, fields, VERSION)
  return Buffer.concat(writer.finish())
}

/** Of a later version what is known here. @throws {DecodeError} */
export function decodeSubscription(bytes: Uint8Array): GroupSubscription {
  const { reader, version } = versionOf(bytes, ConsumerProtocolSubscription)
  const fields = ConsumerProtocolSubscription.decode(reader, version)
  return {
    topics: fields.topics,
    owned: listed(fields.ownedPartitions),
    generationId: fields.generationId,
    rack: fields.rackId ?? undefined,
  }
}

export function encodeAssignment(partitions: readonly TopicPartition[]): Uint8Array {
  const writer = new WireWriter()
  writer.int16(VERSION)
  const fields = { assignedPartitions: byTopic(partitions), userData: null }
  ConsumerProtocolAssignment.encode(writer, fields, VERSION)
  return Buffer.concat(writer.finish())
}

/** Nothing for no bytes: the leader knows nothing of the member. @throws {DecodeError} */
export function decodeAssignment(bytes: Uint8Array): TopicPartition[] {
  if (bytes.length === 0) return []
  const { reader, version } = versionOf(bytes, ConsumerProtocolAssignment)
  return listed(ConsumerProtocolAssignment.decode(reader, version).assignedPartitions)
}

interface Versions {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
}

function versionOf(
  bytes: Uint8Array,
  { name, minVersion, maxVersion }: Versions,
): { readonly reader: WireReader; readonly version: number } {
  const reader = new WireReader(bytes)
  const version = Math.min(reader.int16(), maxVersion)
  if (version < minVersion) throw new DecodeError(`${name} has no version ${version}`)
  return { reader, version }
}

interface NamedPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

function byTopic(partitions: readonly TopicPartition[]): NamedPartitions[] {
  const topics = Map.groupBy(partitions, ({ topic }) => topic)
  return [...topics].map(([topic, own]) => {
    return { topic, partitions: own.map(({ partition }) => partition) }
  })
}

function listed(named: readonly NamedPartitions[]): TopicPartition[] {
  return named.flatMap(({ topic, partitions }) => {
    return partitions.map((partition) => ({ topic, partition }))
  })
}
