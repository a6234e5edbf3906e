import { isWithin } from './journal-folder.ts'
import type { PartitionLog } from '../partition/partition-log.ts'
import type { LogDir } from './log-dir.ts'
import type { StoreState } from './store-state.ts'

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
  if (engine === undefined) return used
  const dir = dirs.find(({ path }) => isWithin(engine.folder, path))
  add(dir, engine.preparedBytes)
  return used
}

/** Bytes of a log in each log dir that has some, by path. */
export function placesOf(log: PartitionLog, { dirs }: StoreState): Map<string, number> {
  const places = new Map([[log.dir, 0]])
  for (const { moved, sizeBytes } of log.parts.segments) {
    const dir = moved && dirs.find(({ directoryId }) => directoryId === moved.directoryId)
    const path = dir?.path ?? log.dir
    places.set(path, (places.get(path) ?? 0) + sizeBytes)
  }
  return places
}
