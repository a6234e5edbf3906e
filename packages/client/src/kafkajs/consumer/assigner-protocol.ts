import { DecodeError } from '@pafka/base'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  WireReader,
  WireWriter,
} from '@pafka/protocol'

import type { Assignment } from './assigner-types.ts'

export interface Serializer<T> {
  encode(value: T): Buffer
  decode(buffer: Buffer): T | null
}

export type MemberMetadata = {
  version: number
  topics: string[]
  userData: Buffer
}

export type MemberAssignment = {
  version: number
  assignment: Assignment
  userData: Buffer
}

/** Programs in JavaScript leave it out. */
type WithoutUserData<T extends { userData: Buffer }> = Omit<T, 'userData'> & { userData?: Buffer }

/** The bytes are those of the first version, whatever number stands before them. */
const FORMAT = 0
const NO_BYTES = Buffer.alloc(0)

export const AssignerProtocol: {
  MemberMetadata: Serializer<MemberMetadata>
  MemberAssignment: Serializer<MemberAssignment>
} = {
  MemberMetadata: {
    encode({ version, topics, userData = NO_BYTES }: WithoutUserData<MemberMetadata>) {
      const writer = new WireWriter()
      writer.int16(version)
      const rest = { ownedPartitions: [], generationId: -1, rackId: null }
      ConsumerProtocolSubscription.encode(writer, { topics, userData, ...rest }, FORMAT)
      return Buffer.concat(writer.finish())
    },
    decode(buffer) {
      const { reader, version } = versionOf(buffer)
      const { topics, userData } = ConsumerProtocolSubscription.decode(reader, FORMAT)
      return { version, topics: [...topics], userData: copied(userData) }
    },
  },
  MemberAssignment: {
    encode({ version, assignment, userData = NO_BYTES }: WithoutUserData<MemberAssignment>) {
      const writer = new WireWriter()
      writer.int16(version)
      const assignedPartitions = Object.entries(assignment).map(([topic, partitions]) => {
        return { topic, partitions }
      })
      ConsumerProtocolAssignment.encode(writer, { assignedPartitions, userData }, FORMAT)
      return Buffer.concat(writer.finish())
    },
    decode(buffer) {
      if (buffer.length === 0) return null
      const { reader, version } = versionOf(buffer)
      const fields = ConsumerProtocolAssignment.decode(reader, FORMAT)
      const topics = fields.assignedPartitions.map(({ topic, partitions }) => {
        return [topic, [...partitions]] as [string, number[]]
      })
      return { version, assignment: Object.fromEntries(topics), userData: copied(fields.userData) }
    },
  },
}

function versionOf(buffer: Buffer): { readonly reader: WireReader; readonly version: number } {
  const reader = new WireReader(buffer)
  const version = reader.int16()
  if (version < 0) throw new DecodeError(`members of groups have no version ${version}`)
  return { reader, version }
}

function copied(bytes: Uint8Array | null): Buffer {
  return bytes === null ? NO_BYTES : Buffer.from(bytes)
}
