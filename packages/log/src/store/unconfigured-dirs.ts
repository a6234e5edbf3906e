import { knownPaths } from './known-dirs.ts'
import { knownDir } from './log-dir.ts'
import type { StoreState } from './store-state.ts'

/**
 * Tells of log dirs that are not in the configuration any more, though segments of partitions lie
 * there: their fetches are refused until it is. Nothing else tells why.
 */
export function tellUnconfigured({ dirs, logger, options: { files } }: StoreState): void {
  const segments = new Map<string, number>()
  for (const { logs } of dirs) {
    for (const { parts } of logs) {
      for (const { moved } of parts.segments.all()) {
        if (moved?.isAway !== true || knownDir(dirs, moved.directoryId) !== undefined) continue
        segments.set(moved.directoryId, (segments.get(moved.directoryId) ?? 0) + 1)
      }
    }
  }
  if (segments.size === 0) return
  const paths = knownPaths(files, dirs)
  for (const [directoryId, count] of segments) {
    const dir = paths.get(directoryId) ?? directoryId
    logger.error('log-dir-not-configured', { dir, directoryId, segments: count })
  }
}
