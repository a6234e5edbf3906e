import type { Clock, Logger } from '@pafka/base'

import type { DeadlineQueue } from '../groups/deadline-queue.ts'
import type { AssignorName } from './assignors/assignor-name.ts'
import type { TopicsView } from './topics-view.ts'
import type { TopicPatterns } from './topic-patterns.ts'

/** `group.consumer.*` */
export interface ConsumerGroupSettings {
  /** Of one group, at this moment. */
  readonly timesOf: (groupId: string) => ConsumerGroupTimes
  readonly maxSize: number
  /** The first is for groups that do not say. */
  readonly assignors: readonly AssignorName[]
  readonly migrationPolicy: MigrationPolicy
}

/** `consumer.*` of a group, else `group.consumer.*`. */
export interface ConsumerGroupTimes {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** A target is made at most so often. */
  readonly assignmentIntervalMs: number
}

export type MigrationPolicy = 'disabled' | 'downgrade' | 'upgrade' | 'bidirectional'

/** What a consumer group needs of the world. It does no I/O of its own, and has no clock. */
export interface ConsumerWorld {
  readonly clock: Clock
  readonly logger: Logger
  readonly deadlines: DeadlineQueue
  readonly topics: TopicsView
  readonly patterns: Pick<TopicPatterns, 'matching' | 'version'>
  readonly settings: ConsumerGroupSettings
  /** Rises when topics come or go, or get partitions. */
  readonly topicsVersion: () => number
  readonly randomId: () => string
}

export function mayUpgrade(policy: MigrationPolicy): boolean {
  return policy === 'upgrade' || policy === 'bidirectional'
}

export function mayDowngrade(policy: MigrationPolicy): boolean {
  return policy === 'downgrade' || policy === 'bidirectional'
}
