import type { LogSegment } from '../segment/log-segment.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { MovableSegment } from '../tiers/movable-segment.ts'
import { SegmentMove } from '../tiers/segment-move.ts'
import type { TierName, TierPath, TierSegment } from '../tiers/tier.ts'
import { isWithin } from './journal-folder.ts'
import type { LogDir } from './log-dir.ts'
import type { StoreState } from './store-state.ts'

/** The tiers of a store: what lies where, and how it gets elsewhere. */
export class StoreTiers {
  readonly #state: StoreState
  readonly #moving = new Set<LogSegment>()

  constructor(state: StoreState) {
    this.#state = state
  }

  /** Fastest first; empty without tiers. */
  get names(): readonly TierName[] {
    return (this.#state.options.tiers ?? []).map(({ name }) => name)
  }

  /** With what is free now; looks at every file system. */
  async paths(): Promise<TierPath[]> {
    const used = usedBytesOf(this.#state)
    return Promise.all(this.#dirs().map((one) => this.#pathOf(one, used.get(one.dir) ?? 0)))
  }

  /** What may be moved: full, durable, and left alone by the journal. */
  *segments(): Generator<TierSegment> {
    const { directory, clock } = this.#state
    const nowMs = clock.nowMs()
    for (const log of directory.all()) {
      const home = this.#state.dirOf(log)
      if (home === undefined || !home.isOnline) continue
      for (const segment of log.parts.segments) {
        if (!this.#isMovable(log, segment)) continue
        const { topic, partition } = log
        const { baseOffset, sizeBytes, reads } = segment
        const newestMs = newestOf(log, segment)
        const pathId = segment.moved?.directoryId ?? home.directoryId
        const where = { topic, partition, baseOffset, pathId, sizeBytes, newestMs }
        yield { ...where, readMs: reads.lastMs, heatBytes: reads.heatBytes(nowMs) }
      }
    }
  }

  /**
   * @param pathId `TierPath.id` of where it is to lie
   * @returns undefined when there is no such segment any more, or none that may be moved
   */
  move(wanted: TierSegment, pathId: string): MovableSegment | undefined {
    const { directory, dirs, removals } = this.#state
    const log = directory.get(wanted.topic, wanted.partition)
    const segment = log?.parts.segments.floor(wanted.baseOffset)
    const dir = dirs.find(({ directoryId, isOnline }) => isOnline && directoryId === pathId)
    if (log === undefined || segment === undefined || dir === undefined) return undefined
    if (segment.baseOffset !== wanted.baseOffset || !this.#isMovable(log, segment)) return undefined
    const home = this.#state.dirOf(log)
    const at = segment.moved?.directoryId ?? home?.directoryId
    if (home === undefined || at === pathId || this.#moving.has(segment)) return undefined
    this.#moving.add(segment)
    return new SegmentMove({
      log: log.parts,
      segment,
      target: { directoryId: pathId, path: dir.path, isHome: dir === home },
      exclusively: (action) => this.#state.exclusively(log, action),
      isWanted: () => directory.get(log.topic, log.partition) === log,
      isGoing: (path) => removals.isGoing(path),
      ended: () => void this.#moving.delete(segment),
    })
  }

  #dirs(): { readonly dir: LogDir; readonly tier: number; readonly sizeBytes: number }[] {
    const { dirs, options } = this.#state
    return (options.tiers ?? []).flatMap(({ paths }, tier) =>
      paths.flatMap(({ path, sizeBytes }) => {
        const dir = dirs.find((one) => one.path === path)
        return dir === undefined ? [] : [{ dir, tier, sizeBytes }]
      }),
    )
  }

  async #pathOf(
    { dir, tier, sizeBytes }: { dir: LogDir; tier: number; sizeBytes: number },
    usedBytes: number,
  ): Promise<TierPath> {
    const { path, directoryId: id, isOnline } = dir
    const space = isOnline ? await this.#state.resolved.spaceOf(path) : undefined
    const usableBytes = Math.max(0, space?.usableBytes ?? 0)
    const mostBytes = usedBytes + usableBytes
    const capacityBytes = sizeBytes < 0 ? mostBytes : Math.min(sizeBytes, mostBytes)
    return { id, path, tier, capacityBytes, usedBytes, isOnline }
  }

  #isMovable(log: PartitionLog, segment: LogSegment): boolean {
    const { parts } = log
    if (segment === parts.segments.active || segment.deleted || segment.sizeBytes === 0)
      return false
    if (segment.storedBytes !== segment.sizeBytes) return false
    if (this.#state.engine !== undefined) return segment.baseOffset < parts.replayedFrom
    return parts.segments.endOf(segment, parts.logEndOffset) <= parts.recoveryPoint
  }
}

/** Bytes of records in each log dir, with those of the journal. */
export function usedBytesOf({ dirs, engine }: StoreState): Map<LogDir, number> {
  const used = new Map<LogDir, number>()
  const ids = new Map(dirs.map((dir) => [dir.directoryId, dir]))
  const add = (dir: LogDir | undefined, bytes: number): void => {
    if (dir !== undefined) used.set(dir, (used.get(dir) ?? 0) + bytes)
  }
  for (const dir of dirs) {
    for (const { parts } of dir.logs) {
      let bytes = 0
      for (const { moved, sizeBytes } of parts.segments) {
        if (moved === undefined) bytes += sizeBytes
        else add(ids.get(moved.directoryId), sizeBytes)
      }
      add(dir, bytes)
    }
  }
  if (engine !== undefined) {
    const dir = dirs.find(({ path }) => isWithin(engine.folder, path))
    add(dir, engine.status.preparedBytes)
  }
  return used
}

function newestOf({ parts }: PartitionLog, segment: LogSegment): number {
  const newestMs = parts.largestTimestampMs(segment)
  return newestMs < 0 ? segment.createdMs : newestMs
}
