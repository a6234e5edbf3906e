import { type Logger, messageOf, StorageError } from '@pafka/base'
import type { CatalogKept } from '@pafka/log'
import { randomUuid } from '@pafka/protocol'

import { CatalogFile, type CatalogFileOptions, type FoundCatalog } from './catalog-file.ts'
import { CatalogState } from './catalog-state.ts'

/** The lineage of a file from before there were copies: then the first dir had it. */
const OLD = ''
/** Older branches of a catalog are not told apart any more. */
const MOST_LINEAGES = 100

/** A log dir that has a copy of the catalog, or gets one. */
export interface CatalogDir {
  readonly id: string
  readonly path: string
}

export interface CatalogCopy {
  readonly dir: CatalogDir
  readonly file: CatalogFile
}

/** What the copies come to. */
export interface ReadCopies extends FoundCatalog {
  readonly copies: readonly CatalogCopy[]
  /** They do not all say that. */
  readonly isOneBehind: boolean
  /** Others have a copy, or are to get one, than it says. */
  readonly isNewSet: boolean
}

/**
 * Reads the catalog of each dir. The newest counts; the others are to be written anew.
 * @throws {StorageError} when none can be read that should be, or two went on without each other
 */
export async function readCopies(
  dirs: readonly CatalogDir[],
  options: Omit<CatalogFileOptions, 'folder'>,
): Promise<ReadCopies> {
  const copies: CatalogCopy[] = []
  const failures: unknown[] = []
  for (const dir of dirs) {
    try {
      copies.push({ dir, file: await CatalogFile.open({ ...options, folder: dir.path }) })
    } catch (error) {
      failures.push(error)
    }
  }
  const newest = newestOf(copies)
  if (newest === undefined && failures.length > 0) throw failures[0]
  for (const error of failures) tellLost(options.logger, error)
  const found = newest?.file.found ?? { state: new CatalogState(), sequence: 0 }
  const behind = copies.filter(({ file }) => !isSame(file.found, found))
  for (const { file } of behind) file.close()
  const isOneBehind = behind.length > 0
  return { ...found, copies, isOneBehind, isNewSet: isOneBehind || !isSetOf(found.state, copies) }
}

/** That these have a copy from now on, and no others. */
export function keptBy(
  state: CatalogState,
  copies: readonly CatalogCopy[],
  isOld: boolean,
): CatalogKept {
  const before = isOld && state.lineages.length === 0 ? [OLD] : state.lineages
  const lineages = [...before, randomUuid()].slice(-MOST_LINEAGES)
  const dirs = copies.map(({ dir: { id, path } }) => ({ id, path, hasCopy: true }))
  const ids = new Set(dirs.map(({ id }) => id))
  const others = state.dirs.filter(({ id }) => !ids.has(id) && state.isDirNeeded(id))
  const without = others.map((dir) => ({ ...dir, hasCopy: false }))
  return { kind: 'catalog-kept', lineages, dirs: [...dirs, ...without] }
}

export function tellLost(logger: Logger, error: unknown): void {
  const cause = messageOf(error)
  logger.error('catalog-copy-lost', { cause })
}

function isSetOf(state: CatalogState, copies: readonly CatalogCopy[]): boolean {
  const before = state.dirs.filter(({ hasCopy }) => hasCopy).map(({ id }) => id)
  const now = new Set(copies.map(({ dir }) => dir.id))
  return before.length === now.size && before.every((id) => now.has(id))
}

function isSame(one: FoundCatalog | undefined, other: FoundCatalog): boolean {
  if (one === undefined) return false
  return one.sequence === other.sequence && lineageOf(one) === lineageOf(other)
}

function newestOf(copies: readonly CatalogCopy[]): CatalogCopy | undefined {
  let newest: CatalogCopy | undefined
  for (const copy of copies) {
    const found = copy.file.found
    if (found === undefined) continue
    const best = newest?.file.found
    if (newest === undefined || best === undefined) newest = copy
    else if (isAhead(best, found)) continue
    else if (isAhead(found, best)) newest = copy
    else {
      throw new StorageError(
        `${newest.file.path} and ${copy.file.path} were each changed without the other: ` +
          'remove the one whose changes are to be given up',
      )
    }
  }
  return newest
}

/**
 * Whether one knows all that the other does. Each set of copies has a lineage of its own: who goes
 * on without another begins a new one. Of two old files the first counts.
 */
function isAhead(one: FoundCatalog, other: FoundCatalog): boolean {
  const lineage = lineageOf(other)
  if (lineageOf(one) !== lineage) return one.state.lineages.includes(lineage)
  return lineage === OLD || one.sequence >= other.sequence
}

function lineageOf({ state }: FoundCatalog): string {
  return state.lineages.at(-1) ?? OLD
}
