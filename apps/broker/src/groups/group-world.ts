import type { Clock, Logger } from '@pafka/base'
import type { ErrorCode } from '@pafka/protocol'

import type { DeadlineQueue } from './deadline-queue.ts'
import type { MemberRoster } from './member-roster.ts'

/** What a classic group needs of the world. It does no I/O of its own, and has no clock. */
export interface GroupWorld {
  readonly clock: Clock
  readonly logger: Logger
  readonly deadlines: DeadlineQueue
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number
  /** `group.max.size` */
  readonly maxSize: number
  /** The random part of a new member's id. */
  readonly randomId: () => string
  /**
   * Makes the group as it is now durable, with these assignments by member id.
   * @param stored called once, later; calls for one group come back in their order
   */
  readonly store: (
    group: StorableGroup,
    assignments: ReadonlyMap<string, Uint8Array>,
    stored: (errorCode: ErrorCode) => void,
  ) => void
}

/** What is kept of a group. */
export interface StorableGroup {
  readonly groupId: string
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** When it came into its state, ms since the epoch. */
  readonly stateTimestampMs: number
  readonly roster: MemberRoster
}

/** What survives a restart of a group, besides its members. */
export interface StoredGroup {
  readonly generationId: number
  readonly protocolType: string
  readonly protocolName: string | null
  /** Null when the members are to join again. */
  readonly leader: string | null
  /** ms since the epoch; -1 in records older than Kafka 2.1 */
  readonly stateTimestampMs: number
}
