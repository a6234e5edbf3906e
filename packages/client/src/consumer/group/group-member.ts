import type { TopicPartition } from '../../cluster/topic-partition.ts'
import type { KafkaError } from '../../errors/kafka-error.ts'

/** Who a member is at its coordinator. */
export interface MemberIdentity {
  readonly memberId: string
  /** The epoch of the member, in groups in which the broker assigns. */
  readonly generationId: number
  readonly instanceId: string | null
}

/** A generation of a group, as the coordinator tells a member of it. */
export interface Generation {
  readonly memberId: string
  readonly generationId: number
  readonly leaderId: string
  /** The name of the protocol that all members have. */
  readonly protocol: string
  readonly assignment: readonly TopicPartition[]
}

/** What happens to a member, as its group has it. */
export interface MemberEvents {
  /** They are this member's from now on. */
  assigned(partitions: readonly TopicPartition[]): void
  /** To be given up: somebody else gets them when the promise ends. It must not fail. */
  revoked(partitions: readonly TopicPartition[]): Promise<void>
  /** Somebody else may have them already: nothing of them can be committed. */
  lost(partitions: readonly TopicPartition[]): void
  /** A generation of the group has begun, and this member is in it; before `assigned`. */
  joined?(generation: Generation): void
  /** The group is to be joined again; what this member has is given up first. */
  rejoins?(): void
  /** The coordinator heard of this member. */
  beat?(): void
  /** It is a member no more, and will not be again. */
  failed(error: KafkaError): void
}

/** A member of a group. */
export interface GroupMember {
  readonly identity: MemberIdentity
  /**
   * What it said as this member was refused.
   * @param asked who it was then
   * @returns whether the same may be said again, of what it still has: it is somebody else by now,
   *   or is soon
   */
  outdated(errorCode: number, asked: MemberIdentity): boolean
  /**
   * Leaves, without giving up what it has: that was done before. Ends in any case.
   * @param isForGood so that a static member is not expected back
   */
  leave(isForGood: boolean): Promise<void>
}
