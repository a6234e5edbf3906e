import { join } from 'node:path'

import { StorageError } from '@pafka/base'

import { encodeCheckpoint, readCheckpoint, replaceDurably } from '../checkpoint/checkpoint-file.ts'
import { DIRS_NAME } from '../journal/journal-files.ts'
import type { FileSystem } from '../files/file-system.ts'
import type { LogDir } from './log-dir.ts'
import type { StoreState } from './store-state.ts'

/** In a log dir: the ring that has what its files lack. */
const RING_OF_DIR = 'journal.id'

/**
 * A crash leaves records in the journal that the files of the logs lack. So neither may be started
 * without the other: what is served then would be less than was acknowledged, and the rest would be
 * overwritten. @throws StorageError that says what is missing, and how to go on without it
 */
export function checkBinding(state: StoreState): void {
  const { files } = state.options
  const { engine, dirs } = state
  const ringId = engine?.found?.ringId.toString('hex')
  for (const dir of dirs) {
    const path = join(dir.path, RING_OF_DIR)
    const [wanted] = readCheckpoint(files, path, 0) ?? []
    if (dir.wasClean || wanted === undefined || wanted === ringId) continue
    throw new StorageError(
      `the journal that has the newest records of ${dir.path} is not ` +
        `${state.options.journal?.folder ?? 'used'}: set log.journal.dir to where it is, ` +
        `or remove ${path} to give them up`,
    )
  }
  if (engine?.found === undefined) return
  const there = new Set(dirs.map(({ directoryId }) => directoryId))
  const path = join(engine.folder, DIRS_NAME)
  for (const line of readCheckpoint(files, path, 0) ?? []) {
    const [id = '', ...words] = line.split(' ')
    if (there.has(id)) continue
    throw new StorageError(
      `the journal has records for the log dir ${words.join(' ')}, which is not one of log.dirs: ` +
        `bring it back, or remove ${path} to give them up`,
    )
  }
}

/** After all that a crash left was brought back. */
export async function bind(state: StoreState): Promise<void> {
  const { engine, dirs } = state
  if (engine === undefined) return
  await writeDirs(state, dirs)
  const lines = [engine.journal.ringId.toString('hex')]
  for (const dir of dirs) await write(state.options.files, join(dir.path, RING_OF_DIR), lines)
}

/** Before a journal goes that has nothing any more. */
export async function free({ dirs, options: { files } }: StoreState): Promise<void> {
  for (const { path } of dirs) {
    await files.remove(join(path, RING_OF_DIR))
    await files.syncFolder(path)
  }
}

/** Log dirs that were closed in order need the journal no more; the others do. */
export async function unbind(state: StoreState, others: readonly LogDir[]): Promise<void> {
  if (state.engine !== undefined) await writeDirs(state, others)
}

async function writeDirs(state: StoreState, dirs: readonly LogDir[]): Promise<void> {
  const lines = dirs.map(({ directoryId, path }) => `${directoryId} ${path}`)
  await write(state.options.files, join(state.engine?.folder ?? '', DIRS_NAME), lines)
}

async function write(files: FileSystem, path: string, lines: readonly string[]): Promise<void> {
  const text = encodeCheckpoint(0, lines)
  const before = files.readFile(path)
  if (before === undefined || !text.equals(before)) await replaceDurably(files, path, text)
}
