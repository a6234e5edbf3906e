import { type Clock, DecodeError, type Logger } from '@pafka/base'
import { ErrorCode } from '@pafka/protocol'

import {
  type CoordinatorLog,
  type CoordinatorRecord,
  partitionOfKey,
} from '../coordinator-log/coordinator-log.ts'
import { PartitionLoader, type PartitionReplay } from '../coordinator-log/partition-loader.ts'
import type { PartitionState } from './share-partition.ts'
import {
  decodeStateRecord,
  keyOfPlace,
  type SharePlace,
  snapshotRecord,
  stateTombstones,
  type StoredState,
  withUpdate,
} from './share-state-record.ts'

interface ShareStatesOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly log: CoordinatorLog
}

/** What to store of a place. */
export interface NewState extends PartitionState {
  readonly leaderEpoch: number
  /** As it is when absent. */
  readonly stateEpoch?: number | undefined
}

/**
 * What share groups made of partitions, in `__share_group_state`. Each write is a whole snapshot:
 * it is small, as runs are, the topic is compacted, and the last of a place is all that counts.
 */
export class ShareStates {
  readonly #options: ShareStatesOptions
  readonly #states = new Map<string, StoredState>()
  #loader: PartitionLoader | undefined
  #isStopped = false

  constructor(options: ShareStatesOptions) {
    this.#options = options
  }

  /** Begins to read what the log holds; requests are taken from now on. */
  start(): void {
    const { clock, logger, log } = this.#options
    this.#loader = new PartitionLoader({
      clock,
      logger,
      log,
      what: 'share-states',
      replayOf: () => new StateReplay(this.#states),
    })
    void this.#loader.loadAll()
  }

  stop(): void {
    this.#isStopped = true
  }

  /** Creates the topic that states are kept in, as FindCoordinator does. */
  ensureReady(): Promise<ErrorCode> {
    if (this.#isStopped) return Promise.resolve(ErrorCode.COORDINATOR_NOT_AVAILABLE)
    return this.#options.log.ensureCreated()
  }

  /** @returns null when nothing is stored; a code when that cannot be known. */
  async read(place: SharePlace): Promise<StoredState | null | ErrorCode> {
    const errorCode = await this.#ready(place)
    if (errorCode !== ErrorCode.NONE) return errorCode
    return this.#states.get(keyOfPlace(place)) ?? null
  }

  /** Durable when it ends with NONE. Writes of a place come one after another. */
  async write(place: SharePlace, next: NewState): Promise<ErrorCode> {
    const ready = await this.#ready(place)
    if (ready !== ErrorCode.NONE) return ready
    const key = keyOfPlace(place)
    const before = this.#states.get(key)
    const nowMs = this.#options.clock.nowMs()
    const state: StoredState = {
      startOffset: next.startOffset,
      batches: next.batches,
      completeCount: next.completeCount,
      leaderEpoch: next.leaderEpoch,
      snapshotEpoch: (before?.snapshotEpoch ?? -1) + 1,
      stateEpoch: next.stateEpoch ?? before?.stateEpoch ?? 0,
      createdMs: before?.createdMs ?? nowMs,
    }
    const errorCode = await this.#append(place, [snapshotRecord(place, state, nowMs)])
    if (errorCode === ErrorCode.NONE) this.#states.set(key, state)
    return errorCode
  }

  async delete(place: SharePlace): Promise<ErrorCode> {
    const ready = await this.#ready(place)
    if (ready !== ErrorCode.NONE) return ready
    if (!this.#states.has(keyOfPlace(place))) return ErrorCode.NONE
    const errorCode = await this.#append(place, stateTombstones(place))
    if (errorCode === ErrorCode.NONE) this.#states.delete(keyOfPlace(place))
    return errorCode
  }

  async #ready(place: SharePlace): Promise<ErrorCode> {
    const loader = this.#loader
    if (loader === undefined || this.#isStopped) return ErrorCode.COORDINATOR_NOT_AVAILABLE
    const partition = this.#partitionOf(place)
    return loader.isLoaded(partition) ? ErrorCode.NONE : loader.ready(partition)
  }

  #append(place: SharePlace, records: readonly CoordinatorRecord[]): Promise<ErrorCode> {
    const { log } = this.#options
    return new Promise((resolve) => log.append(this.#partitionOf(place), records, resolve))
  }

  #partitionOf(place: SharePlace): number {
    return partitionOfKey(keyOfPlace(place), this.#options.log.partitionCount)
  }
}

/** One pass over a partition of `__share_group_state`. */
class StateReplay implements PartitionReplay {
  readonly #states: Map<string, StoredState>
  records = 0
  corrupt = 0
  foreign = 0

  constructor(states: Map<string, StoredState>) {
    this.#states = states
  }

  record(record: CoordinatorRecord): void {
    this.records += 1
    try {
      this.#apply(record)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.corrupt += 1
    }
  }

  /** Nothing is written here in a transaction. */
  ended(): void {
    this.foreign += 1
  }

  finish(): void {
    // every record was taken in as it came
  }

  #apply(record: CoordinatorRecord): void {
    const found = decodeStateRecord(record)
    if (found === undefined) {
      this.foreign += 1
      return
    }
    const key = keyOfPlace(found.place)
    if (found.kind === 'snapshot') {
      if (found.state === null) this.#states.delete(key)
      else this.#states.set(key, found.state)
      return
    }
    const state = this.#states.get(key)
    if (state !== undefined && found.update !== null) {
      this.#states.set(key, withUpdate(state, found.update))
    }
  }
}
