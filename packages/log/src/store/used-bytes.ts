import { isWithin } from './journal-folder.ts'
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
  add(dir, engine.status.preparedBytes)
  return used
}
