import type { Clock, Logger, Timer } from '@pafka/base'

import type { TopicPartition } from '../metadata/topic-partition.ts'
import type { ClassicGroup } from './classic-group.ts'
import { expiredOffsets } from './offset-expiry.ts'
import type { OffsetManager } from './offset-manager.ts'

interface OffsetSweepOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly offsets: OffsetManager
  /** `offsets.retention.minutes`, in ms */
  readonly retentionMs: number
  /** `offsets.retention.check.interval.ms` */
  readonly intervalMs: number
  /** Whose offsets were read. */
  readonly groups: () => readonly ClassicGroup[]
  readonly deleteGroup: (group: ClassicGroup) => void
}

/** Looks for offsets that have expired, now and then. */
export class OffsetSweep {
  readonly #options: OffsetSweepOptions
  #timer: Timer | undefined

  constructor(options: OffsetSweepOptions) {
    this.#options = options
  }

  start(): void {
    const { clock, intervalMs } = this.#options
    this.#timer = clock.setTimer(intervalMs, () => {
      this.#sweep()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #sweep(): void {
    const { offsets, logger, groups, deleteGroup } = this.#options
    let expired = 0
    for (const group of groups()) {
      const places = this.#expiredOf(group)
      expired += places.length
      const isLast = places.length === offsets.placesOf(group.groupId).length
      if (isLast && group.isDeserted) deleteGroup(group)
      else if (places.length > 0) void offsets.remove(group.groupId, places)
    }
    if (expired > 0) logger.info('offsets-expired', { offsets: expired })
  }

  #expiredOf(group: ClassicGroup): TopicPartition[] {
    const { clock, offsets, retentionMs } = this.#options
    const ofGroup = offsets.store.get(group.groupId)
    if (ofGroup === undefined) return []
    return expiredOffsets(group, ofGroup, { nowMs: clock.nowMs(), retentionMs })
  }
}
