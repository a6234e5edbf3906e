import type { Clock, Logger, Timer } from '@pafka/base'

import type { AnyGroup } from './any-group.ts'
import { isDeserted } from './group-kinds.ts'
import { expiredOffsets } from './offset-expiry.ts'
import type { OffsetManager } from './offset-manager.ts'

interface OffsetSweepOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly groups: ReadonlyMap<string, AnyGroup>
  readonly offsets: OffsetManager
  readonly isLoaded: (groupId: string) => boolean
  readonly deleteGroup: (group: AnyGroup) => void
  readonly retentionMs: number
  readonly intervalMs: number
}

/** Looks for old offsets from time to time; with the last of them goes a group without members. */
export class OffsetSweep {
  readonly #options: OffsetSweepOptions
  #timer: Timer | null = null

  constructor(options: OffsetSweepOptions) {
    this.#options = options
  }

  start(): void {
    const { clock, intervalMs } = this.#options
    this.#timer = clock.setTimer(intervalMs, () => {
      this.#expire()
      this.start()
    })
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #expire(): void {
    const { clock, logger, groups, offsets, isLoaded, deleteGroup, retentionMs } = this.#options
    let expired = 0
    for (const group of [...groups.values()]) {
      const { groupId } = group
      if (!isLoaded(groupId)) continue
      const ofGroup = offsets.store.get(groupId)
      const nowMs = clock.nowMs()
      const places =
        ofGroup === undefined ? [] : expiredOffsets(group, ofGroup, { nowMs, retentionMs })
      expired += places.length
      const isLast = places.length === offsets.placesOf(groupId).length
      if (isLast && isDeserted(group)) deleteGroup(group)
      else if (places.length > 0) void offsets.remove(groupId, places)
    }
    if (expired > 0) logger.info('offsets-expired', { offsets: expired })
  }
}
