import type { Clock, Logger } from '@pafka/base'

import type { GroupOffsetReset } from '../config/group-offset-reset.ts'
import type { TopicsView } from '../consumer-groups/topics-view.ts'
import type { DeadlineQueue } from '../groups/deadline-queue.ts'

/** What a share group goes by: `share.*` of its own, or else the broker's. */
export interface ShareGroupSettings {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly assignmentIntervalMs: number
  /** Time for a member to say what became of a record. */
  readonly lockMs: number
  /** A record that was given out so often is not given out again. */
  readonly maxDeliveries: number
  /** Most records between the first that is not done with and the last that was given out. */
  readonly maxLocks: number
  readonly startAt: GroupOffsetReset
  readonly readsCommitted: boolean
  readonly mayRenew: boolean
  /** Where records go that were given up; empty for nowhere. */
  readonly deadLetterTopic: string
  /** Whether their keys and values go with them. */
  readonly copiesDeadLetters: boolean
}

/** What the broker's configuration says of share groups. */
export interface ShareSettings {
  /** `group.share.max.size` */
  readonly maxSize: number
  readonly settingsOf: (groupId: string) => ShareGroupSettings
}

/** What share groups need of the world. They do no I/O of their own, and have no clock. */
export interface ShareWorld extends ShareSettings {
  readonly clock: Clock
  readonly logger: Logger
  readonly deadlines: DeadlineQueue
  readonly topics: TopicsView
  /** Rises when topics come or go, or get partitions. */
  readonly topicsVersion: () => number
}
