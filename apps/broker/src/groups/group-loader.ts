import { type Clock, DecodeError, type Logger, ToldOnce } from '@pafka/base'
import { ErrorCode, type GroupMetadataValue } from '@pafka/protocol'

import type { CommittedOffset } from './offset-store.ts'
import type { TopicPartition } from '../metadata/topic-partition.ts'
import type {
  CoordinatorLog,
  CoordinatorRecord,
  CoordinatorReplay,
} from '../coordinator-log/coordinator-log.ts'
import { decodeGroupValue, decodeOffsetsKey, decodeOffsetValue } from './offsets-record.ts'

/** A request waits so long for its partition to be read; then its client is told to come again. */
const LOAD_WAIT_MS = 5000

/** Told what a partition holds, record by record; groups once, at the end. */
export interface LoadTarget {
  offset(groupId: string, place: TopicPartition, committed: CommittedOffset | null): void
  /** @param stored byte fields are lent for the call. @throws {DecodeError} when it cannot be */
  group(groupId: string, stored: GroupMetadataValue): void
  /** A group whose offsets were read, once all of them were: some may be left, or none. */
  offsetsRead(groupId: string): void
}

interface GroupLoaderOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly log: CoordinatorLog
  readonly target: LoadTarget
}

/** Reads the partitions that were found with records, whoever is asked for first. */
export class GroupLoader {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #log: CoordinatorLog
  readonly #target: LoadTarget
  readonly #unloaded: Set<number>
  readonly #failures = new ToldOnce()
  readonly #loading = new Map<number, Promise<ErrorCode>>()

  constructor({ clock, logger, log, target }: GroupLoaderOptions) {
    this.#clock = clock
    this.#logger = logger
    this.#log = log
    this.#target = target
    this.#unloaded = new Set(log.partitionsToLoad())
  }

  isLoaded(partition: number): boolean {
    return !this.#unloaded.has(partition)
  }

  get isAllLoaded(): boolean {
    return this.#unloaded.size === 0
  }

  /** Reads one partition after the other, so that requests find most of them ready. */
  async loadAll(): Promise<void> {
    for (const partition of [...this.#unloaded]) {
      // oxlint-disable-next-line no-await-in-loop -- one at a time leaves the disk to clients
      await this.#load(partition)
    }
  }

  /** NONE once the partition is read; COORDINATOR_LOAD_IN_PROGRESS when that takes too long. */
  async ready(partition: number): Promise<ErrorCode> {
    const late = Promise.withResolvers<ErrorCode>()
    const timer = this.#clock.setTimer(LOAD_WAIT_MS, () => {
      late.resolve(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
    })
    const errorCode = await Promise.race([this.#load(partition), late.promise])
    timer.cancel()
    return errorCode
  }

  /** Whether everything is read, after a while of waiting for it. */
  async allReady(): Promise<boolean> {
    const errorCodes = await Promise.all([...this.#unloaded].map((one) => this.ready(one)))
    return errorCodes.every((errorCode) => errorCode === ErrorCode.NONE)
  }

  #load(partition: number): Promise<ErrorCode> {
    if (!this.#unloaded.has(partition)) return Promise.resolve(ErrorCode.NONE)
    let loading = this.#loading.get(partition)
    if (loading === undefined) {
      loading = this.#replay(partition).finally(() => this.#loading.delete(partition))
      this.#loading.set(partition, loading)
    }
    return loading
  }

  /** A partition that cannot be read stays unloaded: the next request tries again. */
  async #replay(partition: number): Promise<ErrorCode> {
    const replay = new PartitionReplay(this.#target)
    const startMs = this.#clock.monotonicMs()
    try {
      await this.#log.replay(partition, replay)
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      if (this.#failures.isNew(`${partition} ${cause}`)) {
        this.#logger.error('offsets-load-failed', { partition, cause })
      }
      return ErrorCode.COORDINATOR_NOT_AVAILABLE
    }
    replay.finish()
    this.#unloaded.delete(partition)
    const { records, corrupt, foreign } = replay
    const elapsedMs = Math.round(this.#clock.monotonicMs() - startMs)
    this.#logger.info('offsets-loaded', { partition, records, elapsedMs })
    if (corrupt + foreign > 0) {
      this.#logger.warn('offsets-skipped', { partition, corrupt, foreign })
    }
    return ErrorCode.NONE
  }
}

/** One pass over a partition: later records replace earlier ones of their key. */
class PartitionReplay implements CoordinatorReplay {
  readonly #target: LoadTarget
  /** Only the last record of a group is worth decoding. */
  readonly #groups = new Map<string, Uint8Array>()
  readonly #withOffsets = new Set<string>()
  records = 0
  corrupt = 0
  /** Keys of kinds of groups that this broker does not serve. */
  foreign = 0

  constructor(target: LoadTarget) {
    this.#target = target
  }

  record(record: CoordinatorRecord): void {
    this.records += 1
    this.#guard(() => this.#apply(record))
  }

  // oxlint-disable-next-line no-empty-function -- nothing is written in transactions yet
  ended(): void {}

  finish(): void {
    for (const [groupId, bytes] of this.#groups) {
      this.#guard(() => this.#target.group(groupId, decodeGroupValue(bytes)))
    }
    for (const groupId of this.#withOffsets) this.#target.offsetsRead(groupId)
  }

  #apply({ key: keyBytes, value }: CoordinatorRecord): void {
    const key = decodeOffsetsKey(keyBytes)
    if (key.kind === 'unknown') {
      this.foreign += 1
    } else if (key.kind === 'group') {
      if (value === null) this.#groups.delete(key.groupId)
      else this.#groups.set(key.groupId, new Uint8Array(value))
    } else {
      this.#withOffsets.add(key.groupId)
      this.#target.offset(key.groupId, key.place, value === null ? null : decodeOffsetValue(value))
    }
  }

  #guard(apply: () => void): void {
    try {
      apply()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.corrupt += 1
    }
  }
}
