import { StorageError } from '@pafka/base'

import { asError } from '../files/as-error.ts'
import type { LogHost } from '../partition/log-host.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { LogSegment } from '../segment/log-segment.ts'

interface Sealed {
  readonly log: PartitionLog
  readonly segment: LogSegment
}

/** Makes full segments durable, one after the other, and raises recovery points. */
export class SealedSync {
  readonly #failed: LogHost<PartitionLog>['failed']
  readonly #synced: (log: PartitionLog) => void
  readonly #queue: Sealed[] = []
  #running: Promise<void> | undefined

  constructor(failed: LogHost<PartitionLog>['failed'], synced: (log: PartitionLog) => void) {
    this.#failed = failed
    this.#synced = synced
  }

  add(log: PartitionLog, segment: LogSegment): void {
    this.#queue.push({ log, segment })
    this.#running ??= this.#run()
  }

  async whenIdle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { log, segment } = next
      const { parts } = log
      if (segment.deleted || !log.isOnline) continue
      try {
        await segment.sync()
        await segment.syncName()
        const end = parts.segments.endOf(segment, parts.recoveryPoint)
        const isNext = parts.recoveryPoint >= segment.baseOffset
        if (isNext && !segment.deleted) parts.recoveryPoint = Math.max(parts.recoveryPoint, end)
        this.#synced(log)
      } catch (thrown) {
        if (segment.deleted) continue // or its log lies in another dir now
        const cause = asError(thrown)
        const error = new StorageError(`cannot sync: ${cause.message}`, { cause })
        this.#failed(log, error, segment.hasSyncFailed ? segment : undefined)
      }
    }
    this.#running = undefined
  }
}
