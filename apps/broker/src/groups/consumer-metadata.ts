import { DecodeError } from '@pafka/base'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  WireReader,
} from '@pafka/protocol'

/** The fields, and by which of the versions that are known here they were read. */
export interface Versioned<Fields> {
  readonly version: number
  readonly fields: Fields
}

/**
 * The topics in a consumer's join metadata. The bytes are the client's own: clients of other makes
 * need not follow the format.
 * @returns null when they cannot be read
 */
export function topicsOfSubscription(metadata: Uint8Array): readonly string[] | null {
  return subscriptionIn(metadata)?.fields.topics ?? null
}

/**
 * Whether a consumer had partitions when it joined that its assignment does not give it: nobody has
 * them before it joins again without them, as cooperative assignors have it.
 */
export function hasToGiveUp(metadata: Uint8Array, assignment: Uint8Array): boolean {
  const owned = subscriptionIn(metadata)?.fields.ownedPartitions ?? []
  if (owned.length === 0) return false
  const kept = new Set(namesOf(assignmentIn(assignment)?.fields.assignedPartitions ?? []))
  return namesOf(owned).some((one) => !kept.has(one))
}

/** @returns null when the bytes are no subscription */
export function subscriptionIn(bytes: Uint8Array): Versioned<ConsumerProtocolSubscription> | null {
  return versionedIn(ConsumerProtocolSubscription, bytes)
}

/** @returns null when the bytes are no assignment */
export function assignmentIn(bytes: Uint8Array): Versioned<ConsumerProtocolAssignment> | null {
  return versionedIn(ConsumerProtocolAssignment, bytes)
}

interface NamedPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

function namesOf(listed: readonly NamedPartitions[]): string[] {
  return listed.flatMap(({ topic, partitions }) => partitions.map((one) => `${topic}/${one}`))
}

interface ConsumerPart<Fields> {
  readonly minVersion: number
  readonly maxVersion: number
  readonly decode: (reader: WireReader, version: number) => Fields
}

/** Of a later version the fields that are known: later ones only add to the end. */
function versionedIn<Fields>(
  part: ConsumerPart<Fields>,
  bytes: Uint8Array,
): Versioned<Fields> | null {
  const reader = new WireReader(bytes)
  try {
    const version = Math.min(reader.int16(), part.maxVersion)
    return version < part.minVersion ? null : { version, fields: part.decode(reader, version) }
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}
