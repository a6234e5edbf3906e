import type { Clock, Logger } from '@pafka/base'

import type { BrokerConfig } from '../config/broker-config.ts'
import type { TopicsView } from '../consumer-groups/topics-view.ts'
import type { DeadlineQueue } from '../groups/deadline-queue.ts'
import type { GroupConfigs } from '../metadata/group-configs.ts'

/** `group.streams.*` */
export interface StreamsGroupSettings {
  /** Of one group, at this moment. */
  readonly ofGroup: (groupId: string) => StreamsGroupTimes
  readonly maxSize: number
}

/** `streams.*` of a group, else `group.streams.*`. */
export interface StreamsGroupTimes {
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** A target is made at most so often. */
  readonly assignmentIntervalMs: number
  /** How long a new group waits for more members before its first target. */
  readonly initialRebalanceDelayMs: number
  readonly standbyReplicas: number
}

/** What a streams group needs of the world. It does no I/O of its own, and has no clock. */
export interface StreamsWorld {
  readonly clock: Clock
  readonly logger: Logger
  readonly deadlines: DeadlineQueue
  readonly topics: TopicsView
  readonly settings: StreamsGroupSettings
  /** Rises when topics come or go, or get partitions. */
  readonly topicsVersion: () => number
}

/** What of the broker's configuration is about streams groups, and what groups say themselves. */
export function streamsSettings(
  config: BrokerConfig,
  groupConfigs: Pick<GroupConfigs, 'valuesOf'>,
): StreamsGroupSettings {
  return {
    ofGroup: (groupId) => {
      const values = groupConfigs.valuesOf(groupId)
      return {
        sessionTimeoutMs: values.streamsSessionTimeoutMs,
        heartbeatIntervalMs: values.streamsHeartbeatIntervalMs,
        assignmentIntervalMs: values.streamsAssignmentIntervalMs,
        initialRebalanceDelayMs: values.streamsInitialRebalanceDelayMs,
        standbyReplicas: values.streamsNumStandbyReplicas,
      }
    },
    maxSize: config.groupStreamsMaxSize,
  }
}
