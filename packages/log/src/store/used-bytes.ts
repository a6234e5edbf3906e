import { isWithin } from '../files/is-within.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { LogDir } from './log-dir.ts'
import type { StoreState } from './store-state.ts'

/** Which bytes of a segment count: all, or those that its file has. */
export type Counted = 'sizeBytes' | 'storedBytes'

/**
 * Bytes of records in each log dir, with those of the journal, what waits to be deleted, and what
 * there is so far of segments that are moved there.
 */
export function usedBytesOf(
  { dirs, engine, removals }: StoreState,
  counted: Counted = 'sizeBytes',
): Map<LogDir, number> {
  const used = new Map<LogDir, number>()
  const byId = new Map(dirs.map((dir) => [dir.directoryId, dir]))
  for (const dir of dirs) for (const log of dir.logs) count(log, dir, { byId, used, counted })
  for (const dir of dirs) {
    const otherBytes = removals.heldBytes(dir.path) + dir.copyingBytes
    if (otherBytes > 0) add(used, dir, otherBytes)
  }
  const dir = engine && dirs.find(({ path }) => isWithin(engine.folder, path))
  if (dir !== undefined) add(used, dir, engine?.preparedBytes ?? 0)
  return used
}

/** Bytes of a log in each log dir that has some, by path. */
export function placesOf(log: PartitionLog, { dirs }: StoreState): Map<string, number> {
  const used = new Map<LogDir, number>()
  const byId = new Map(dirs.map((dir) => [dir.directoryId, dir]))
  const home = dirs.find(({ path }) => path === log.dir)
  if (home !== undefined) count(log, home, { byId, used, counted: 'sizeBytes' })
  return new Map([...used].map(([{ path }, bytes]) => [path, bytes]))
}

interface Count {
  readonly byId: ReadonlyMap<string, LogDir>
  readonly used: Map<LogDir, number>
  readonly counted: Counted
}

function count({ parts }: PartitionLog, home: LogDir, { byId, used, counted }: Count): void {
  add(used, home, 0) // it is there, though all of it may be elsewhere
  for (const segment of parts.segments) {
    const { moved } = segment
    const dir = moved === undefined ? home : byId.get(moved.directoryId)
    if (dir !== undefined) add(used, dir, segment[counted])
  }
}

function add(used: Map<LogDir, number>, dir: LogDir, bytes: number): void {
  used.set(dir, (used.get(dir) ?? 0) + bytes)
}
