import { DecodeError } from '@pafka/base'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  WireReader,
} from '@pafka/protocol'

type Subscription = ReturnType<typeof ConsumerProtocolSubscription.decode>

/**
 * The topics in a consumer's join metadata. The bytes are the client's own: clients of other makes
 * need not follow the format.
 * @returns null when they cannot be read
 */
export function topicsOfSubscription(metadata: Uint8Array): readonly string[] | null {
  return subscriptionIn(metadata)?.topics ?? null
}

/**
 * Whether a consumer had partitions when it joined that its assignment does not give it: nobody has
 * them before it joins again without them, as cooperative assignors have it.
 */
export function hasToGiveUp(metadata: Uint8Array, assignment: Uint8Array): boolean {
  const owned = subscriptionIn(metadata)?.ownedPartitions ?? []
  if (owned.length === 0) return false
  const kept = new Set(partitionsIn(assignment))
  return namesOf(owned).some((one) => !kept.has(one))
}

function subscriptionIn(metadata: Uint8Array): Subscription | null {
  return readable(metadata, (reader, version) => {
    if (version < ConsumerProtocolSubscription.minVersion) return null
    const known = Math.min(version, ConsumerProtocolSubscription.maxVersion)
    return ConsumerProtocolSubscription.decode(reader, known)
  })
}

function partitionsIn(assignment: Uint8Array): string[] {
  const assigned = readable(assignment, (reader, version) => {
    if (version < ConsumerProtocolAssignment.minVersion) return null
    const known = Math.min(version, ConsumerProtocolAssignment.maxVersion)
    return ConsumerProtocolAssignment.decode(reader, known).assignedPartitions
  })
  return namesOf(assigned ?? [])
}

interface NamedPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

function namesOf(listed: readonly NamedPartitions[]): string[] {
  return listed.flatMap(({ topic, partitions }) => partitions.map((one) => `${topic}/${one}`))
}

function readable<Value>(
  bytes: Uint8Array,
  read: (reader: WireReader, version: number) => Value,
): Value | null {
  const reader = new WireReader(bytes)
  try {
    return read(reader, reader.int16())
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}
