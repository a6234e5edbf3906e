import { MIB } from '@pafka/base'

import { UNKNOWN_SPACE } from '../files/space.ts'
import type { SpillingLog } from '../partition/log-context.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import { sealLog } from '../partition/seal-log.ts'
import type { LogSegment } from '../segment/log-segment.ts'
import { movedFolder, type MovedPlace } from '../segment/moved-segment.ts'
import { segmentPath } from '../segment/segment-names.ts'
import type { MovableSegment } from '../tiers/movable-segment.ts'
import { SegmentMove } from '../tiers/segment-move.ts'
import type { TierName } from '../tiers/tier-name.ts'
import type { TierListener, TierPath, TierSegment } from '../tiers/tier.ts'
import { GrownBytes } from './grown-bytes.ts'
import { hasRoom, wantedTiers } from './home-choice.ts'
import { LatelyAppended } from './lately-appended.ts'
import { type LogDir, onlineDir } from './log-dir.ts'
import { LostDirs } from './lost-dirs.ts'
import { type DirSpace, sharedSpace, sharingDirs } from './shared-space.ts'
import type { StoreState } from './store-state.ts'
import { usedBytesOf } from './used-bytes.ts'

/** Active segments cannot be moved: they must not fill the fastest tier. */
const SEGMENTS_OF_TIER = 64
const LEAST_SEGMENT_BYTES = 16 * MIB
const LEAST_SEGMENTS = 8
/** Less is not worth a move, unless all such together are more than this part of their path. */
const WORTH_BYTES = MIB
const UNWORTHY_PART = 8

interface TierDir {
  readonly dir: LogDir
  readonly tier: number
  readonly sizeBytes: number
  /** True until it has been looked at for long enough. */
  readonly lately: LatelyAppended
}

/** The tiers of a store: what lies where, and how it gets elsewhere. */
export class StoreTiers {
  readonly #state: StoreState
  readonly #dirs: readonly TierDir[]
  readonly #lost: LostDirs
  readonly #moving = new Set<LogSegment>()
  /** Bytes that records may take, of a dir whose disk was measured. */
  readonly #mostBytes = new Map<LogDir, number>()
  /** Of each log, what the listener knows of it, by base offset. */
  readonly #told = new Map<PartitionLog, ReadonlyMap<number, TierSegment>>()
  /** Paths on one file system, as they were told of. */
  readonly #toldShared = new Set<string>()
  #used = new Map<LogDir, number>()
  readonly #grown: GrownBytes
  #listener: TierListener | undefined

