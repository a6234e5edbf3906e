import { join, resolve } from 'node:path'

import { encodeCheckpoint, readCheckpoint, replaceDurably } from '../checkpoint/checkpoint-file.ts'
import type { FileSystem } from '../files/file-system.ts'
import { parseMovedMark } from '../segment/moved-segment.ts'
import { KNOWN_DIRS_NAME, type LogDir, type SegmentsThere } from './log-dir.ts'
import { parsePartitionFolder } from './partition-folder.ts'
import { META_NAME } from './property-files.ts'
import type { StoreState } from './store-state.ts'

/** A path has one more whenever another log dir is made there: the oldest are forgotten. */
const MOST_LINES = 256

/**
 * Before log dirs are opened: which of them are not what they were, as an empty mount point is
 * where a disk is missing, and hold segments of others. Tells each dir the ids that its path had.
 */
export function findAway({ dirs, options: { files } }: StoreState): Map<LogDir, SegmentsThere> {
  const away = new Map<LogDir, SegmentsThere>()
  const known = dirs.flatMap(({ path }) => readLines(files, path))
  for (const dir of dirs) {
    const path = resolve(dir.path)
    dir.knownIds = new Set(known.filter((line) => line.path === path).map(({ id }) => id))
  }
  const blank = dirs.filter((dir) => dir.knownIds.size > 0 && isBlank(files, dir.path))
  if (blank.length === 0) return away
  for (const { path: home } of dirs) {
    for (const directoryId of markedIn(files, home)) {
      const dir = blank.find(({ knownIds }) => knownIds.has(directoryId))
      if (dir !== undefined) away.set(dir, { directoryId, home })
    }
  }
  return away
}

/** Where log dirs were when they were there last, by their ids. */
export function knownPaths(
  files: FileSystem,
  dirs: readonly LogDir[],
): ReadonlyMap<string, string> {
  const known = dirs.flatMap(({ path, isOnline }) => (isOnline ? readLines(files, path) : []))
  return new Map(known.map(({ id, path }) => [id, path]))
}

/** Notes in a dir which ids the paths have, before anything is moved there. */
export async function noteDirs(state: StoreState, { path: folder }: LogDir): Promise<void> {
  const { dirs, options, resolved } = state
  if (resolved.tiers.length === 0) return
  const { files } = options
  const online = dirs.filter(({ isOnline }) => isOnline)
  const own = online.map(({ directoryId: id, path }) => ({ id, path: resolve(path) }))
  const here = new Set(own.map(({ id }) => id))
  const all = online.flatMap(({ path }) => readLines(files, path))
  const others = new Set(all.filter(({ id }) => !here.has(id)).map(lineOf))
  const text = encodeCheckpoint(0, [...others, ...own.map(lineOf)].slice(-MOST_LINES))
  const name = join(folder, KNOWN_DIRS_NAME)
  const before = files.readFile(name)
  if (before === undefined || !text.equals(before)) await replaceDurably(files, name, text)
}

/** What cannot be looked at is for who opens it to tell. */
function isBlank(files: FileSystem, path: string): boolean {
  try {
    return files.stat(join(path, META_NAME)) === undefined
  } catch {
    return false
  }
}

/** Ids of the log dirs that marks of partitions in a dir name. */
function markedIn(files: FileSystem, dir: string): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const folder of namesIn(files, dir)) {
    if (parsePartitionFolder(folder) === undefined) continue
    for (const name of namesIn(files, join(dir, folder))) {
      const mark = parseMovedMark(name)
      if (mark !== undefined && mark.suffix !== '.deleted') ids.add(mark.directoryId)
    }
  }
  return ids
}

function namesIn(files: FileSystem, folder: string): readonly string[] {
  try {
    return files.stat(folder)?.isFolder === true ? files.list(folder) : []
  } catch {
    return []
  }
}

interface KnownDir {
  readonly id: string
  readonly path: string
}

function lineOf({ id, path }: KnownDir): string {
  return `${id} ${path}`
}

function readLines(files: FileSystem, dir: string): KnownDir[] {
  try {
    const lines = readCheckpoint(files, join(dir, KNOWN_DIRS_NAME), 0) ?? []
    return lines.map((line) => {
      const [id = '', ...words] = line.split(' ')
      return { id, path: words.join(' ') }
    })
  } catch {
    return []
  }
}
