import type { Clock, Logger } from '@pafka/base'

import type { ConsumerGroupSettings } from '../consumer-groups/consumer-world.ts'
import type { TopicsView } from '../consumer-groups/topics-view.ts'
import type { CoordinatorLog } from '../coordinator-log/coordinator-log.ts'
import type { ForgetTopics } from '../share-groups/share-groups.ts'
import type { ShareSettings } from '../share-groups/share-world.ts'
import type { StreamsGroupSettings } from '../streams-groups/streams-world.ts'

export interface GroupCoordinatorOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly log: CoordinatorLog
  /** `group.initial.rebalance.delay.ms` */
  readonly initialRebalanceDelayMs: number
  /** `group.max.size` */
  readonly maxGroupSize: number
  /** `group.min.session.timeout.ms` */
  readonly minSessionTimeoutMs: number
  /** `group.max.session.timeout.ms` */
  readonly maxSessionTimeoutMs: number
  /** `offset.metadata.max.bytes` */
  readonly maxOffsetMetadataLength: number
  /** `offsets.retention.minutes`, in ms */
  readonly offsetsRetentionMs: number
  /** `offsets.retention.check.interval.ms` */
  readonly offsetsRetentionCheckIntervalMs: number
  /** `group.consumer.*` */
  readonly consumer: ConsumerGroupSettings
  /** `group.share.*` */
  readonly share: ShareSettings
  readonly forgetShare: ForgetTopics
  /** `group.streams.*` */
  readonly streams: StreamsGroupSettings
  readonly topics: TopicsView
  /** The random part of member ids; a uuid when absent. */
  readonly randomId?: (() => string) | undefined
}
