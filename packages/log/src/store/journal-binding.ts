import { join, resolve } from 'node:path'

import { StorageError } from '@pafka/base'

import { encodeCheckpoint, readCheckpoint, replaceDurably } from '../checkpoint/checkpoint-file.ts'
import type { DiskRoom } from '../journal/engine-host.ts'
import { DIRS_NAME, RING_NAME, RING_OF_DIR_NAME } from '../journal/journal-files.ts'
import type { JournalEngine } from '../journal/journal-engine.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { LogDir } from './log-dir.ts'
import type { StoreState } from './store-state.ts'

/**
 * A crash leaves records in the journal that the files of the logs lack. So neither may be started
 * without the other: what is served then would be less than was acknowledged, and the rest would be
 * overwritten. @throws StorageError that says what is missing, and how to go on without it
 */
export function checkBinding(state: StoreState): void {
  const { files } = state.options
  const { engine } = state
  const dirs = state.dirs.filter(({ isOnline }) => isOnline)
  const ringId = engine?.found?.ringId.toString('hex')
  for (const dir of dirs) {
    const path = join(dir.path, RING_OF_DIR_NAME)
    const [wanted] = readCheckpoint(files, path, 0) ?? []
    if (dir.wasClean || wanted === undefined) continue
    const folder = state.options.journal?.folder ?? 'used'
    const whose = `the journal that has the newest records of ${dir.path}`
    if (wanted !== ringId) {
      throw new StorageError(
        `${whose} is not ${folder}: set log.journal.dir to where it is, ` +
          `or remove ${path} to give them up`,
      )
    }
    if (engine?.isRingCut !== true) continue
    throw new StorageError(
      `${whose}, ${join(folder, RING_NAME)}, was cut: bring it back, ` +
        `or remove ${path} to give them up`,
    )
  }
  if (engine?.found === undefined) return
  const there = new Set(state.dirs.map(({ directoryId }) => directoryId))
  const nameless = state.dirs.filter(({ directoryId }) => directoryId === '')
  const failed = new Set(nameless.map((dir) => resolve(dir.path)))
  const path = join(engine.folder, DIRS_NAME)
  for (const { id, dir } of linesOf(state, engine)) {
    if (there.has(id) || failed.has(resolve(dir))) continue
    const other = state.dirs.find((one) => resolve(one.path) === resolve(dir))
    const why =
      other === undefined
        ? 'which is not one of log.dirs: bring it back'
        : `which had the id ${id}, and has ${other.directoryId} now: ` +
          'bring back the folder that was there then'
    throw new StorageError(
      `the journal has records for the log dir ${dir}, ${why}, or remove ${path} to give them up`,
    )
  }
}

/**
 * Before log dirs are opened: of which a journal has records, if it can be read.
 * @returns the file that says so, by path of the dir
 */
export function boundDirs({ options }: StoreState): ReadonlyMap<string, string> {
  const { files, journal } = options
  if (journal === undefined) return new Map()
  const boundIn = join(journal.folder, DIRS_NAME)
  try {
    const lines = readDirs(files, boundIn)
    return new Map(lines.map(({ dir }) => [resolve(dir), boundIn]))
  } catch {
    return new Map() // who opens the journal says why
  }
}

/** Whether a dir was in use with the journal that is open when it was used last. */
export function isBoundTo({ options: { files }, engine }: StoreState, dir: LogDir): boolean {
  const [ringId] = readCheckpoint(files, join(dir.path, RING_OF_DIR_NAME), 0) ?? []
  return ringId !== undefined && ringId === engine?.found?.ringId.toString('hex')
}

/** After all that a crash left was brought back. */
export async function bind(state: StoreState): Promise<void> {
  const { engine } = state
  if (engine === undefined) return
  const { files } = state.options
  const dirs = state.dirs.filter(({ isOnline }) => isOnline)
  const mine = new Set(dirs.map(({ directoryId }) => directoryId))
  // it has records of those that fail, if it had before
  const others = linesOf(state, engine).filter(({ id }) => !mine.has(id))
  const own = dirs.map(({ directoryId: id, path: dir }) => ({ id, dir }))
  await writeLines(state, engine, [...own, ...others])
  await engine.tellRingSize()
  const lines = [engine.journal.ringId.toString('hex')]
  for (const dir of dirs) await write(files, join(dir.path, RING_OF_DIR_NAME), lines)
}

/** Before a journal goes that has nothing any more, or dirs are used without it. */
export async function free({ dirs, options: { files } }: StoreState): Promise<void> {
  for (const { path, isOnline } of dirs) {
    const name = join(path, RING_OF_DIR_NAME)
    if (!isOnline || files.stat(name) === undefined) continue
    await files.remove(name)
    await files.syncFolder(path)
  }
}

/** Log dirs that were closed in order need the journal no more; the others do. */
export async function unbind(state: StoreState, closed: readonly LogDir[]): Promise<void> {
  const { engine } = state
  if (engine === undefined) return
  const ids = new Set(closed.map(({ directoryId }) => directoryId))
  const others = linesOf(state, engine).filter(({ id }) => !ids.has(id))
  await writeLines(state, engine, others)
}

interface BoundDir {
  readonly id: string
  readonly dir: string
}

function linesOf({ options: { files } }: StoreState, { folder }: JournalEngine): BoundDir[] {
  return readDirs(files, join(folder, DIRS_NAME))
}

function readDirs(files: FileSystem, path: string): BoundDir[] {
  const lines = readCheckpoint(files, path, 0) ?? []
  return lines.map((line) => {
    const [id = '', ...words] = line.split(' ')
    return { id, dir: words.join(' ') }
  })
}

async function writeLines(
  { options: { files }, journalRoom }: StoreState,
  { folder }: JournalEngine,
  dirs: readonly BoundDir[],
): Promise<void> {
  const lines = dirs.map(({ id, dir }) => `${id} ${dir}`)
  await write(files, join(folder, DIRS_NAME), lines, journalRoom)
}

async function write(
  files: FileSystem,
  path: string,
  lines: readonly string[],
  room?: DiskRoom,
): Promise<void> {
  const text = encodeCheckpoint(0, lines)
  const before = files.readFile(path)
  if (before !== undefined && text.equals(before)) return
  const replace = (): Promise<void> => replaceDurably(files, path, text)
  await (room?.write(replace, 'small-file') ?? replace())
}
