import type { PartitionLog } from '../partition/partition-log.ts'
import type { LogDir } from './log-dir.ts'
import type { StoreState } from './store-state.ts'

/** A log that gets another home. */
export interface MovingLog {
  readonly state: StoreState
  readonly log: PartitionLog
  readonly from: LogDir
  readonly to: LogDir
}