  constructor(state: StoreState) {
    this.#state = state
    this.#dirs = tierDirs(state)
    const { options, clock } = state
    this.#lost = new LostDirs({
      ...{ files: options.files, clock },
      lost: (dir, error) => state.failDir(dir, error),
    })
    for (const home of this.#dirs) {
      home.dir.spillPlaceOf = (log, baseOffset) => this.#spillPlaceOf(log, baseOffset, home)
    }
    const ofTiers = new Set(this.#dirs.map(({ dir }) => dir))
    state.unreadable = (dir) => {
      if (ofTiers.has(dir)) void this.#lost.suspect(dir)
    }
    this.#used = usedBytesOf(state)
    this.#grown = new GrownBytes(state)
  }

  /** Fastest first; empty without tiers. */
  get names(): readonly TierName[] {
    return this.#state.resolved.tiers.map(({ name }) => name)
  }

  /** As `measure` found them, with what was appended and moved since. */
  paths(): TierPath[] {
    const nowMs = this.#state.clock.monotonicMs()
    return this.#dirs.map(({ dir, tier, sizeBytes, lately }) => {
      const { path, directoryId: id, isOnline, copyingBytes } = dir
      const usedBytes = this.#usedBytes(dir)
      const mostBytes = this.#mostBytes.get(dir)
      const isLimited = sizeBytes >= 0 && (mostBytes === undefined || sizeBytes < mostBytes)
      const capacityBytes = isLimited ? sizeBytes : (mostBytes ?? usedBytes)
      const isAppended = lately.isSo(nowMs)
      return { id, path, tier, capacityBytes, usedBytes, copyingBytes, isOnline, isAppended }
    })
  }

  /** `TierPath.usedBytes` of one path, as cheap as one of each produce request must be. */
  usedBytesOn(pathId: string): number {
    for (const { dir } of this.#dirs) if (dir.directoryId === pathId) return this.#usedBytes(dir)
    return 0
  }

  /** Of what a path has, as `paths` tells: what goes all by itself, as it was deleted. */
  retiringBytes(pathId: string): number {
    const { dirs, removals } = this.#state
    const dir = onlineDir(dirs, pathId)
    return dir === undefined ? 0 : removals.heldBytes(dir.path)
  }

  /** Looks whether the paths lead where they did: one that does not is offline from now on. */
  look(): void {
    for (const { dir } of this.#dirs) this.#lost.lookNow(dir)
  }

  /** Looks at every file system, and at what lies there. */
  async measure(): Promise<void> {
    for (const { dir } of this.#dirs) this.#lost.look(dir)
    await this.#measureDisks()
    this.#used = usedBytesOf(this.#state)
    this.#grown.look()
    const paths = this.paths()
    for (const [at, { dir, tier }] of this.#dirs.entries()) {
      const { capacityBytes = 0, usedBytes = 0 } = paths[at] ?? {}
      dir.freeBytes = Math.max(0, capacityBytes - usedBytes)
      const isKnown = tier === 0 && capacityBytes > 0
      const least = Math.min(LEAST_SEGMENT_BYTES, capacityBytes / LEAST_SEGMENTS)
      const share = Math.max(least, capacityBytes / SEGMENTS_OF_TIER)
      dir.segmentLimitBytes = isKnown ? share : Number.POSITIVE_INFINITY
    }
  }

  /** What is free on a file system is counted once, however many paths lie there. */
  async #measureDisks(): Promise<void> {
    const { spaceOf } = this.#state.resolved
    const measured = await Promise.all(
      this.#dirs.map(async ({ dir }) => (dir.isOnline ? spaceOf(dir.path) : UNKNOWN_SPACE)),
    )
    const stored = usedBytesOf(this.#state, 'storedBytes')
    const spaces = this.#dirs.map(({ dir, sizeBytes }, at): DirSpace => {
      const { usableBytes, device } = measured[at] ?? UNKNOWN_SPACE
      const mostBytes = sizeBytes < 0 ? Number.POSITIVE_INFINITY : sizeBytes
      return { usableBytes, device, wantedBytes: mostBytes - (stored.get(dir) ?? 0) }
    })
    for (const [at, shareBytes] of sharedSpace(spaces).entries()) {
      const { dir } = this.#dirs[at] ?? {}
      if (dir === undefined || shareBytes < 0) continue
      this.#mostBytes.set(dir, (stored.get(dir) ?? 0) + shareBytes)
    }
    this.#tellOfShared(sharingDirs(spaces))
  }

  /** Moves from one path to another of its disk make no room: that is hardly what was meant. */
  #tellOfShared(shared: readonly (readonly number[])[]): void {
    for (const places of shared) {
      const paths = places.flatMap((at) => this.#dirs[at]?.dir.path ?? [])
      const name = paths.join(',')
      if (this.#toldShared.has(name)) continue
      this.#toldShared.add(name)
      this.#state.logger.warn('tier-paths-share-disk', { paths: name })
    }
  }

  /**
   * Begins new segments in some logs whose newest one lies in the fastest tier, those first that
   * were not appended to for longest: what they have may be moved after the next checkpoint.
   * Rejects as the first of them that cannot be closed, after the others were.
   * @returns how many
   */
  async sealOldest(most: number): Promise<number> {
    const fastest = new Set(this.#dirs.filter(({ tier }) => tier === 0).map(({ dir }) => dir))
    const logs = [...fastest].flatMap((dir) => (dir.isOnline ? [...dir.logs] : []))
    const [pinned] = this.names
    const mayLeave = logs.filter(({ config }) => config.storageTierPin !== pinned)
    const worth = new Map(this.paths().map((path) => [path.path, this.#worthBytes(path)]))
    const full = mayLeave.filter(({ parts, dir }) => {
      return (parts.segments.active?.sizeBytes ?? 0) >= (worth.get(dir) ?? WORTH_BYTES)
    })
    const newest = new Map(full.map((log) => [log, newestOf(log, log.parts.active)]))
    full.sort((a, b) => (newest.get(a) ?? 0) - (newest.get(b) ?? 0))
    let sealed = 0
    const failures: unknown[] = []
    for (const log of full.slice(0, most)) {
      const sealing = this.#state.exclusively(log, async () => {
        if (await sealLog(log)) sealed += 1
      })
      await sealing.catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
    return sealed
  }

  /** With many logs on a small path, what is not worth it must not fill that. */
  #worthBytes({ id, capacityBytes }: TierPath): number {
    const count = onlineDir(this.#state.dirs, id)?.logs.size ?? 0
    return Math.min(WORTH_BYTES, capacityBytes / (UNWORTHY_PART * Math.max(1, count)))
  }

  /** Tells of all that may be moved, now and from now on. */
  listen(listener: TierListener): void {
    this.#listener = listener
    this.#state.changed = (log) => this.#changed(log)
    for (const log of this.#state.directory.all()) this.#changed(log)
  }

  /** What may be moved: full, durable, and left alone by the journal. */
  *segments(): Generator<TierSegment> {
    for (const log of this.#state.directory.all()) yield* this.#segmentsOf(log)
  }

  /**
   * @param pathId `TierPath.id` of where it is to lie
   * @returns undefined when there is no such segment any more, or none that may be moved
   */
  move(wanted: TierSegment, pathId: string): MovableSegment | undefined {
    const { directory, dirs, removals } = this.#state
    const log = directory.get(wanted.topic, wanted.partition)
    const segment = log?.parts.segments.floor(wanted.baseOffset)
    const dir = onlineDir(dirs, pathId)
    if (log === undefined || segment === undefined || dir === undefined) return undefined
    if (segment.baseOffset !== wanted.baseOffset || !this.#isMovable(log, segment)) return undefined
    const home = this.#state.dirOf(log)
    const from = dirs.find(({ directoryId }) => directoryId === segment.moved?.directoryId) ?? home
    if (home === undefined || from === dir || this.#moving.has(segment)) return undefined
    if (!this.#lost.look(home) || from?.isOnline !== true) return undefined
    this.#moving.add(segment)
    return new SegmentMove({
      log: log.parts,
      segment,
      target: { directoryId: pathId, path: dir.path, isHome: dir === home },
      exclusively: (action) => this.#state.exclusively(log, action),
      isWanted: () => directory.get(log.topic, log.partition) === log,
      isGoing: (path) => removals.isGoing(path),
      homeFailed: (error) => this.#state.failed(log, error),
      isThere: () => this.#lost.check(dir),
      copied: (bytes) => {
        dir.copyingBytes += bytes
        this.#count(dir, bytes)
      },
      moved: () => {
        this.#count(from, -segment.sizeBytes)
        this.#count(dir, segment.sizeBytes)
        this.#changed(log)
      },
      ended: () => void this.#moving.delete(segment),
    })
  }

  /**
   * After so many more bytes, what is appended to logs that have their home on a path begins new
   * segments on another path of its tier with room, or of the next slower one that has some, until
   * another call. Infinite is never.
   */
  spillAfter(pathId: string, bytes: number): void {
    const { dir } = this.#dirs.find((one) => one.dir.directoryId === pathId) ?? {}
    // the journal brings back what was begun since its last checkpoint: without it nobody would
    if (dir !== undefined && this.#state.engine !== undefined) dir.spillAfterBytes = bytes
  }

  /**
   * Takes no more of what clients append to logs that have their home on a path, until another
   * call; what else is written there is.
   * @param why what they are told; undefined for taking it again
   */
  refuse(pathId: string, why: string | undefined): void {
    const { dir } = this.#dirs.find((one) => one.dir.directoryId === pathId) ?? {}
    if (dir !== undefined) dir.refusal = why
  }

  /** The path with most free room of the first tier from its own on that the topic may be in. */
  #spillPlaceOf(log: SpillingLog, baseOffset: number, home: TierDir): MovedPlace | undefined {
    const { resolved, removals } = this.#state
    const names = resolved.tiers.map(({ name }) => name)
    const isPinned = log.config.storageTierPin === names[home.tier]
    const wanted = wantedTiers(resolved.tiers, log.config).map(({ name }) => names.indexOf(name))
    const slower = isPinned ? [] : wanted.filter((one) => one > home.tier)
    for (const tier of [...wanted.filter((one) => one === home.tier), ...slower]) {
      const dirs = this.#dirs.filter((one) => one.tier === tier).map(({ dir }) => dir)
      const others = dirs.filter((dir) => dir !== home.dir && dir.isOnline)
      const roomy = others.filter((dir) => hasRoom(dir) && this.#lost.lookNow(dir))
      const [best] = roomy.toSorted((a, b) => b.freeBytes - a.freeBytes)
      if (best === undefined) continue
      const folder = movedFolder(best.path, log.folder)
      // what was deleted of that name must not take it along
      if (removals.isGoing(segmentPath(folder, baseOffset, 'log'))) return undefined
      return { directoryId: best.directoryId, folder, room: best }
    }
    return undefined
  }

  #usedBytes(dir: LogDir): number {
    return Math.max(0, (this.#used.get(dir) ?? 0) + this.#grown.of(dir))
  }

  /** Of what leaves, some may have come there since it was measured: below 0 without that. */
  #count(dir: LogDir, bytes: number): void {
    this.#used.set(dir, (this.#used.get(dir) ?? 0) + bytes)
  }

  *#segmentsOf(log: PartitionLog): Generator<TierSegment> {
    const home = this.#state.dirOf(log)
    if (home === undefined || !home.isOnline) return
    const nowMs = this.#state.clock.nowMs()
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

  #changed(log: PartitionLog): void {
    const listener = this.#listener
    if (listener === undefined) return
    const { topic, partition } = log
    const before = this.#told.get(log)
    const now = new Map<number, TierSegment>()
    if (this.#state.directory.get(topic, partition) === log) {
      for (const one of this.#segmentsOf(log)) now.set(one.baseOffset, one)
    }
    for (const [baseOffset, one] of now) {
      const was = before?.get(baseOffset)
      if (was?.pathId !== one.pathId || was.sizeBytes !== one.sizeBytes) listener.put(one)
    }
    for (const baseOffset of before?.keys() ?? []) {
      if (!now.has(baseOffset)) listener.remove({ topic, partition, baseOffset })
    }
    if (now.size > 0) this.#told.set(log, now)
    else this.#told.delete(log)
  }

  #isMovable(log: PartitionLog, segment: LogSegment): boolean {
    const { parts } = log
    if (segment === parts.segments.active || segment.deleted || segment.sizeBytes === 0)
      return false
    if (segment.storedBytes !== segment.sizeBytes || segment.isBegun) return false
    if (segment.moved?.isAway === true) return false
    if (this.#state.engine !== undefined) return segment.baseOffset < parts.replayedFrom
    return parts.segments.endOf(segment, parts.logEndOffset) <= parts.recoveryPoint
  }
}

function tierDirs({ dirs, resolved, clock }: StoreState): TierDir[] {
  const nowMs = clock.monotonicMs()
  return resolved.tiers.flatMap(({ paths }, tier) =>
    paths.flatMap(({ path, sizeBytes }) => {
      const dir = dirs.find((one) => one.path === path)
      if (dir === undefined) return []
      return [{ dir, tier, sizeBytes, lately: new LatelyAppended(dir, nowMs) }]
    }),
  )
}

function newestOf({ parts }: PartitionLog, segment: LogSegment): number {
  const newestMs = parts.largestTimestampMs(segment)
  return newestMs < 0 ? segment.createdMs : newestMs
}
